/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * An MPTCP connection, found from one of its subflows. No iterator shows connections. A process
 * reads, writes and closes the connection, and its state and queues differ from those of its
 * subflows. Every access is a probe without a lock: a value that changes meanwhile is old or 0.
 */
#ifndef MPTCP_BPF_H
#define MPTCP_BPF_H

#include "helpers.bpf.h"
#include "socket.bpf.h"

enum { PROTO_MPTCP = 262 };

enum {
	CONNECTION_JOINED =
		1, /* bit of connection_of(): another subflow's row shows the connection */
};

/* By this row? Not by the row's flags: the verifier would track each of their values. */
static __always_inline bool connection_is_shown(u64 address)
{
	return address && !(address & CONNECTION_JOINED);
}

#ifdef TS_NO_STORAGE /* global functions take no pointers there (e5069b9c23b3, 5.12) */

static __always_inline u64 connection_find(struct tcp_sock *tp)
{
	return 0;
}

static __always_inline u32 connection_state(u64 address, u32 own)
{
	return own;
}

static __always_inline void connection_write(struct ts_socket *row, u64 address)
{
}

#else

enum { SUBFLOWS_WALKED = 12 /* MPTCP_PM_ADDR_MAX is 8 */ };

/* In the other states, before data and at the end, a row shows its subflow's own state. */
static __always_inline bool state_has_data(u32 state)
{
	return state == TS_ESTABLISHED || state == TS_FIN_WAIT_1 || state == TS_FIN_WAIT_2 ||
	       state == TS_CLOSE_WAIT || state == TS_LAST_ACK || state == TS_CLOSING;
}

/* Returns the next in the connection's list of subflows, or NULL. */
static __always_inline struct tcp_sock *subflow_next(struct mptcp_sock *msk,
						     struct list_head **node)
{
	struct list_head *head = __builtin_preserve_access_index(&msk->conn_list);
	struct list_head *next = BPF_CORE_READ(*node ?: head, next);
	struct mptcp_subflow_context *subflow = (void *)next -
						bpf_core_field_offset(struct mptcp_subflow_context,
								      node);

	if (!next || next == head)
		return NULL;
	*node = next;
	return (struct tcp_sock *)BPF_CORE_READ(subflow, tcp_sock);
}

/*
 * Returns the connection's address, or 0 for plain TCP or before and after the connection's life.
 * One row shows the connection: that of the first subflow with data; a closed first subflow stays
 * in the list (__mptcp_close_ssk()).
 *
 * Not static: the verifier walks a global function once, for any argument. A static or inline
 * function would multiply with all paths of list_tcp().
 */
__noinline u64 connection_of(u64 subflow)
{
	struct mptcp_subflow_context *ctx = (void *)subflow;
	struct list_head *node = NULL;
	struct mptcp_sock *msk;
	struct sock *own, *sk;

	if (!subflow || !bpf_core_type_exists(struct mptcp_sock))
		return 0;
	own = BPF_CORE_READ(ctx, tcp_sock);
	sk = BPF_CORE_READ(ctx, conn);
	msk = (struct mptcp_sock *)sk;
	if (BPF_CORE_READ(sk, sk_protocol) != PROTO_MPTCP ||
	    !state_has_data(BPF_CORE_READ(sk, __sk_common.skc_state)))
		return 0;
	for (u32 i = 0; i < SUBFLOWS_WALKED; i++) {
		sk = (struct sock *)subflow_next(msk, &node);
		if (!sk)
			break;
		if (state_has_data(BPF_CORE_READ(sk, __sk_common.skc_state)))
			return (u64)msk | (sk == own ? 0 : CONNECTION_JOINED);
	}
	return 0;
}

static __always_inline u64 connection_find(struct tcp_sock *tp)
{
	struct mptcp_subflow_context *subflow = NULL;

	if (socket_is_subflow(tp)) {
		subflow = BPF_CORE_READ(tp, inet_conn.icsk_ulp_data);
		if (BPF_CORE_READ(subflow, tcp_sock) !=
		    (struct sock *)tp) /* the subflow is detached */
			subflow = NULL;
	}
	return connection_of((u64)subflow);
}

/* Returns the state for the row of a subflow: the connection's, or its own. */
__noinline u32 connection_state(u64 address, u32 own)
{
	struct sock *sk = (void *)address;

	return connection_is_shown(address) ? BPF_CORE_READ(sk, __sk_common.skc_state) : own;
}

/* Kernels without bytes_consumed have a second queue for received data. */
struct mptcp_sock___queue {
	struct sk_buff_head receive_queue;
} __attribute__((preserve_access_index));

static __always_inline struct mptcp_skb_cb *skb_cb(struct sk_buff *skb)
{
	return (void *)skb + bpf_core_field_offset(struct sk_buff, cb);
}

