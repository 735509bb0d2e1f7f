/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Why a socket went to CLOSED, from the fields of the socket at that moment. */
#ifndef REASON_BPF_H
#define REASON_BPF_H

#include "emit.bpf.h"

static __always_inline bool socket_in_repair(struct tcp_sock *tp)
{
	return BPF_CORE_READ_BITFIELD(tp, repair);
}

/*
 * The limit that expired in a handshake: tcp_write_timeout() first counts the retransmissions. A
 * Fast Open child has a timer that does not (tcp_fastopen_synack_timer()).
 */
static __always_inline u8 reason_of_handshake_timeout(struct change *c)
{
	struct inet_connection_sock *icsk = &c->tp->inet_conn;
	struct net *net = c->sk->__sk_common.skc_net.net;
	u32 most = icsk->icsk_syn_retries;

	if (!icsk->icsk_user_timeout || c->rec->role == TS_ROLE_SERVER)
		return TS_REASON_TIMED_OUT;
	if (!most)
		most = net_syn_retries(net);
	if (c->old == TS_SYN_SENT)
		most += net_linear_timeouts(net);
	return icsk->icsk_retransmits < most ? TS_REASON_USER_TIMEOUT : TS_REASON_TIMED_OUT;
}

/*
 * The limit that expired, in tcp_write_timeout(), tcp_probe_timer() or tcp_keepalive_timer(). The
 * queue is empty by now (tcp_write_err()), but the sequence numbers are intact. Only probes have
 * another limit beside TCP_USER_TIMEOUT.
 */
static __always_inline u8 reason_of_timeout(struct change *c)
{
	struct tcp_sock *tp = c->tp;
	bool all_acked = tp->snd_nxt == tp->snd_una, probed = tp->write_seq != tp->snd_nxt;

	if (c->old == TS_SYN_SENT || c->old == TS_SYN_RECV)
		return reason_of_handshake_timeout(c);
	if (all_acked && probed &&
	    (!tp->inet_conn.icsk_user_timeout ||
	     tp->inet_conn.icsk_probes_out >= net_retries2(c->sk->__sk_common.skc_net.net)))
		return TS_REASON_PROBE_TIMEOUT;
	if (tp->inet_conn.icsk_user_timeout)
		return TS_REASON_USER_TIMEOUT;
	return all_acked ? TS_REASON_KEEPALIVE_TIMEOUT : TS_REASON_TIMED_OUT;
}

static __always_inline u8 reason_of_error(struct change *c)
{
	switch (c->err) {
	case ETIMEDOUT:
		return reason_of_timeout(c);
	case ECONNREFUSED:
		return TS_REASON_REFUSED;
	case ECONNRESET:
	case EPIPE: /* tcp_reset() in CLOSE_WAIT */
		return TS_REASON_RESET_BY_PEER;
	case EADDRNOTAVAIL:
		return TS_REASON_NO_LOCAL_PORT;
	case ECONNABORTED: /* tcp_abort() */
		return TS_REASON_DESTROYED;
	case EACCES: /* this and the next four: icmp_err_convert[], icmpv6_err_convert() */
	case ENONET:
	case EPROTO:
	case ENOPROTOOPT:
	case EOPNOTSUPP:
	case ENETDOWN:
	case ENETUNREACH:
	case EHOSTDOWN:
	case EHOSTUNREACH:
		return TS_REASON_UNREACHABLE;
	}
	return TS_REASON_ABORTED;
}

/*
 * __tcp_close() has emptied the receive queue by now, but copied_seq still has the read position. A
 * FIN takes one sequence number.
 */
static __always_inline bool socket_had_unread_data(struct sock *sk, struct tcp_sock *tp)
{
	u32 unread = tp->rcv_nxt - tp->copied_seq;

	return (s32)unread > (socket_has_flag(sk, SOCK_DONE) ? 1 : 0);
}

/* The peer has not acknowledged the orphan's FIN. */
static __always_inline bool orphan_was_aborted(struct sock *sk, struct tcp_sock *tp, int old)
{
	if (!socket_has_flag(sk, SOCK_DEAD))
		return false;
	return old == TS_FIN_WAIT_1 ||
	       ((old == TS_LAST_ACK || old == TS_CLOSING) && tp->snd_una != tp->write_seq);
}

