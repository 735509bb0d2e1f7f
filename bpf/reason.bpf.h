/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Why a socket went to CLOSED, from what the socket itself still says at that moment. */
#ifndef REASON_BPF_H
#define REASON_BPF_H

#include "owner.bpf.h"

enum {
	EPIPE = 32,
	ENETDOWN = 100,
	ENETUNREACH = 101,
	ECONNABORTED = 103,
	ECONNRESET = 104,
	ETIMEDOUT = 110,
	ECONNREFUSED = 111,
	EHOSTDOWN = 112,
	EHOSTUNREACH = 113,
};

static __always_inline u8 reason_of_error(u32 err)
{
	switch (err) {
	case ECONNREFUSED:
		return TS_REASON_REFUSED;
	case ECONNRESET:
	case EPIPE: /* tcp_reset() in CLOSE_WAIT */
		return TS_REASON_RESET_BY_PEER;
	case ETIMEDOUT:
		return TS_REASON_TIMED_OUT;
	case ECONNABORTED: /* tcp_abort() */
		return TS_REASON_DESTROYED;
	case ENETDOWN:
	case ENETUNREACH:
	case EHOSTDOWN:
	case EHOSTUNREACH:
		return TS_REASON_UNREACHABLE;
	}
	return TS_REASON_ABORTED;
}

/*
 * __tcp_close() has emptied the receive queue by now, but copied_seq still tells what was
 * read; a FIN takes one number of the sequence.
 */
static __always_inline bool socket_had_unread_data(struct sock *sk, struct tcp_sock *tp)
{
	u32 unread = tp->rcv_nxt - tp->copied_seq;

	return (s32)unread > (socket_has_flag(sk, SOCK_DONE) ? 1 : 0);
}

static __always_inline u8 reason_of_close(struct sock *sk, struct tcp_sock *tp, int old)
{
	if (old == TS_LISTEN)
		return TS_REASON_NORMAL;
	if (socket_is_closing(sk) && old != TS_SYN_SENT) {
		if (socket_had_unread_data(sk, tp))
			return TS_REASON_ABORTED_UNREAD_DATA;
		if (socket_has_flag(sk, SOCK_LINGER) && !sk->sk_lingertime)
			return TS_REASON_ABORTED_LINGER;
	}
	switch (old) {
	case TS_LAST_ACK:
	case TS_CLOSING:
		return TS_REASON_NORMAL;
	case TS_FIN_WAIT_2:
		if (socket_has_flag(sk, SOCK_DONE))
			return TS_REASON_NORMAL;
		/* an orphan that goes on as a timewait socket, or data after close: not told here */
		return tp->linger2 < 0 ? TS_REASON_ABORTED : TS_REASON_NONE;
	case TS_SYN_RECV:
		if (socket_has_flag(sk, SOCK_DEAD)) /* inet_csk_prepare_forced_close() */
			return TS_REASON_DROPPED;
		break;
	}
	if (old != TS_SYN_SENT && !sk->sk_socket && !socket_has_flag(sk, SOCK_DEAD))
		return TS_REASON_LISTENER_CLOSED; /* inet_csk_listen_stop(): a child never accepted */
	return TS_REASON_ABORTED;
}

static __always_inline u8 reason_of_end(struct sock *sk, struct tcp_sock *tp, int old)
{
	u32 err = sk->sk_err;

	if (!err)
		return reason_of_close(sk, tp, old);
	/* data for a socket that was closed: the kernel resets the peer, by tcp_reset() on itself */
	if (err == ECONNRESET && socket_has_flag(sk, SOCK_DEAD) &&
	    (old == TS_FIN_WAIT_1 || old == TS_FIN_WAIT_2))
		return TS_REASON_NONE;
	return reason_of_error(err);
}

#endif
