// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * From inet_diag's answer, or a line of /proc/net, to the row that the iterator would write. A value that
 * the kernel does not give stays 0, as the iterator leaves an unknown one.
 */
#include "sockets/plain.h"

#include <arpa/inet.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/rtnetlink.h>
#include <linux/tcp.h>

#include "system/inet_diag.h"
#include "system/proc_net_tcp.h"

enum {
	NS_PER_MS = 1000000,
	TIMER_TIMEWAIT = 3, /* inet_twsk_diag_fill() */
	ULP_NAME = 1,	    /* INET_ULP_INFO_NAME */
};

/*
 * Milliseconds that jiffies_to_msecs() made from a difference of 32 bits. A negative one is of a time
 * after the kernel's `now`. From 25 days on all are 25 days: a lower bound.
 */
static int32_t ticks_of_ms(uint32_t ms, uint64_t tick_ns)
{
	enum { AHEAD_MS = 1 << 20 };
	int64_t time = (int32_t)ms;

	if (time < -AHEAD_MS)
		time = INT32_MAX;
	return tick_ns ? (int32_t)(time * NS_PER_MS / (int64_t)tick_ns) : 0;
}

static uint32_t least(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

/* As is_mapped() of bpf/tuple.bpf.h. */
static bool is_mapped(const uint8_t *local, const uint8_t *peer)
{
	static const uint8_t mark[12] = { [10] = 0xff, [11] = 0xff }, none[TS_ADDR_LEN];

	return !memcmp(peer, mark, sizeof(mark)) ||
	       (!memcmp(peer, none, sizeof(none)) && !memcmp(local, mark, sizeof(mark)));
}

/* IPv4 addresses stand in the first four bytes, in network order. */
static void set_addresses(struct ts_socket *row, bool v6, const uint8_t *local, const uint8_t *peer)
{
	bool mapped = v6 && is_mapped(local, peer);
	size_t skip = mapped ? 12 : 0, n = v6 && !mapped ? TS_ADDR_LEN : 4;

	row->family = n == 4 ? 4 : 6;
	row->flags |= (v6 ? TS_S_IPV6 : 0) | (mapped ? TS_S_MAPPED : 0);
	memcpy(row->laddr, local + skip, n);
	memcpy(row->raddr, peer + skip, n);
}

/*
 * A full socket without an inode. close() moves a socket out of the states that a connection in the
 * accept queue has, so the state shows which of the two it is.
 */
static void set_file(struct ts_socket *row)
{
	if (row->inode)
		return;
	row->flags |= TS_S_NO_FILE;
	if (row->proto == IPPROTO_TCP && row->state != TS_ESTABLISHED &&
	    row->state != TS_CLOSE_WAIT && row->state != TS_SYN_RECV)
		row->flags |= TS_S_ORPHAN;
}

static void set_queues(struct ts_socket *row, uint32_t receive, uint32_t send)
{
	if (row->proto == IPPROTO_TCP && row->state == TS_LISTEN) {
		row->backlog = receive;
		row->backlog_max = send;
		return;
	}
	row->recv_q = receive;
	row->send_q = send;
	/* tcp_fin() is the only way into these states */
	if (row->proto == IPPROTO_TCP &&
	    (row->state == TS_CLOSE_WAIT || row->state == TS_CLOSING || row->state == TS_LAST_ACK))
		row->flags |= TS_S_FIN_SEEN;
}

static void row_begin(struct ts_socket *row, const struct plain_row_facts *facts)
{
	*row = (struct ts_socket){
		.head = { TS_ROW_SOCKET, sizeof(*row) },
		.proto = facts->proto,
		.netns = facts->netns,
	};
}

/*
 * A minimum of the time that the first unacknowledged byte has waited. Each timeout was half as long as
 * the next (tcp_retransmit_timer()), and data was last sent or retransmitted `last_data_sent` ago. The
 * timer shows nothing: inet_diag does not name the one that runs, and TCP_USER_TIMEOUT may shorten it.
 */
static int32_t stalled_of(const struct ts_socket *row, const struct tcp_info *info,
			  uint64_t tick_ns)
{
	uint32_t again = least(info->tcpi_retransmits, info->tcpi_backoff);
	uint32_t rto_ms = info->tcpi_rto / 1000;
	uint64_t ms = rto_ms - (rto_ms >> (again & 31));

	if (!row->send_q || row->timer != TS_TIMER_ON)
		return 0;
	/* a SYN or FIN alone leaves last_data_sent as it was */
	if (info->tcpi_unacked && (row->state == TS_ESTABLISHED || row->state == TS_CLOSE_WAIT))
		ms += info->tcpi_retransmits ?
			      info->tcpi_last_data_sent :
			      least(info->tcpi_last_data_sent, info->tcpi_last_ack_recv);
	return ms < INT32_MAX ? ticks_of_ms((uint32_t)ms, tick_ns) : 0;
}

/*
 * A minimum of the time since the peer's FIN. An acknowledgement that was sent after the FIN may have
 * overtaken it, for a timeout at most: then the peer retransmits the FIN.
 */
static uint32_t quiet_of(const struct tcp_info *info)
{
	uint32_t rto_ms = (info->tcpi_rto >> (info->tcpi_backoff & 31)) / 1000;
	uint32_t ms = least(info->tcpi_last_ack_recv, info->tcpi_last_data_recv);

	return ms > rto_ms ? ms - rto_ms : 0;
}

static void set_info(struct ts_socket *row, const struct tcp_info *info,
		     const struct plain_row_facts *facts)
{
	row->retransmits = info->tcpi_retransmits;
	row->backoff = info->tcpi_backoff;
	row->probes = info->tcpi_probes;
	row->rtt_us = info->tcpi_rtt;
	row->rttvar_us = info->tcpi_rttvar;
	row->cwnd = info->tcpi_snd_cwnd;
	row->ssthresh = info->tcpi_snd_ssthresh;
	row->retrans_out = info->tcpi_retrans;
	row->total_retrans = info->tcpi_total_retrans;
	row->bytes_in = info->tcpi_bytes_received;
	row->bytes_out = info->tcpi_bytes_acked;
	row->unsent = info->tcpi_notsent_bytes;
	row->received = ticks_of_ms(info->tcpi_last_data_recv, facts->tick_ns);
	row->sent = ticks_of_ms(info->tcpi_last_data_sent, facts->tick_ns);
	row->acked = ticks_of_ms(info->tcpi_last_ack_recv, facts->tick_ns);
	row->stalled = stalled_of(row, info, facts->tick_ns);
	if (row->state == TS_CLOSE_WAIT || row->state == TS_CLOSING)
		row->quiet_ms = quiet_of(info);
	if (row->state == TS_FIN_WAIT_2)
		row->fin_timeout = facts->fin_timeout;
	if (info->tcpi_options & TCPI_OPT_SYN_DATA)
		row->flags |= TS_S_SYN_DATA;
	/* they need not be sequence numbers: only their change counts */
	row->read_seq = (uint32_t)info->tcpi_bytes_received - row->recv_q;
	row->acked_seq = (uint32_t)info->tcpi_bytes_acked;
}

/* Without tcp_info. Data that comes looks like data that is read: no age is too long for that. */
static void set_no_info(struct ts_socket *row)
{
	row->flags |= TS_S_NO_INFO;
	row->read_seq = 0 - row->recv_q;
	row->acked_seq = 0 - row->send_q;
}

/*
 * The keepalive timer runs with SO_KEEPALIVE alone, but for an orphan, whose end it brings. inet_diag
 * names one timer, and this one last.
 */
static void set_keepalive(struct ts_socket *row)
{
	if (row->flags & TS_S_ORPHAN ||
	    (row->timer != TS_TIMER_NONE && row->timer != TS_TIMER_KEEPALIVE))
		row->flags |= TS_S_NO_OPTIONS;
	else if (row->timer == TS_TIMER_KEEPALIVE)
		row->flags |= TS_S_KEEPALIVE;
}

static bool is_mptcp(const struct inet_diag_attr *ulp)
{
	static const char name[] = "mptcp";
	const struct rtattr *attr = ulp->data;
	int left = (int)ulp->size;

	for (; RTA_OK(attr, left); attr = RTA_NEXT(attr, left))
		if (attr->rta_type == ULP_NAME && RTA_PAYLOAD(attr) >= sizeof(name))
			return !memcmp(RTA_DATA(attr), name, sizeof(name));
	return false;
}

static void copy(const struct inet_diag_attr *attr, void *to, size_t room)
{
	if (attr->data)
		memcpy(to, attr->data, attr->size < room ? attr->size : room);
}

static void set_full(struct ts_socket *row, const struct inet_diag_socket *diag,
		     const struct plain_row_facts *facts)
{
	const struct inet_diag_attr *attrs = diag->attrs;
	struct tcp_info info = { 0 };
	uint8_t v6only = 0;

	set_file(row);
	set_queues(row, diag->msg.idiag_rqueue, diag->msg.idiag_wqueue);
	copy(&attrs[INET_DIAG_SKV6ONLY], &v6only, sizeof(v6only));
	copy(&attrs[INET_DIAG_CGROUP_ID], &row->cgroup, sizeof(row->cgroup));
	copy(&attrs[INET_DIAG_CONG], row->congestion, sizeof(row->congestion) - 1);
	if (v6only)
		row->flags |= TS_S_V6ONLY;
	if (is_mptcp(&attrs[INET_DIAG_ULP_INFO]))
		row->flags |= TS_S_SUBFLOW;
	if (row->proto != IPPROTO_TCP || row->state == TS_LISTEN)
		return;
	copy(&attrs[INET_DIAG_INFO], &info, sizeof(info));
	set_keepalive(row);
	if (attrs[INET_DIAG_INFO].data)
		set_info(row, &info, facts);
	else
		set_no_info(row);
}

/* Request and timewait sockets have no attributes; full ones always have the shutdown flags. */
static bool is_minisock(const struct inet_diag_socket *diag, uint8_t proto)
{
	return proto == IPPROTO_TCP &&
	       (diag->msg.idiag_timer == TIMER_TIMEWAIT ||
		(diag->msg.idiag_state == TS_SYN_RECV && !diag->attrs[INET_DIAG_SHUTDOWN].data));
}

static void set_minisock(struct ts_socket *row, const struct inet_diag_msg *msg)
{
	row->flags |= TS_S_MINISOCK | TS_S_NO_FILE;
	if (row->state == TS_FIN_WAIT_2)
		row->flags |= TS_S_ORPHAN;
	if (row->state == TS_SYN_RECV) /* retransmitted SYN-ACKs: inet_req_diag_fill() */
		row->retransmits = msg->idiag_retrans;
	row->total_retrans = row->retransmits;
}

bool plain_row_of_diag(const struct inet_diag_socket *diag, const struct plain_row_facts *facts,
		       struct ts_socket *row)
{
	const struct inet_diag_msg *msg = &diag->msg;

	if (msg->idiag_state == TS_STATE_NONE || msg->idiag_state >= TS_NEW_SYN_RECV)
		return false;
	row_begin(row, facts);
	row->state = msg->idiag_state;
	row->id = (uint64_t)msg->id.idiag_cookie[1] << 32 | msg->id.idiag_cookie[0];
	row->inode = msg->idiag_inode;
	row->uid = msg->idiag_uid;
	row->device = msg->id.idiag_if;
	row->lport = ntohs(msg->id.idiag_sport);
	row->rport = ntohs(msg->id.idiag_dport);
	set_addresses(row, msg->idiag_family == AF_INET6, (const uint8_t *)msg->id.idiag_src,
		      (const uint8_t *)msg->id.idiag_dst);
	if (msg->idiag_timer <= TS_TIMER_PERSIST)
		row->timer = msg->idiag_timer; /* the same numbers */
	if (row->timer)
		row->expires = ticks_of_ms(msg->idiag_expires, facts->tick_ns);
	if (is_minisock(diag, facts->proto))
		set_minisock(row, msg);
	else
		set_full(row, diag, facts);
	return true;
}

bool plain_row_of_proc(const struct proc_net_tcp *found, const struct plain_row_facts *facts,
		       struct ts_socket *row)
{
	bool tcp = facts->proto == IPPROTO_TCP;

	row_begin(row, facts);
	row->state = found->state;
	row->inode = found->inode;
	row->uid = found->uid;
	row->lport = found->lport;
	row->rport = found->rport;
	row->flags = TS_S_NO_INFO;
	set_addresses(row, found->family == 6, found->laddr, found->raddr);
	if (tcp && found->timer <= TS_TIMER_PERSIST)
		row->timer = found->timer;
	if (row->timer)
		row->expires = ticks_of_ms(found->expires_ms, facts->tick_ns);
	/* a full socket in SYN_RECV looks as a request socket here: both have no file */
	if (tcp && (row->timer == TS_TIMER_TIMEWAIT || row->state == TS_SYN_RECV)) {
		row->flags |= TS_S_MINISOCK | TS_S_NO_FILE;
		if (row->state == TS_FIN_WAIT_2)
			row->flags |= TS_S_ORPHAN;
		return true;
	}
	row->retransmits = found->retransmits;
	row->probes = found->probes;
	set_file(row);
	/* of a listener the file has the length of its accept queue, not the limit */
	set_queues(row, found->recv_q, found->send_q);
	if (tcp && row->state == TS_LISTEN)
		row->backlog_max = 0;
	else if (tcp)
		set_no_info(row);
	return true;
}
