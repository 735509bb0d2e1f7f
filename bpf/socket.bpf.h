/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Fills in a row of `list` from a socket. Loads where possible: a probe costs ten times as much. */
#ifndef SOCKET_BPF_H
#define SOCKET_BPF_H

#include <tcpstate/socket.h>

#include "helpers.bpf.h"

enum { ICSK_RETRANS = 1, ICSK_PROBE0 = 3, ICSK_LOSS_PROBE = 5, ICSK_REO_TIMEOUT = 6 };

/* Compares ticks as the kernel does: by their low 32 bits. */
static __always_inline s32 ticks_until(unsigned long when)
{
	return (s32)((u32)when - (u32)bpf_jiffies64());
}

static __always_inline s32 ticks_since(u32 when)
{
	return (s32)((u32)bpf_jiffies64() - when);
}

/* Up to 6.18: removed by a7c428ee8f59 ("tcp/dccp: remove icsk->icsk_timeout"). */
struct inet_connection_sock___timeout {
	unsigned long icsk_timeout;
} __attribute__((preserve_access_index));

/* 27e8257a86a7 ("tcp: move sk_timer to icsk_keepalive_timer") and its neighbour, 7.0. */
struct sock___retransmit {
	struct timer_list tcp_retransmit_timer;
} __attribute__((preserve_access_index));

struct inet_connection_sock___keepalive {
	struct timer_list icsk_keepalive_timer;
} __attribute__((preserve_access_index));

static __always_inline unsigned long retransmit_expires(struct inet_connection_sock *icsk)
{
	struct inet_connection_sock___timeout *old = (void *)icsk;
	struct sock___retransmit *own = (void *)icsk;

	if (bpf_core_field_exists(old->icsk_timeout))
		return BPF_CORE_READ(old, icsk_timeout);
	if (bpf_core_field_exists(own->tcp_retransmit_timer))
		return BPF_CORE_READ(own, tcp_retransmit_timer.expires);
	return BPF_CORE_READ(icsk, icsk_retransmit_timer.expires);
}

/* Returns false if the keepalive timer is not pending. */
static __always_inline bool keepalive_expires(struct inet_connection_sock *icsk,
					      unsigned long *expires)
{
	struct inet_connection_sock___keepalive *own = (void *)icsk;
	struct sock *sk = (void *)icsk;

	if (bpf_core_field_exists(own->icsk_keepalive_timer)) {
		*expires = BPF_CORE_READ(own, icsk_keepalive_timer.expires);
		return BPF_CORE_READ(own, icsk_keepalive_timer.entry.pprev);
	}
	*expires = BPF_CORE_READ(sk, sk_timer.expires);
	return BPF_CORE_READ(sk, sk_timer.entry.pprev);
}

/* As get_tcp4_sock() reports it. */
static __always_inline void timer_read(struct ts_socket *row, struct tcp_sock *tp)
{
	struct inet_connection_sock *icsk = &tp->inet_conn;
	u8 pending = READ(icsk, icsk_pending);
	unsigned long expires;

	if (pending == ICSK_RETRANS || pending == ICSK_LOSS_PROBE || pending == ICSK_REO_TIMEOUT) {
		row->timer = TS_TIMER_ON;
		row->expires = ticks_until(retransmit_expires(icsk));
	} else if (pending == ICSK_PROBE0) {
		row->timer = TS_TIMER_PERSIST;
		row->expires = ticks_until(retransmit_expires(icsk));
	} else if (keepalive_expires(icsk, &expires)) {
		row->timer = TS_TIMER_KEEPALIVE;
		row->expires = ticks_until(expires);
	}
}

static __always_inline void queues_read(struct ts_socket *row, struct tcp_sock *tp)
{
	u32 unread = READ(tp, rcv_nxt) - READ(tp, copied_seq);

	/* of a listener too: /proc/net/tcp shows the rest of an earlier connection */
	row->send_q = READ(tp, write_seq) - READ(tp, snd_una);
	if (row->state == TS_LISTEN) {
		row->backlog = READ(tp, inet_conn.icsk_inet.sk.sk_ack_backlog);
		row->backlog_max = READ(tp, inet_conn.icsk_inet.sk.sk_max_ack_backlog);
		return;
	}
	/* sk_clone() copies the listener's maximum; it is 0 after listen(fd, 0) */
	if (row->state != TS_SYN_SENT && READ(tp, inet_conn.icsk_inet.sk.sk_max_ack_backlog))
		row->flags |= TS_S_SERVED;
	row->recv_q = (s32)unread > 0 ? unread :
					0; /* negative in SYN_SENT, before the first data */
	row->unsent = READ(tp, write_seq) - READ(tp, snd_nxt);
	if (READ(tp, inet_conn.icsk_inet.sk.__sk_common.skc_flags) & 1ul << SOCK_DONE)
		row->flags |= TS_S_FIN_SEEN;
}

/* Milliseconds since a time of TCP's clock: CLOCK_MONOTONIC in microseconds. */
static __always_inline u32 quiet_since(u64 mstamp_us)
{
	u64 now_us = bpf_ktime_get_ns() / 1000;
	u64 ms = now_us > mstamp_us ? (now_us - mstamp_us) / 1000 : 0;

	return ms < ~0u ? ms : ~0u;
}