/* The peer has acknowledged the FIN and sent its own. */
static __always_inline bool ended_in_order(struct sock *sk, const struct tcp_sock *tp, int old)
{
	if (old == TS_FIN_WAIT_2)
		return socket_has_flag(sk, SOCK_DONE);
	return (old == TS_LAST_ACK || old == TS_CLOSING) && tp->snd_una == tp->write_seq;
}

/*
 * The socket's error, unless it ended nothing: an ICMP error of a connection (IP_RECVERR) only waits
 * for the program to read it. An orphan in FIN_WAIT_2 ends by a RST, by tcp_abort(), or without one.
 */
static __always_inline u32 error_at_end(struct sock *sk, const struct tcp_sock *tp, int old)
{
	u32 err = sk->sk_err;

	if (ended_in_order(sk, tp, old))
		return 0;
	if (old == TS_FIN_WAIT_2 && socket_has_flag(sk, SOCK_DEAD) && err != ECONNRESET &&
	    err != ECONNABORTED)
		return 0;
	return err;
}

/*
 * Without hooks on timewait sockets: infers whether the full socket, now CLOSED, continues as one.
 * Returns TS_TIME_WAIT; TS_FIN_WAIT_2 for an orphan whose peer has not closed; or TS_CLOSED. The
 * callers of tcp_time_wait() are tcp_rcv_state_process() and __tcp_close().
 */
static __always_inline u8 timewait_infer(struct ts_slot *slot, struct sock *key,
					 struct tcp_sock *tp, u8 old, const struct ts_record *rec)
{
	struct sock *sk = &tp->inet_conn.icsk_inet.sk;

	if ((old != TS_FIN_WAIT_2 && old != TS_CLOSING) || socket_in_repair(tp) ||
	    error_at_end(sk, tp, old) || slot->aborting == (u64)key ||
	    (rec && (rec->timewait_state || rec->rst)))
		return TS_CLOSED;
	if (socket_is_closing(sk) && (socket_had_unread_data(sk, tp) ||
				      (socket_has_flag(sk, SOCK_LINGER) && !sk->sk_lingertime)))
		return TS_CLOSED;
	if (old == TS_CLOSING) /* without the ACK of its FIN it timed out or was disconnected */
		return tp->snd_una != tp->write_seq ? TS_CLOSED : TS_TIME_WAIT;
	if (socket_has_flag(sk, SOCK_DONE))
		return TS_TIME_WAIT;
	if (!socket_has_flag(sk, SOCK_DEAD) && !socket_is_closing(sk))
		return TS_CLOSED; /* tcp_disconnect() */
	return cfg_timewaits || tp->linger2 < 0 ? TS_CLOSED : TS_FIN_WAIT_2;
}

static __always_inline u8 reason_of_fin_wait_2(struct change *c)
{
	if (socket_has_flag(c->sk, SOCK_DONE))
		return c->rec->timewait_state == TS_CLOSED ? TS_REASON_TIME_WAIT_OVERFLOW :
							     TS_REASON_NORMAL;
	if (c->tp->linger2 < 0 || !socket_has_flag(c->sk, SOCK_DEAD))
		return TS_REASON_ABORTED;
	if (c->rec->timewait_state == TS_CLOSED)
		return TS_REASON_TIME_WAIT_OVERFLOW;
	if (c->rec->rst == TS_RST_SENT) /* tcp_keepalive_timer() */
		return TS_REASON_FIN_TIMEOUT;
	return TS_REASON_ABORTED_LATE_DATA; /* tcp_rcv_state_process(): data after close */
}

static __always_inline u32 *txhash_late_of(const struct change *c)
{
	return &txhash_late[c->tuple.family == 6];
}

/*
 * inet_hash_connect() failed: its other error is ENOMEM, for the few bytes of a bind bucket. A new
 * socket gets its write_seq after it has succeeded. Of IPv4 there is another failure before that,
 * with a port: ip_route_newports(). sk_txhash is set right after the port was chosen, in 7.3 for
 * IPv4 only.
 */
static __always_inline bool port_was_missing(const struct change *c)
{
	if (c->old != TS_SYN_SENT || !c->by_task)
		return false;
	if (!c->tp->write_seq && (c->tuple.family == 6 || !c->tuple.lport))
		return true;
	return *txhash_late_of(c) && c->sk->sk_txhash == c->rec->txhash;
}

