// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The field table of a socket and its getters: one row and one getter a column. A getter starts from
 * a value that is all zeros, which is VALUE_NULL.
 */
#include "fields/field.h"

#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "system/cgroup.h"
#include "lib/format.h"
#include "origin/origin.h"
#include "sockets/age.h"
#include "sockets/view.h"
#include "tcp/state.h"

static const struct ts_socket *socket_of(const struct row *row)
{
	return row->entry->socket;
}

static bool is_tcp(const struct row *row)
{
	return socket_of(row)->proto == IPPROTO_TCP;
}

static bool is_listener(const struct row *row)
{
	return is_tcp(row) && socket_of(row)->state == TS_LISTEN;
}

/* A full TCP socket with a peer: it has queues and counters. */
static bool is_connection(const struct row *row)
{
	return is_tcp(row) && !is_listener(row) && !(socket_of(row)->flags & TS_S_SMALL);
}

static void get_proto(const struct row *row, struct value *value)
{
	const struct ts_socket *s = socket_of(row);
	bool v6 = s->flags & TS_S_IPV6;

	if (s->proto == IPPROTO_TCP)
		value_set_name(value, v6 ? "tcp6" : "tcp");
	else
		value_set_name(value, v6 ? "udp6" : "udp");
}

/* An UDP socket without a peer is in no state of TCP's. */
static void get_state(const struct row *row, struct value *value)
{
	const struct ts_socket *s = socket_of(row);

	if (s->proto == IPPROTO_TCP || s->state == TS_ESTABLISHED)
		value_set_name(value, state_name(s->state));
}

static void get_age(const struct row *row, struct value *value)
{
	uint64_t ns;
	bool exact;

	if (!socket_age(row->view->sockets, socket_of(row), &ns, &exact))
		return;
	value_set_number(value, VALUE_DURATION, ns);
	value->mark = exact ? 0 : '>';
}

static void get_age_us(const struct row *row, struct value *value)
{
	uint64_t ns;
	bool exact;

	if (socket_age(row->view->sockets, socket_of(row), &ns, &exact))
		value_set_number(value, VALUE_US, ns);
}

static void get_age_exact(const struct row *row, struct value *value)
{
	uint64_t ns;
	bool exact;

	if (socket_age(row->view->sockets, socket_of(row), &ns, &exact))
		value->type = exact ? VALUE_TRUE : VALUE_FALSE;
}

/* A listener's queues are of connections, as ss has them. */
static void get_recv_q(const struct row *row, struct value *value)
{
	const struct ts_socket *s = socket_of(row);

	value_set_number(value, VALUE_U64, is_listener(row) ? s->backlog : s->recv_q);
}

static void get_send_q(const struct row *row, struct value *value)
{
	const struct ts_socket *s = socket_of(row);

	value_set_number(value, VALUE_U64, is_listener(row) ? s->backlog_max : s->send_q);
}

static void get_unread(const struct row *row, struct value *value)
{
	if (is_connection(row))
		value_set_number(value, VALUE_U64, socket_unread(socket_of(row)));
}

static void get_unsent(const struct row *row, struct value *value)
{
	if (is_connection(row))
		value_set_number(value, VALUE_U64, socket_unsent(socket_of(row)));
}

static void get_family(const struct row *row, struct value *value)
{
	value_set_name(value, socket_of(row)->family == 4 ? "ipv4" : "ipv6");
}

static void get_laddr(const struct row *row, struct value *value)
{
	value_set_address(value, VALUE_ADDRESS, socket_of(row)->family, socket_of(row)->laddr);
}

static void get_lport(const struct row *row, struct value *value)
{
	value_set_port(value, socket_of(row)->lport);
}

static bool has_peer(const struct row *row)
{
	return socket_of(row)->rport;
}

static void get_raddr(const struct row *row, struct value *value)
{
	if (has_peer(row))
		value_set_address(value, VALUE_ADDRESS, socket_of(row)->family,
				  socket_of(row)->raddr);
}

static void get_rport(const struct row *row, struct value *value)
{
	value_set_port(value, socket_of(row)->rport);
}

static void get_local(const struct row *row, struct value *value)
{
	value_set_address(value, VALUE_ENDPOINT, socket_of(row)->family, socket_of(row)->laddr);
	value->port = socket_of(row)->lport;
}

static void get_peer(const struct row *row, struct value *value)
{
	if (!has_peer(row))
		return;
	value_set_address(value, VALUE_ENDPOINT, socket_of(row)->family, socket_of(row)->raddr);
	value->port = socket_of(row)->rport;
}

