// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The meaning of a socket's numbers: identity, payload in the queues, age. */
#include "sockets/sockets.h"

#include <netinet/in.h>

/* A timewait socket may have the cookie of its full socket, which the process still has. */
static bool shares_cookie(const struct ts_socket *s)
{
	return s->proto == IPPROTO_TCP && s->state == TS_CLOSED && s->flags & TS_S_FIN_SEEN;
}

uint64_t socket_key(const struct ts_socket *s)
{
	if (shares_cookie(s) && s->inode)
		return s->inode | UINT64_C(1) << 63;
	return s->id || !s->inode ? s->id : s->inode | UINT64_C(1) << 63;
}

bool socket_is_kernels(const struct ts_socket *s)
{
	return s->flags & TS_S_KERNEL && !(s->flags & TS_S_SUBFLOW);
}

uint32_t socket_unread(const struct ts_socket *s)
{
	return s->recv_q - (s->recv_q && s->flags & TS_S_FIN_SEEN);
}

/* A FIN that is not acknowledged. */
static bool has_fin_out(const struct ts_socket *s)
{
	return s->state == TS_FIN_WAIT_1 || s->state == TS_CLOSING || s->state == TS_LAST_ACK;
}

uint32_t socket_unacked(const struct ts_socket *s)
{
	return s->send_q - (s->send_q && (s->state == TS_SYN_SENT || has_fin_out(s)));
}

uint32_t socket_unsent(const struct ts_socket *s)
{
	return s->unsent - (s->unsent && has_fin_out(s));
}

/*
 * Ages. The kernel does not note when a socket enters a state. It notes some events, and the state
 * decides which of them came before or after it was entered:
 *
 *   acked     tp->rcv_tstamp: the last acknowledgement; every FIN and every packet out of order
 *             has one (tcp_ack() from tcp_rcv_established()'s slow path)
 *   received  icsk_ack.lrcvtime: the last data; or 0, or when the connection was made
 *   quiet     tp->tcp_mstamp: any packet, in or out
 *   sent      tp->lsndtime: the last data; set when the connection is made, too
 *   stalled   by the retransmission timer: how long the FIN waits to be acknowledged, if only the
 *             FIN does
 */
static const uint64_t RTO_MAX_NS = 120 * 1000000000ull;	 /* TCP_RTO_MAX */
static const uint64_t TIME_WAIT_NS = 60 * 1000000000ull; /* TCP_TIMEWAIT_LEN */

/* Ticks by which a time may seem to be in the future: it was read after `now`, or is 0. */
static const int32_t AHEAD_MAX = 1 << 20;

/* The kernel's times have 32 bits; half of that is 25 days with ticks of a millisecond. */
static int32_t unwrapped(int32_t ticks)
{
	return ticks < -AHEAD_MAX ? INT32_MAX : ticks;
}

static int32_t least(int32_t a, int32_t b)
{
	return a < b ? a : b;
}

static int32_t most(int32_t a, int32_t b)
{
	return a > b ? a : b;
}

uint64_t socket_ticks_ns(const struct sockets *sockets, int32_t ticks)
{
	ticks = unwrapped(ticks);
	return ticks > SOCKET_TICKS_LATE ?
		       (uint64_t)(ticks - SOCKET_TICKS_LATE) * sockets->tick_ns :
		       0;
}

/* An event at or after the entry of the state, the oldest that is known; negative: none. */
static int32_t ticks_in_state(const struct ts_socket *s)
{
	int32_t acked = unwrapped(s->acked), received = unwrapped(s->received);

	if (s->flags & TS_S_NO_INFO)
		return -1;
	switch (s->state) {
	case TS_ESTABLISHED: /* a server's socket by Fast Open is made before */
		return s->flags & TS_S_SYN_DATA ? acked : most(acked, unwrapped(s->sent));
	case TS_CLOSE_WAIT: /* by a FIN, with data before it that may have come out of order */
	case TS_CLOSING:
		return least(acked, received);
	case TS_FIN_WAIT_2: /* by the acknowledgement of our FIN */
		return acked;
	case TS_SYN_SENT: /* where the time of the first SYN is not known */
		return s->stalled > 0 ? s->stalled : -1;
	case TS_FIN_WAIT_1: /* by ourselves, with a FIN that is the last of what is sent */
	case TS_LAST_ACK:
		return s->send_q == 1 && s->stalled > 0 ? s->stalled : -1;
	default:
		return -1;
	}
}

/* An acknowledgement of MPTCP may come with a packet that acknowledges nothing in TCP. */
static bool came_by_packet(const struct ts_socket *s)
{
	return s->state == TS_CLOSE_WAIT || s->state == TS_CLOSING ||
	       (s->state == TS_FIN_WAIT_2 && s->flags & TS_S_CONNECTION);
}