/* connect() failed in the kernel, after the choice of the port: a subflow has no state of its own. */
static __always_inline bool connect_failed(const struct change *c)
{
	struct socket *socket = c->sk->sk_socket;

	return c->by_task && socket && socket->state == SS_UNCONNECTED &&
	       !socket_is_closing(c->sk) && !socket_is_subflow(c->tp);
}

/* Whatever error is pending. */
static __always_inline bool ended_by_close(const struct change *c)
{
	return c->by_task && socket_is_closing(c->sk) &&
	       state_in(c->old, 1 << TS_SYN_SENT | 1 << TS_ESTABLISHED | 1 << TS_CLOSE_WAIT);
}

/* By tcp_reset(). The program may have read it before the transition. */
static __always_inline u32 error_of_reset(int old)
{
	return old == TS_CLOSE_WAIT ? EPIPE : ECONNRESET;
}

/*
 * The error that ended the connection. Reading SO_ERROR removes it from the socket: after it a
 * client closes in SYN_SENT, where an error does not end the connection if a process had the lock
 * when the ICMP packet came. The kernel then has it as a soft error, which a disconnect leaves in
 * the socket, and reports that at a timeout. Up to 6.9 the kernel reported an error before the transition: a process on another CPU
 * could read it in between.
 */
static __always_inline u32 error_of_end(const struct change *c)
{
	struct sock *sk = c->sk;
	u32 err;

	if (port_was_missing(c)) /* an older error may be pending */
		return EADDRNOTAVAIL;
	err = ended_by_close(c) ? 0 : error_at_end(sk, c->tp, c->old);
	if (err)
		return err;
	if (c->old != TS_SYN_SENT) {
		if (c->by_task || ended_in_order(sk, c->tp, c->old) ||
		    socket_has_flag(sk, SOCK_DEAD))
			return 0;
		err = c->rec->err;
		return !err && c->rec->rst == TS_RST_RECEIVED ? error_of_reset(c->old) : err;
	}
	err = c->rec->err;
	if (!err && sk->sk_err_soft != c->rec->soft_err)
		err = sk->sk_err_soft;
	return err ? err : icmp_error_queued(sk, c->rec->error_tail);
}

/* For a socket without an error. */
static __always_inline u8 reason_of_close(struct change *c)
{
	struct sock *sk = c->sk;
	int old = c->old;

	if (old == TS_LISTEN)
		return TS_REASON_NORMAL;
	if (socket_in_repair(c->tp))
		return TS_REASON_ABORTED;
	if (old == TS_SYN_SENT && connect_failed(c))
		return TS_REASON_NONE;
	if (socket_is_closing(sk) && old != TS_SYN_SENT) {
		if (socket_had_unread_data(sk, c->tp))
			return TS_REASON_ABORTED_UNREAD_DATA;
		if (socket_has_flag(sk, SOCK_LINGER) && !sk->sk_lingertime)
			return TS_REASON_ABORTED_LINGER;
	}
	if (orphan_was_aborted(sk, c->tp, old))
		return TS_REASON_ORPHAN_LIMIT;
	switch (old) {
	case TS_CLOSING:
	case TS_LAST_ACK:
		if (c->tp->snd_una != c->tp->write_seq)
			return TS_REASON_ABORTED; /* tcp_disconnect() */
		return c->rec->timewait_state == TS_CLOSED ? TS_REASON_TIME_WAIT_OVERFLOW :
							     TS_REASON_NORMAL;
	case TS_FIN_WAIT_2:
		return reason_of_fin_wait_2(c);
	case TS_SYN_RECV:
		if (socket_has_flag(sk, SOCK_DEAD)) /* inet_csk_prepare_forced_close() */
			return TS_REASON_DROPPED;
		break;
	}
	/* a process aborts under the socket's lock: it was an error, and it has been read since */
	if (!c->by_task && sk->sk_socket &&
	    state_in(old, 1 << TS_SYN_SENT | 1 << TS_ESTABLISHED | 1 << TS_CLOSE_WAIT))
		return TS_REASON_NONE;
	if (old == TS_SYN_SENT || sk->sk_socket || socket_has_flag(sk, SOCK_DEAD))
		return TS_REASON_ABORTED;
	/* a subflow of MPTCP has no file of its own that could show a close */
	if (socket_is_subflow(c->tp) && socket_has_flag(sk, SOCK_LINGER) && !sk->sk_lingertime)
		return TS_REASON_ABORTED_LINGER;
	if (c->rec->role == TS_ROLE_CLIENT)
		return TS_REASON_ABORTED;
	return TS_REASON_LISTENER_CLOSED; /* inet_csk_listen_stop(): a child never accepted */
}