/* 614e8316aa4c ("tcp: add support for usec resolution in TCP TS values"), 6.7. */
struct tcp_sock___usec {
	u8 tcp_usec_ts : 1;
} __attribute__((preserve_access_index));

/* tcp_connect() stores the time of the first SYN in milliseconds, or by route in microseconds. */
static __always_inline void connect_read(struct ts_socket *row, struct tcp_sock *tp)
{
	struct tcp_sock___usec *usec = (void *)tp;
	u64 now_us = bpf_ktime_get_ns() / 1000, passed_us;
	u32 stamp = READ(tp, retrans_stamp);
	u32 unit = 1000;

	if (!stamp)
		return;
	if (bpf_core_field_exists(usec->tcp_usec_ts) &&
	    BPF_CORE_READ_BITFIELD_PROBED(usec, tcp_usec_ts))
		unit = 1;
	passed_us = (u64)((u32)(now_us / unit) - stamp) * unit;
	if (passed_us < unit) /* the stamp is rounded down */
		passed_us = unit;
	row->begun_us = now_us - passed_us + unit;
	row->flags |= TS_S_BEGUN;
}

/* 9d9b1ee0b2d1 ("tcp: fix TCP_USER_TIMEOUT with zero window"), 5.11. */
static __always_inline s32 probed_since(struct inet_connection_sock *icsk)
{
	u32 first = bpf_core_field_exists(icsk->icsk_probes_tstamp) ?
			    BPF_CORE_READ(icsk, icsk_probes_tstamp) :
			    0;

	return first ? ticks_since(first) : 0;
}

/*
 * A lower bound of the time that the first unacknowledged byte has waited: since its last
 * transmission, plus one timeout for each retransmission before, without an acknowledgement in
 * between. Each of those was half as long as the next (tcp_retransmit_timer()).
 */
static __always_inline s32 unacked_since(struct inet_connection_sock *icsk)
{
	u32 rto = READ(icsk, icsk_rto);
	u32 doubled = READ(icsk, icsk_backoff), again = READ(icsk, icsk_retransmits);
	s32 since = (s32)rto - ticks_until(retransmit_expires(icsk));

	if (again > doubled)
		again = doubled;
	/* tcp_clamp_rto_to_user_timeout() may have made the timer run for less than rto */
	if (since < 0 || READ(icsk, icsk_user_timeout))
		since = 0;
	return since + (s32)(rto - (rto >> (again & 31)));
}

static __always_inline void stall_read(struct ts_socket *row, struct tcp_sock *tp)
{
	struct inet_connection_sock *icsk = &tp->inet_conn;
	u8 pending = READ(icsk, icsk_pending);

	if (!row->send_q)
		return;
	if (pending == ICSK_RETRANS)
		row->stalled = unacked_since(icsk);
	else if (pending == ICSK_PROBE0)
		row->stalled = probed_since(icsk);
}

/*
 * Of a closed socket: the last packet or timer. The packet that ended a connection renews tcp_mstamp, but
 * an ICMP error or tcp_abort() does not: then the last SYN is at most one timeout older than the end.
 * connect() that fails calls tcp_disconnect(), which keeps tcp_mstamp alone.
 */
static __always_inline void ended_read(struct ts_socket *row, struct tcp_sock *tp)
{
	u64 last_us = READ(tp, tcp_mstamp);

	if (!last_us)
		return;
	row->quiet_ms = quiet_since(last_us);
	if (row->flags & TS_S_ENDED)
		row->stalled = READ(tp, inet_conn.icsk_rto);
	row->flags |= TS_S_ENDED;
}

/* The times that bound the age of the state. */
static __always_inline void times_read(struct ts_socket *row, struct tcp_sock *tp)
{
	u32 now = (u32)bpf_jiffies64();

	row->received = (s32)(now - READ(tp, inet_conn.icsk_ack.lrcvtime));
	row->sent = (s32)(now - READ(tp, lsndtime));
	row->acked = (s32)(now - READ(tp, rcv_tstamp));
	if (row->state == TS_CLOSE_WAIT || row->state == TS_CLOSING)
		row->quiet_ms = quiet_since(READ(tp, tcp_mstamp));
	row->read_seq = READ(tp, copied_seq);
	row->acked_seq = READ(tp, snd_una);
	if (row->state == TS_SYN_SENT)
		connect_read(row, tp);
	else
		stall_read(row, tp);
	if (row->state == TS_FIN_WAIT_2)
		row->fin_timeout = BPF_CORE_READ((struct sock *)tp, __sk_common.skc_net.net,
						 ipv4.sysctl_tcp_fin_timeout);
	if (BPF_CORE_READ_BITFIELD(tp, syn_data_acked))
		row->flags |= TS_S_SYN_DATA;
	if (socket_is_subflow(tp))
		row->flags |= TS_S_SUBFLOW;
}