/* Why no process has it. */
static const char *without(const struct socket_entry *entry)
{
	const struct ts_socket *s = entry->socket;

	if (entry->holder)
		return NULL;
	if (s->state == TS_TIME_WAIT)
		return "time-wait";
	if (socket_is_kernels(s))
		return "kernel";
	if (s->flags & TS_S_ORPHAN)
		return "orphan";
	if (s->state == TS_SYN_RECV)
		return "half-open";
	if (!s->inode && s->flags & TS_S_NO_FILE)
		return "not-accepted";
	return NULL;
}

static void get_without(const struct row *row, struct value *value)
{
	value_set_name(value, without(row->entry));
}

static char *print_process(char *at, const struct ts_holder *holder)
{
	size_t length = strnlen(holder->comm, TS_COMM_LEN);

	memcpy(at, holder->comm, length);
	at += length;
	if (!holder->pid) /* of another PID namespace */
		return at;
	*at++ = '[';
	at = format_u64(at, holder->pid);
	*at++ = ']';
	return at;
}

/* The tracer's word for who had it, on a socket that no process has any more. */
static char *print_former(const struct row *row, char *at)
{
	const struct ts_socket *s = socket_of(row);

	if (!row->view->sockets->recorded || !(s->flags & TS_S_RECORD) || !s->comm[0] || !s->pid)
		return at;
	at = format_name(at, ", was ");
	memcpy(at, s->comm, strnlen(s->comm, TS_COMM_LEN));
	at += strnlen(s->comm, TS_COMM_LEN);
	*at++ = '[';
	at = format_u64(at, s->pid);
	*at++ = ']';
	return at;
}

/* comm[pid]:fd +others, or in brackets why there is none and whose it may become. */
static void get_process(const struct row *row, struct value *value)
{
	const struct socket_entry *entry = row->entry;
	char *text = row->view->text, *at = text;
	const char *why = without(entry);

	if (entry->holder) {
		at = print_process(at, entry->holder);
		*at++ = ':';
		at = format_u64(at, entry->holder->fd);
		if (entry->holders > 1)
			at = format_u64(format_name(at, " +"), entry->holders - 1);
	} else if (why) {
		*at++ = '(';
		at = format_name(at, why);
		if (entry->listener && entry->listener->holder)
			at = print_process(format_name(at, ", "), entry->listener->holder);
		else
			at = print_former(row, at);
		*at++ = ')';
	}
	if (at > text)
		value_set_text(value, text, (size_t)(at - text));
}

static void get_pid(const struct row *row, struct value *value)
{
	const struct ts_holder *holder = socket_process(row->entry);

	if (holder && holder->pid)
		value_set_number(value, VALUE_U64, holder->pid);
}

static void get_comm(const struct row *row, struct value *value)
{
	const struct ts_holder *holder = socket_process(row->entry);

	if (holder)
		value_set_text(value, holder->comm, strnlen(holder->comm, TS_COMM_LEN));
}

static void get_fd(const struct row *row, struct value *value)
{
	if (row->entry->holder)
		value_set_number(value, VALUE_U64, row->entry->holder->fd);
}

static void get_holders(const struct row *row, struct value *value)
{
	value_set_number(value, VALUE_U64, row->entry->holders);
}

/* A process's effective user; where none has it, the one the socket was made by. */
static bool find_uid(const struct row *row, uint32_t *uid)
{
	const struct ts_holder *holder = socket_process(row->entry);

	if (!holder && socket_of(row)->flags & TS_S_SMALL)
		return false;
	*uid = holder ? holder->uid : socket_of(row)->uid;
	return true;
}

static void get_uid(const struct row *row, struct value *value)
{
	uint32_t uid;

	if (find_uid(row, &uid))
		value_set_number(value, VALUE_UID, uid);
}

static void get_user(const struct row *row, struct value *value)
{
	uint32_t uid;

	if (find_uid(row, &uid))
		value_set_number(value, VALUE_USER, uid);
}

/* PRODUCT's `owner`: how the process is known. */
static void get_owner(const struct row *row, struct value *value)
{
	const struct socket_entry *entry = row->entry;
	unsigned owner = TS_OWNER_UNKNOWN;

	if (entry->holder)
		owner = TS_OWNER_SNAPSHOT;
	else if (entry->listener && entry->listener->holder)
		owner = TS_OWNER_LISTENER;
	else if (socket_is_kernels(entry->socket))
		owner = TS_OWNER_KERNEL;
	value_set_name(value, owner_name(owner));
}