static __always_inline u8 reason_of_end(struct change *c)
{
	if (c->slot->aborting == (u64)c->key)
		return TS_REASON_DESTROYED;
	if (!c->err)
		return reason_of_close(c);
	/*
	 * Data after close() or shutdown(): the kernel resets the peer and calls tcp_reset() for the
	 * socket itself. The hook on tcp_reset() distinguishes that from a received RST.
	 */
	if (c->err == ECONNRESET && socket_receives_no_more(c->sk) &&
	    (c->old == TS_FIN_WAIT_1 || c->old == TS_FIN_WAIT_2)) {
		if (c->rec->rst == TS_RST_RECEIVED)
			return TS_REASON_RESET_BY_PEER;
		return c->rec->rst == TS_RST_SENT ? TS_REASON_ABORTED_LATE_DATA : TS_REASON_NONE;
	}
	return reason_of_error(c);
}

static __always_inline void rst_set(struct change *c, u8 rst, u8 reason)
{
	c->rst = rst;
	c->rst_reason = rst_reason_known(reason);
}

/* tcp_need_reset() */
static __always_inline bool disconnect_resets(int old)
{
	return old == TS_ESTABLISHED || old == TS_CLOSE_WAIT || old == TS_FIN_WAIT_1 ||
	       old == TS_FIN_WAIT_2 || old == TS_SYN_RECV;
}

/* TCP_LINGER2 below 0, in close() or in answer to a packet after it; or tcp_disconnect(). */
static __always_inline void rst_of_abort(struct change *c)
{
	if (socket_in_repair(c->tp))
		return;
	if (c->old == TS_FIN_WAIT_2 && socket_has_flag(c->sk, SOCK_DEAD))
		return rst_set(c, TS_RST_SENT,
			       c->by_task ? TS_RST_REASON_TCP_ABORT_ON_LINGER :
					    TS_RST_REASON_TCP_ABORT_ON_DATA);
	if (c->err)
		return;
	if (disconnect_resets(c->old))
		return rst_set(c, TS_RST_SENT, TS_RST_REASON_TCP_STATE);
	if ((c->old == TS_CLOSING || c->old == TS_LAST_ACK) && c->tp->snd_nxt != c->tp->write_seq)
		rst_set(c, TS_RST_SENT, TS_RST_REASON_TCP_DISCONNECT_WITH_DATA);
}

/*
 * The RST that ends the connection. If the kernel sends it after the change of state, its reason
 * follows from the code that does so: tests/kernel compares with the tracepoint tcp_send_reset.
 */
static __always_inline void rst_of_end(struct change *c)
{
	if (c->rec->rst) {
		c->rst = c->rec->rst;
		c->rst_reason = c->rec->rst_reason;
		return;
	}
	switch (c->reason) {
	case TS_REASON_RESET_BY_PEER:
		return rst_set(c, TS_RST_RECEIVED, TS_RST_REASON_UNKNOWN);
	case TS_REASON_ABORTED_UNREAD_DATA:
		return rst_set(c, TS_RST_SENT, TS_RST_REASON_TCP_ABORT_ON_CLOSE);
	case TS_REASON_ABORTED_LATE_DATA:
		return rst_set(c, TS_RST_SENT, TS_RST_REASON_TCP_ABORT_ON_DATA);
	case TS_REASON_ABORTED_LINGER:
	case TS_REASON_LISTENER_CLOSED:
		if (disconnect_resets(c->old))
			rst_set(c, TS_RST_SENT, TS_RST_REASON_TCP_STATE);
		return;
	case TS_REASON_ABORTED:
		return rst_of_abort(c);
	case TS_REASON_ORPHAN_LIMIT: /* by a timer (tcp_out_of_resources()): rec->rst has it */
		if (c->by_task)
			rst_set(c, TS_RST_SENT, TS_RST_REASON_TCP_ABORT_ON_MEMORY);
		return;
	}
}

#endif