/* Data that left the subflows and that the process has not read. */
static __always_inline u32 connection_unread(struct mptcp_sock *msk)
{
	struct sk_buff_head *coming = __builtin_preserve_access_index(
		&((struct sock *)msk)->sk_receive_queue);
	struct mptcp_sock___queue *old = (void *)msk;
	struct sk_buff_head *reading = coming;
	struct sk_buff *first, *last;
	u64 begin, end;

	if (bpf_core_field_exists(msk->bytes_consumed)) {
		begin = BPF_CORE_READ(msk, bytes_consumed);
		end = BPF_CORE_READ(msk, bytes_received);
		return end - begin < 1u << 31 ? end - begin : 0;
	}
	if (bpf_core_field_exists(old->receive_queue) && BPF_CORE_READ(old, receive_queue.qlen))
		reading = __builtin_preserve_access_index(&old->receive_queue);
	if (!BPF_CORE_READ(coming, qlen))
		coming = reading;
	first = BPF_CORE_READ(reading, next);
	last = BPF_CORE_READ(coming, prev);
	if (first == (void *)reading || last == (void *)coming)
		return 0;
	begin = BPF_CORE_READ(skb_cb(first), map_seq);
	end = BPF_CORE_READ(skb_cb(last), end_seq);
	return end - begin < 1u << 31 ? end - begin : 0;
}

/* Time of the last packet of any subflow, by TCP's clock. */
static __always_inline u64 connection_newest_us(struct mptcp_sock *msk)
{
	struct list_head *node = NULL;
	u64 newest_us = 0;

	for (u32 i = 0; i < SUBFLOWS_WALKED; i++) {
		struct tcp_sock *tp = subflow_next(msk, &node);
		u64 mstamp_us = tp ? BPF_CORE_READ(tp, tcp_mstamp) : 0;

		if (!tp)
			break;
		if (mstamp_us > newest_us)
			newest_us = mstamp_us;
	}
	return newest_us;
}

/* Ticks since the last acknowledgement on any subflow. */
static __always_inline s32 connection_acked(struct mptcp_sock *msk)
{
	struct list_head *node = NULL;
	u32 now = (u32)bpf_jiffies64();
	s32 least = 0x7fffffff;

	for (u32 i = 0; i < SUBFLOWS_WALKED; i++) {
		struct tcp_sock *tp = subflow_next(msk, &node);
		s32 acked = tp ? (s32)(now - BPF_CORE_READ(tp, rcv_tstamp)) : 0;

		if (!tp)
			break;
		if (acked < least)
			least = acked;
	}
	if (bpf_core_field_exists(msk->last_ack_recv) &&
	    (s32)(now - BPF_CORE_READ(msk, last_ack_recv)) < least)
		least = (s32)(now - BPF_CORE_READ(msk, last_ack_recv));
	return least;
}

/*
 * A packet on any subflow causes the change to these states. If that subflow is gone, 6.10 and
 * later have last_ack_recv, and Linux sends the DATA_FIN on all subflows.
 */
static __always_inline bool came_by_packet(u32 state)
{
	return state == TS_CLOSE_WAIT || state == TS_CLOSING || state == TS_FIN_WAIT_2;
}

/* Replaces the subflow's values by the connection's, in the row that shows the connection. */
__noinline int connection_write(struct ts_socket *row, u64 address)
{
	struct mptcp_sock *msk = (void *)address;
	u32 unread;

	if (!row || !address || !bpf_core_type_exists(struct mptcp_sock))
		return 0;
	row->connection = address & ~(u64)CONNECTION_JOINED;
	if (address & CONNECTION_JOINED) {
		row->flags |= TS_S_JOINED;
		return 0;
	}
	unread = connection_unread(msk);
	if (row->recv_q && row->flags & TS_S_FIN_SEEN)
		row->recv_q--;
	row->flags = (row->flags & ~TS_S_FIN_SEEN) | TS_S_CONNECTION;
	row->recv_q += unread;
	row->read_seq = (u32)BPF_CORE_READ(msk, ack_seq) - unread;
	row->acked_seq = (u32)BPF_CORE_READ(msk, snd_una);
	row->send_q = (u32)BPF_CORE_READ(msk, write_seq) - row->acked_seq;
	row->unsent = (u32)(BPF_CORE_READ(msk, write_seq) - BPF_CORE_READ(msk, snd_nxt));
	row->stalled = 0; /* each subflow has a timer of its own */
	if (BPF_CORE_READ((struct sock *)msk, __sk_common.skc_flags) & 1ul << SOCK_DEAD)
		row->flags |= TS_S_ORPHAN;
	if (came_by_packet(row->state)) {
		row->received = row->acked = connection_acked(msk);
		row->quiet_ms = quiet_since(connection_newest_us(msk));
	}
	return 0;
}

#endif

#endif