static void get_inode(const struct row *row, struct value *value)
{
	if (socket_of(row)->inode)
		value_set_number(value, VALUE_U64, socket_of(row)->inode);
}

static void get_id(const struct row *row, struct value *value)
{
	if (socket_of(row)->id)
		value_set_number(value, VALUE_U64, socket_of(row)->id);
}

static void get_sk(const struct row *row, struct value *value)
{
	if (socket_of(row)->id)
		value_set_number(value, VALUE_HEX, socket_of(row)->id);
}

static void get_netns(const struct row *row, struct value *value)
{
	value_set_number(value, VALUE_U64, socket_of(row)->netns);
}

static const char *cgroup_path(const struct row *row)
{
	if (!socket_of(row)->cgroup || !row->view->cgroups)
		return NULL;
	return cgroups_path(row->view->cgroups, socket_of(row)->cgroup);
}

static void get_cgroup(const struct row *row, struct value *value)
{
	const char *path = cgroup_path(row);

	if (path)
		value_set_text(value, path, strlen(path));
}

static bool is_hex(const char *text, size_t n)
{
	return strspn(text, "0123456789abcdef") >= n;
}

/*
 * Container runtimes end a cgroup's path in the container's 64 hexadecimal digits: /docker/ID,
 * .../docker-ID.scope, .../cri-containerd-ID.scope. Shown as they show them, by the first 12.
 */
static void get_container(const struct row *row, struct value *value)
{
	enum { DIGITS = 64, SHOWN = 12, MONITOR = 7 };
	const char *path = cgroup_path(row);
	const char *at = path;

	for (; at && *at; at++) {
		bool begins = at == path || at[-1] == '/' || at[-1] == '-';

		if (at - path >= MONITOR && !memcmp(at - MONITOR, "conmon-", MONITOR))
			continue; /* podman's process beside the container */

		if (begins && is_hex(at, DIGITS) && !is_hex(at + DIGITS, 1))
			return value_set_text(value, at, SHOWN);
	}
}

/*
 * Kubernetes: .../kubepods/burstable/podUID/... or .../kubepods-burstable-podU_I_D.slice/...; of a
 * static pod a hash stands there, without dashes.
 */
static void get_pod(const struct row *row, struct value *value)
{
	enum { UID = 36, HASH = 32 };
	const char *path = cgroup_path(row);
	const char *pod = path ? strstr(path, "kubepods") : NULL;
	char *text = row->view->text;
	size_t length = 0;

	for (pod = pod ? strstr(pod + 8, "pod") : NULL; pod; pod = strstr(pod + 3, "pod")) {
		length = strspn(pod + 3, "0123456789abcdef-_");
		if (length == UID || length == HASH)
			break;
	}
	if (!pod)
		return;
	for (size_t i = 0; i < length; i++)
		text[i] = pod[3 + i] == '_' ? '-' : pod[3 + i];
	value_set_text(value, text, length);
}

static const char *timer_name(const struct ts_socket *s)
{
	static const char *const names[] = {
		[TS_TIMER_ON] = "on",
		[TS_TIMER_KEEPALIVE] = "keepalive",
		[TS_TIMER_TIMEWAIT] = "timewait",
		[TS_TIMER_PERSIST] = "persist",
	};

	return s->timer < sizeof(names) / sizeof(names[0]) ? names[s->timer] : NULL;
}

static uint64_t expires_ns(const struct row *row)
{
	int32_t ticks = socket_of(row)->expires;

	return ticks > 0 ? (uint64_t)ticks * row->view->sockets->tick_ns : 0;
}

/* netstat -o: what runs, until when, what was sent again and probed. */
static void get_timer(const struct row *row, struct value *value)
{
	const struct ts_socket *s = socket_of(row);
	char *text = row->view->text;
	int n;

	if (!timer_name(s))
		return;
	n = snprintf(text, SOCKET_TEXT, "%s %.2fs", timer_name(s), (double)expires_ns(row) / 1e9);
	if (s->retransmits || s->probes)
		n += snprintf(text + n, SOCKET_TEXT - (size_t)n, ", again %u, probes %u",
			      s->retransmits, s->probes);
	value_set_text(value, text, (size_t)n);
}

static void get_timer_name(const struct row *row, struct value *value)
{
	value_set_name(value, timer_name(socket_of(row)));
}

static void get_expires_us(const struct row *row, struct value *value)
{
	if (timer_name(socket_of(row)))
		value_set_number(value, VALUE_US, expires_ns(row));
}