/* keepalive_time_when() and its neighbours. */
static __always_inline void keepalive_read(struct ts_socket *row, struct tcp_sock *tp)
{
	struct net *net = READ(tp, inet_conn.icsk_inet.sk.__sk_common.skc_net.net);

	if (!(READ(tp, inet_conn.icsk_inet.sk.__sk_common.skc_flags) & 1ul << SOCK_KEEPOPEN))
		return;
	row->flags |= TS_S_KEEPALIVE;
	row->keep_time = READ(tp, keepalive_time);
	if (!row->keep_time)
		row->keep_time = BPF_CORE_READ(net, ipv4.sysctl_tcp_keepalive_time);
	row->keep_interval = READ(tp, keepalive_intvl);
	if (!row->keep_interval)
		row->keep_interval = BPF_CORE_READ(net, ipv4.sysctl_tcp_keepalive_intvl);
	row->keep_probes = READ(tp, keepalive_probes);
	if (!row->keep_probes) /* an int before 6.1: its low byte */
		row->keep_probes = BPF_CORE_READ(net, ipv4.sysctl_tcp_keepalive_probes);
	row->user_timeout_ms = READ(tp, inet_conn.icsk_user_timeout);
}

static __always_inline void details_read(struct ts_socket *row, struct tcp_sock *tp)
{
	struct inet_connection_sock *icsk = &tp->inet_conn;
	const struct tcp_congestion_ops *congestion = READ(icsk, icsk_ca_ops);

	timer_read(row, tp);
	keepalive_read(row, tp);
	row->retransmits = READ(icsk, icsk_retransmits);
	row->backoff = READ(icsk, icsk_backoff);
	row->probes = READ(icsk, icsk_probes_out);
	row->rtt_us = READ(tp, srtt_us) >> 3;
	row->rttvar_us = READ(tp, mdev_us) >> 2;
	row->cwnd = READ(tp, snd_cwnd);
	row->ssthresh = READ(tp, snd_ssthresh);
	row->retrans_out = READ(tp, retrans_out);
	row->total_retrans = READ(tp, total_retrans);
	row->bytes_in = READ(tp, bytes_received);
	row->bytes_out = READ(tp, bytes_acked);
	if (congestion)
		bpf_probe_read_kernel(row->congestion, sizeof(row->congestion), &congestion->name);
}

/* Fields that full sockets of every protocol have. */
static __always_inline void socket_read(struct ts_socket *row, struct sock *sk)
{
	struct socket *socket = READ(sk, sk_socket);

	row->uid = READ(sk, sk_uid.val);
	if (READ(sk, __sk_common.skc_flags) & 1ul << SOCK_DEAD)
		row->flags |= TS_S_ORPHAN;
	if (READ_BITS(sk, sk_kern_sock))
		row->flags |= TS_S_KERNEL;
	if (!socket) {
		row->flags |= TS_S_NO_FILE;
		return;
	}
	row->inode = BPF_CORE_READ((struct socket_alloc *)socket, vfs_inode.i_ino);
	if (!READ(socket, file))
		row->flags |= TS_S_NO_FILE;
}

static __always_inline void cgroup_read(struct ts_socket *row, struct sock *sk)
{
	struct cgroup *cgroup = socket_cgroup(sk);

	if (cgroup)
		row->cgroup = BPF_CORE_READ(cgroup, kn, id);
}

/* As udp_rqueue_get(): without memory of read packets that is not released yet. */
static __always_inline void udp_read(struct ts_socket *row, struct udp_sock *up)
{
	struct sock *sk = &up->inet.sk;
	int used = READ(sk, sk_backlog.rmem_alloc.counter) - (int)READ(up, forward_deficit);

	row->recv_q = used > 0 ? used : 0;
	row->send_q = READ(sk, sk_wmem_alloc.refs.counter) - 1;
}

/*
 * tcp_check_req() drops the last ACK, and sets `acked`, in two cases: the listener has TCP_DEFER_ACCEPT
 * and the ACK has no data, or the accept queue is full.
 */
static __always_inline void request_ack_read(struct ts_socket *row, struct request_sock *req)
{
	struct inet_connection_sock *listener = (void *)row->listener;

	if (BPF_CORE_READ_BITFIELD_PROBED((struct inet_request_sock *)req, acked))
		row->flags |= TS_S_ACK_CAME;
	if (listener && BPF_CORE_READ(listener, icsk_accept_queue.rskq_defer_accept))
		row->flags |= TS_S_DEFERRED;
}

static __always_inline void request_read(struct ts_socket *row, struct request_sock *req)
{
	u64 begun_ns = request_begun_ns(req);

	row->flags |= TS_S_MINISOCK | TS_S_NO_FILE;
	row->timer = TS_TIMER_ON;
	row->expires = ticks_until(BPF_CORE_READ(req, rsk_timer.expires));
	/* not num_timeout: with TCP_DEFER_ACCEPT the timer runs and nothing is sent */
	row->retransmits = BPF_CORE_READ(req, num_retrans);
	row->total_retrans = row->retransmits;
	row->listener = (u64)BPF_CORE_READ(req, __req_common.skc_listener);
	request_ack_read(row, req);
	if (begun_ns) {
		row->flags |= TS_S_BEGUN;
		row->begun_us = begun_ns / 1000;
	}
}

#endif