static bool timewait_age(const struct sockets *sockets, const struct ts_socket *s, uint64_t *ns)
{
	int64_t ticks = (int64_t)s->expires + SOCKET_TICKS_LATE;
	uint64_t left = ticks > 0 ? (uint64_t)ticks * sockets->tick_ns : 0;

	if (s->state != TS_TIME_WAIT || left > TIME_WAIT_NS)
		return false;
	*ns = TIME_WAIT_NS - left; /* a packet may have restarted it */
	return true;
}

/* See ended_read() of bpf/socket.bpf.h. */
static bool ended_age(const struct sockets *sockets, const struct ts_socket *s, uint64_t *ns)
{
	uint64_t quiet = s->quiet_ms * UINT64_C(1000000);
	uint64_t timeout = s->stalled > 0 ?
				   ((uint64_t)s->stalled + SOCKET_TICKS_LATE) * sockets->tick_ns :
				   RTO_MAX_NS;

	if (!(s->flags & TS_S_ENDED) || quiet <= timeout)
		return false;
	*ns = quiet - timeout;
	return true;
}

bool socket_age(const struct sockets *sockets, const struct ts_socket *s, uint64_t *ns, bool *exact)
{
	int32_t ticks;

	*exact = true;
	if (sockets->recorded && s->flags & TS_S_RECORD && s->since_ns &&
	    s->since_ns <= sockets->mono_ns) {
		*ns = sockets->mono_ns - s->since_ns;
		return true;
	}
	if (s->flags & TS_S_BEGUN && s->begun_us * 1000 <= sockets->mono_ns) {
		*ns = sockets->mono_ns - s->begun_us * 1000;
		return true;
	}
	*exact = false;
	if (s->proto != IPPROTO_TCP)
		return false;
	if (s->state == TS_CLOSED)
		return ended_age(sockets, s, ns);
	if (s->flags & TS_S_MINISOCK)
		return timewait_age(sockets, s, ns);
	ticks = ticks_in_state(s);
	if (ticks < 0)
		return false;
	*ns = socket_ticks_ns(sockets, ticks);
	/* the FIN may have been overtaken by an acknowledgement, not by all packets */
	if (came_by_packet(s) && *ns > s->quiet_ms * 1000000ull)
		*ns = s->quiet_ms * 1000000ull;
	return true;
}

static bool has_times(const struct ts_socket *s)
{
	return s->proto == IPPROTO_TCP && !(s->flags & (TS_S_MINISOCK | TS_S_NO_INFO)) &&
	       s->state != TS_LISTEN && s->state != TS_SYN_SENT && s->state != TS_SYN_RECV &&
	       s->state != TS_CLOSED;
}

int32_t socket_idle_ticks(const struct ts_socket *s)
{
	return has_times(s) ? least(unwrapped(s->received), unwrapped(s->sent)) : -1;
}

static uint64_t ticks_or_0(const struct sockets *sockets, int32_t ticks)
{
	return ticks > 0 ? (uint64_t)ticks * sockets->tick_ns : 0;
}

/* The time of the next probe. The timer is not restarted by data (tcp_keepalive_timer()). */
static uint64_t next_probe(const struct sockets *sockets, const struct ts_socket *s,
			   uint64_t silent)
{
	uint64_t expires = ticks_or_0(sockets, s->expires);
	uint64_t due = s->keep_time * sockets->tick_ns;

	due = due > silent ? due - silent : 0;
	return s->probes || expires > due ? expires : due;
}

bool socket_keepalive_end(const struct sockets *sockets, const struct ts_socket *s, uint64_t *ns)
{
	uint64_t silent = ticks_or_0(sockets, least(unwrapped(s->received), unwrapped(s->acked)));
	uint64_t interval = s->keep_interval * sockets->tick_ns, next, limit, probes;

	if (!has_times(s) || !(s->flags & TS_S_KEEPALIVE) || s->timer != TS_TIMER_KEEPALIVE ||
	    s->send_q || s->flags & TS_S_ORPHAN || !interval)
		return false;
	next = next_probe(sockets, s, silent);
	probes = s->keep_probes > s->probes ? s->keep_probes - s->probes : 0;
	if (s->user_timeout_ms) { /* takes the place of the number of probes */
		limit = s->user_timeout_ms * UINT64_C(1000000);
		probes = limit > silent + next ? (limit - silent - next + interval - 1) / interval :
						 0;
		if (!probes && !s->probes)
			probes = 1;
	}
	*ns = next + probes * interval;
	return true;
}