/* A connection, or a request that becomes one: it sends something again until that is answered. */
static bool sends_again(const struct row *row)
{
	return is_connection(row) || socket_of(row)->listener;
}

static void get_retransmits(const struct row *row, struct value *value)
{
	if (sends_again(row))
		value_set_number(value, VALUE_U64, socket_of(row)->retransmits);
}

static void get_probes(const struct row *row, struct value *value)
{
	if (is_connection(row))
		value_set_number(value, VALUE_U64, socket_of(row)->probes);
}

/* Not measured yet, or never to be. */
static bool has_rtt(const struct row *row)
{
	return is_connection(row) && socket_of(row)->rtt_us;
}

static void get_rtt(const struct row *row, struct value *value)
{
	if (has_rtt(row))
		value_set_number(value, VALUE_DURATION, socket_of(row)->rtt_us * 1000ull);
}

static void get_srtt_us(const struct row *row, struct value *value)
{
	if (has_rtt(row))
		value_set_number(value, VALUE_U64, socket_of(row)->rtt_us);
}

static void get_rttvar_us(const struct row *row, struct value *value)
{
	if (has_rtt(row))
		value_set_number(value, VALUE_U64, socket_of(row)->rttvar_us);
}

static void get_cwnd(const struct row *row, struct value *value)
{
	if (is_connection(row))
		value_set_number(value, VALUE_U64, socket_of(row)->cwnd);
}

static void get_ssthresh(const struct row *row, struct value *value)
{
	enum { INFINITE = 0x7fffffff }; /* TCP_INFINITE_SSTHRESH: no loss so far */

	if (is_connection(row) && socket_of(row)->ssthresh < INFINITE)
		value_set_number(value, VALUE_U64, socket_of(row)->ssthresh);
}

static void get_retrans(const struct row *row, struct value *value)
{
	if (is_connection(row))
		value_set_number(value, VALUE_U64, socket_of(row)->retrans);
}

static void get_segs_retrans(const struct row *row, struct value *value)
{
	if (sends_again(row))
		value_set_number(value, VALUE_U64, socket_of(row)->total_retrans);
}

/* The kernel's count includes a FIN, which is no payload. */
static void get_bytes_in(const struct row *row, struct value *value)
{
	const struct ts_socket *s = socket_of(row);

	if (is_connection(row))
		value_set_number(value, VALUE_U64,
				 s->bytes_in - (s->bytes_in && s->flags & TS_S_FIN_SEEN));
}

static void get_bytes_out(const struct row *row, struct value *value)
{
	if (is_connection(row))
		value_set_number(value, VALUE_U64, socket_of(row)->bytes_out);
}

static void get_congestion(const struct row *row, struct value *value)
{
	const struct ts_socket *s = socket_of(row);

	if (s->congestion[0])
		value_set_text(value, s->congestion, strnlen(s->congestion, sizeof(s->congestion)));
}

static void set_ticks(const struct row *row, struct value *value, enum value_type type,
		      int32_t ticks)
{
	uint8_t state = socket_of(row)->state;

	/* before the handshake is over they are 0, or another connection's */
	if (is_connection(row) && state != TS_SYN_SENT && state != TS_SYN_RECV && ticks >= 0)
		value_set_number(value, type, (uint64_t)ticks * row->view->sockets->tick_ns);
}

/* The kernel sets the time when the connection is made, but not in every way of making one. */
static bool has_received(const struct row *row)
{
	const struct ts_socket *s = socket_of(row);

	return s->bytes_in > !!(s->flags & TS_S_FIN_SEEN); /* the kernel counts a FIN */
}

static void get_last_received(const struct row *row, struct value *value)
{
	if (has_received(row))
		set_ticks(row, value, VALUE_DURATION, socket_of(row)->received);
}

static void get_last_sent(const struct row *row, struct value *value)
{
	set_ticks(row, value, VALUE_DURATION, socket_of(row)->sent);
}

static void get_last_received_us(const struct row *row, struct value *value)
{
	if (has_received(row))
		set_ticks(row, value, VALUE_US, socket_of(row)->received);
}

static void get_last_sent_us(const struct row *row, struct value *value)
{
	set_ticks(row, value, VALUE_US, socket_of(row)->sent);
}

static void get_last_acked_us(const struct row *row, struct value *value)
{
	set_ticks(row, value, VALUE_US, socket_of(row)->acked);
}

static void get_accept_queue(const struct row *row, struct value *value)
{
	if (is_listener(row))
		value_set_number(value, VALUE_U64, socket_of(row)->backlog);
}

