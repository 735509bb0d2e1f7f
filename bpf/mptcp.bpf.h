/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * An MPTCP connection as one of its subflows leads to it. No iterator shows connections, and what a
 * process reads, writes and closes is the connection: its state and queues are not the subflows'.
 * All of it is probed, without any lock: what changes meanwhile is read as it was or as nothing.
 */
#ifndef MPTCP_BPF_H
#define MPTCP_BPF_H

#include "helpers.bpf.h"
#include "socket.bpf.h"

enum {
	CONNECTION_JOINED = 1, /* connection_of(), in addition: another subflow's row tells of it */
};

/* By the row at hand. Not by the row's flags: the verifier would keep all of their values apart. */
static __always_inline bool connection_is_shown(u64 address)
{
	return address && !(address & CONNECTION_JOINED);
}

#ifdef TS_NO_STORAGE /* functions take no pointers there (e5069b9c23b3, 5.12) */

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

enum {
	PROTO_MPTCP = 262,
	SUBFLOWS_WALKED = 12, /* MPTCP_PM_ADDR_MAX is 8 */
};

/* Data may go or have gone: states before that, and the end, are the subflow's own. */
static __always_inline bool state_has_data(u32 state)
{
	return state == TS_ESTABLISHED || state == TS_FIN_WAIT_1 || state == TS_FIN_WAIT_2 ||
	       state == TS_CLOSE_WAIT || state == TS_LAST_ACK || state == TS_CLOSING;
}

/* What follows `node` in the connection's list of subflows; NULL: nothing does. */
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
 * Functions that are not static are verified once, for any argument: what is called inline here, or
 * as a static function, multiplies with all that list_tcp() may have come through.
 *
 * The connection's address. One row tells of it: that of the first subflow, which stays in the list
 * even closed (__mptcp_close_ssk()), and after it that of the next one. 0: it is plain TCP, or the
 * connection is not yet or no more.
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
		if (BPF_CORE_READ(subflow, tcp_sock) != (struct sock *)tp) /* it has been let go */
			subflow = NULL;
	}
	return connection_of((u64)subflow);
}

/* What the row of a subflow shows: the connection's, or what is its own. */
__noinline u32 connection_state(u64 address, u32 own)
{
	struct sock *sk = (void *)address;

	return connection_is_shown(address) ? BPF_CORE_READ(sk, __sk_common.skc_state) : own;
}

/* Data on their way to the process were moved once more by kernels that do not count what was read. */
struct mptcp_sock___queue {
	struct sk_buff_head receive_queue;
} __attribute__((preserve_access_index));

static __always_inline struct mptcp_skb_cb *skb_cb(struct sk_buff *skb)
{
	return (void *)skb + bpf_core_field_offset(struct sk_buff, cb);
}

/* Data that were taken out of the subflows and wait for the process. */
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

/* Of all subflows, when the last packet came or went, by TCP's clock. */
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

/* Of all subflows, ticks since the last acknowledgement. */
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
 * What entered these states came with a packet, on any subflow, of which the one may have gone
 * since; then 6.10 and later have last_ack_recv, and Linux sends it on all of them.
 */
static __always_inline bool came_by_packet(u32 state)
{
	return state == TS_CLOSE_WAIT || state == TS_CLOSING || state == TS_FIN_WAIT_2;
}

/* In the row that tells of the connection, what is the connection's in place of the subflow's. */
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