static void get_accept_limit(const struct row *row, struct value *value)
{
	if (is_listener(row))
		value_set_number(value, VALUE_U64, socket_of(row)->backlog_max);
}

static void get_mptcp(const struct row *row, struct value *value)
{
	if (is_tcp(row) && !(socket_of(row)->flags & TS_S_SMALL))
		value->type = socket_of(row)->flags & TS_S_SUBFLOW ? VALUE_TRUE : VALUE_FALSE;
}

_Static_assert((int)SOCKET_TEXT >= (int)ORIGIN_TEXT, "SOCKET_TEXT");

static void get_site(const struct row *row, struct value *value)
{
	const struct origin *origin = socket_origin(row->view, row->entry);

	if (origin)
		value_set_text(value, row->view->text, origin_text(origin, row->view->text));
}

enum {
	TEXT = FIELD_IN_TEXT,
	DATA = FIELD_IN_CSV | FIELD_IN_JSON,
	ALL = TEXT | DATA,
};

static const struct field fields[] = {
	{ "proto", "PROTO", get_proto, 5, false, NULL, ALL,
	  "tcp, tcp6, udp, udp6: the kind of socket" },
	{ "state", "STATE", get_state, 11, false, NULL, ALL,
	  "TCP's state; a UDP socket is ESTABLISHED with a peer and in none without" },
	{ "age", "AGE", get_age, 5, true, NULL, TEXT,
	  "time in that state; with a > before it at least that long" },
	{ "age_us", "AGE_US", get_age_us, 14, true, NULL, DATA,
	  "the same in microseconds; unknown where nothing tells" },
	{ "age_exact", "EXACT", get_age_exact, 5, false, NULL, DATA,
	  "true: age_us is exact; false: it is a lower bound" },
	{ "recv_q", "RECV-Q", get_recv_q, 6, true, NULL, ALL,
	  "bytes that wait to be read (of UDP the memory they take); of a listener, connections that "
	  "wait to be accepted" },
	{ "send_q", "SEND-Q", get_send_q, 6, true, NULL, ALL,
	  "bytes that are not acknowledged yet; of a listener, the limit of its accept queue" },
	{ "local", "LOCAL", get_local, 5, false, NULL, TEXT, "local address and port" },
	{ "peer", "PEER", get_peer, 4, false, NULL, TEXT, "peer's address and port" },
	{ "process", "PROCESS", get_process, 7, false, NULL, TEXT,
	  "command[PID]:descriptor, +N for further ones; in brackets why there is none" },
	{ "user", "USER", get_user, 4, false, NULL, TEXT,
	  "effective user of the process; without one, who made the socket" },
	{ "family", "FAMILY", get_family, 6, false, NULL, DATA,
	  "ipv4 or ipv6; IPv4 on an IPv6 socket is ipv4" },
	{ "laddr", "LADDR", get_laddr, 9, false, NULL, DATA, "local address" },
	{ "lport", "LPORT", get_lport, 5, true, NULL, DATA, "local port" },
	{ "raddr", "RADDR", get_raddr, 9, false, NULL, DATA,
	  "peer's address; a listener has none" },
	{ "rport", "RPORT", get_rport, 5, true, NULL, DATA, "peer's port; a listener has none" },
	{ "pid", "PID", get_pid, 7, true, NULL, DATA,
	  "process that holds it, the first of several; the listener's before it is accepted" },
	{ "comm", "COMM", get_comm, 15, false, NULL, DATA, "its command name" },
	{ "fd", "FD", get_fd, 4, true, NULL, DATA, "its descriptor; none before it is accepted" },
	{ "holders", "HOLDERS", get_holders, 7, true, NULL, DATA,
	  "number of all descriptors of it, in all processes" },
	{ "uid", "UID", get_uid, 6, true, NULL, DATA, "the user's number" },
	{ "owner", "OWNER", get_owner, 8, false, NULL, DATA,
	  "how the process is known: snapshot (it holds it), listener, kernel, unknown" },
	{ "without", "WITHOUT", get_without, 12, false, NULL, DATA,
	  "why no process has it: orphan, time-wait, half-open, not-accepted, kernel" },
	{ "inode", "INODE", get_inode, 8, true, NULL, DATA, "inode number of the socket's file" },
	{ "id", "ID", get_id, 8, true, NULL, DATA,
	  "socket cookie: one number for the whole life of a connection" },
	{ "sk", "SK", get_sk, 8, true, NULL, 0, "the id in hexadecimal, as ss -e prints it" },
	{ "netns", "NETNS", get_netns, 10, true, NULL, DATA,
	  "inode number of its network namespace" },
	{ "cgroup", "CGROUP", get_cgroup, 16, false, NULL, DATA, "path of its cgroup (v2)" },
	{ "container", "CONTAINER", get_container, 12, false, NULL, DATA,
	  "id of the container, where the cgroup's name tells" },
	{ "pod", "POD", get_pod, 36, false, NULL, DATA,
	  "id of the Kubernetes pod, where the cgroup's name tells" },
	{ "timer", "TIMER", get_timer, 14, false, NULL, 0,
	  "what runs and how long: on (retransmission), keepalive, timewait, persist; what was sent "
	  "again and probed" },
	{ "timer_name", "TIMER_NAME", get_timer_name, 10, false, NULL, DATA, "its name" },
	{ "timer_us", "TIMER_US", get_expires_us, 14, true, NULL, DATA,
	  "microseconds until it expires" },
	{ "retransmits", "AGAIN", get_retransmits, 5, true, NULL, DATA,
	  "how often what is unacknowledged now was sent again" },
	{ "probes", "PROBES", get_probes, 6, true, NULL, DATA,
	  "keepalive or window probes unanswered" },
	{ "rtt", "RTT", get_rtt, 7, true, NULL, 0, "smoothed round-trip time" },
	{ "srtt_us", "SRTT_US", get_srtt_us, 8, true, NULL, DATA, "the same in microseconds" },
	{ "rttvar_us", "RTTVAR_US", get_rttvar_us, 9, true, NULL, DATA,
	  "its variation, microseconds" },
	{ "cwnd", "CWND", get_cwnd, 5, true, NULL, DATA, "congestion window, segments" },
	{ "ssthresh", "SSTHRESH", get_ssthresh, 8, true, NULL, DATA,
	  "slow start threshold; unknown before a first loss" },
	{ "retrans", "RETRANS", get_retrans, 7, true, NULL, DATA,
	  "segments in flight that were sent again" },
	{ "segs_retrans", "SEGS_RETRANS", get_segs_retrans, 12, true, NULL, DATA,
	  "segments sent again in its whole life" },
	{ "bytes_in", "BYTES_IN", get_bytes_in, 11, true, NULL, DATA, "payload received" },
	{ "bytes_out", "BYTES_OUT", get_bytes_out, 11, true, NULL, DATA,
	  "acknowledged by the peer, by the kernel's count: a client's SYN and a FIN are one byte each" },
	{ "unread", "UNREAD", get_unread, 8, true, NULL, DATA,
	  "recv_q without the FIN that the kernel counts in it" },
	{ "unsent", "UNSENT", get_unsent, 8, true, NULL, DATA,
	  "bytes of send_q that were never sent" },
	{ "congestion", "CONGESTION", get_congestion, 10, false, NULL, DATA,
	  "congestion control algorithm" },
	{ "last_received", "RECEIVED", get_last_received, 8, true, NULL, 0,
	  "time since data came" },
	{ "last_sent", "SENT", get_last_sent, 7, true, NULL, 0,
	  "time since data was sent, or since the connection was made" },
	{ "last_received_us", "LAST_RECEIVED_US", get_last_received_us, 16, true, NULL, DATA,
	  "last_received in microseconds" },
	{ "last_sent_us", "LAST_SENT_US", get_last_sent_us, 14, true, NULL, DATA,
	  "last_sent in microseconds" },
	{ "last_acked_us", "LAST_ACKED_US", get_last_acked_us, 14, true, NULL, DATA,
	  "microseconds since the last acknowledgement came" },
	{ "accept_queue", "ACCEPT_QUEUE", get_accept_queue, 12, true, NULL, DATA,
	  "of a listener: connections that wait to be accepted" },
	{ "accept_limit", "ACCEPT_LIMIT", get_accept_limit, 12, true, NULL, DATA,
	  "of a listener: the limit of that queue" },
	{ "site", "SITE", get_site, 4, false, NULL, 0,
	  "where in its process's code it came from, as a trace with --origin and --pin knows" },
	{ "mptcp", "MPTCP", get_mptcp, 5, false, NULL, DATA, "part of an MPTCP connection" },
};

_Static_assert(sizeof(fields) / sizeof(fields[0]) <= FIELDS_MAX, "FIELDS_MAX");

const struct field_table socket_fields = { fields, sizeof(fields) / sizeof(fields[0]), NULL };
