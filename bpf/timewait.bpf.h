/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Timewait sockets: the work of the hooks in timewait_hooks.bpf.c and kprobe.bpf.c. */
#ifndef TIMEWAIT_BPF_H
#define TIMEWAIT_BPF_H

#include "minisock.bpf.h"
#include "record.bpf.h"
#include "conn_totals.bpf.h"

static __always_inline void totals_save(struct ts_minisock *minisock, const struct change *c)
{
	minisock->bytes_in = c->totals.bytes_in;
	minisock->bytes_out = c->totals.bytes_out;
	minisock->segs_retrans = c->totals.segs_retrans;
	minisock->srtt_us = c->totals.srtt_us;
	minisock->has_totals = 1;
}

static __always_inline void totals_restore(struct change *c, struct ts_minisock *minisock)
{
	c->totals.bytes_in = minisock->bytes_in;
	c->totals.bytes_out = minisock->bytes_out;
	c->totals.segs_retrans = minisock->segs_retrans;
	c->totals.srtt_us = minisock->srtt_us;
	c->ends = minisock->has_totals;
	minisock->has_totals = 0;
}

/* An orphan in FIN_WAIT_2 becomes a timewait socket without a transition. */
static __always_inline void timewait_begin(struct change *c, u64 address, u8 state)
{
	u32 was = state_word_swap(c->rec, c->old);
	bool counted = was & TS_STATE_COUNTED, followed;
	struct ts_minisock minisock;

	__builtin_memset(&minisock, 0, sizeof(minisock));
	minisock.rec = *c->rec;
	if (state == TS_TIME_WAIT)
		minisock.rec.since_ns = c->now;
	minisock.in_cgroup = c->match != TS_NO;
	minisock_state_set(&minisock, state, state == TS_TIME_WAIT ? c->match == TS_YES : counted);
	totals_read(c);
	if (state != TS_TIME_WAIT)
		totals_save(&minisock, c);
	followed = minisock_add(c->slot, address, &minisock);
	if (state == TS_TIME_WAIT)
		minisock_count_move(c->slot, c->old, state, counted,
				    followed && c->match == TS_YES);
	else if (!followed && counted)
		state_count_add(c->slot, state, -1);
	if (state == TS_TIME_WAIT)
		change_report(c);
}

/* Returns sk as a tcp_sock that the verifier accepts, or NULL. */
static __always_inline struct tcp_sock *full_socket(struct sock *sk)
{
#ifdef TS_UNTRUSTED
	return (struct tcp_sock *)sk;
#else
	return bpf_skc_to_tcp_sock(sk);
#endif
}

/* Kprobes set TS_CLOSED before the allocation: see kprobe.bpf.c. */
static __always_inline bool timewait_is_known(const struct ts_record *rec)
{
#ifdef TS_UNTRUSTED
	return rec->timewait_state && rec->timewait_state != TS_CLOSED;
#else
	return rec->timewait_state;
#endif
}

static __always_inline int timewait_make(struct sock *sk, int state, struct inet_timewait_sock *tw)
{
	struct ts_slot *slot = slot_here();
	struct ts_record *rec;
	struct change c;

	if (!slot || !socket_is_tcp(sk))
		return 0;
	rec = record_get(sk);
	if (!rec || timewait_is_known(rec)) /* the other copy has done it */
		return 0;
	if (!tw) {
		rec->timewait_state = TS_CLOSED; /* tcp_max_tw_buckets, or no memory */
		return 0;
	}
	change_clear(&c, slot, rec);
	c.key = sk;
	c.tp = full_socket(sk);
	if (!c.tp)
		return 0;
	c.sk = &c.tp->inet_conn.icsk_inet.sk;
	c.old = READ(sk, __sk_common.skc_state);
	c.new = TS_TIME_WAIT;
	c.now = bpf_ktime_get_ns();
	c.since = rec->since_ns;
	c.reason = TS_REASON_NORMAL;
	tuple_read(&c.sk->__sk_common, &c.tuple);
	if (!rec->id)
		c.id = rec->id = socket_cookie(sk);
	owner_refresh_comm(rec);
	c.match = minisock_match(&c, !(cfg_filter.on & TS_BY_CGROUP) || cgroup_match(c.sk));
	rec->timewait_state = state;
	timewait_begin(&c, (u64)tw, state);
	return 0;
}

static __always_inline void minisock_change(struct change *c, struct ts_slot *slot,
					    struct ts_minisock *minisock,
					    struct inet_timewait_sock *tw)
{
	change_clear(c, slot, &minisock->rec);
	tuple_read(&tw->__tw_common, &c->tuple);
	owner_refresh_comm(c->rec);
	c->match = minisock_match(c, minisock->in_cgroup);
	c->now = bpf_ktime_get_ns();
	c->since = c->rec->since_ns;
	c->old = minisock->rec.state_word;
}

/* The peer of an orphan in FIN_WAIT_2 has closed. */
static __always_inline void enter_time_wait(struct ts_slot *slot, struct ts_minisock *minisock,
					    struct inet_timewait_sock *tw)
{
	struct change c;
	bool counted = minisock_counted(minisock);

	minisock_change(&c, slot, minisock, tw);
	c.new = TS_TIME_WAIT;
	c.reason = TS_REASON_NORMAL;
	minisock->rec.since_ns = c.now;
	minisock_state_set(minisock, TS_TIME_WAIT, c.match == TS_YES);
	minisock_count_move(slot, c.old, c.new, counted, c.match == TS_YES);
	totals_restore(&c, minisock);
	change_report(&c);
}

static __always_inline bool timer_is_over(struct inet_timewait_sock *tw)
{
	return (s64)(bpf_jiffies64() - READ(tw, tw_timer.expires)) >= 0;
}

static __always_inline void timewait_end_reason(struct change *c, struct inet_timewait_sock *tw)
{
	struct ts_slot *slot = c->slot;
	bool packet = slot->packet == (u64)tw;

	if (slot->aborting == (u64)tw) {
		c->reason = TS_REASON_DESTROYED;
		change_actor(c);
	} else if (timer_is_over(tw)) {
		c->reason = c->old == TS_FIN_WAIT_2 ? TS_REASON_FIN_TIMEOUT : TS_REASON_NORMAL;
	} else if (net_is_gone(READ(tw, __tw_common.skc_net.net))) {
		c->reason = TS_REASON_DESTROYED; /* inet_twsk_purge(), with its network namespace */
	} else if (packet && slot->packet_flags & TS_PACKET_RST) {
		c->reason = TS_REASON_RESET_BY_PEER;
		c->rst = TS_RST_RECEIVED;
	} else if (packet && c->old == TS_FIN_WAIT_2) {
		c->reason = TS_REASON_ABORTED_LATE_DATA;
		c->rst = TS_RST_SENT;
		c->rst_reason = rst_reason_known(TS_RST_REASON_TCP_TIMEWAIT_SOCKET);
	} else { /* a SYN, or connect() from the same port: tcp_twsk_unique() */
		c->reason = TS_REASON_REUSED;
	}
	if (packet)
		slot->packet = 0;
}

static __always_inline int timewait_packet_for(struct inet_timewait_sock *tw, struct tcphdr *th)
{
	struct ts_slot *slot = slot_here();

	if (!slot)
		return 0;
	slot->packet = (u64)tw;
	slot->packet_flags = packet_flags(th);
	return 0;
}

static __always_inline int timewait_packet_done(struct ts_slot *slot, struct inet_timewait_sock *tw)
{
	struct ts_minisock *minisock = minisock_find((u64)tw);

	if (slot && minisock && (minisock->rec.state_word & TS_STATE_MASK) == TS_FIN_WAIT_2 &&
	    READ(tw, tw_substate) == TS_TIME_WAIT)
		enter_time_wait(slot, minisock, tw);
	return 0;
}

/* Expiry or early removal. Without an entry the socket is older than the trace. */
static __always_inline int timewait_end(struct inet_timewait_sock *tw)
{
	struct ts_slot *slot = slot_here();
	struct ts_minisock *minisock, unknown;
	struct change c;
	bool followed;

	if (!slot)
		return 0;
	minisock = minisock_find((u64)tw);
	followed = minisock;
	if (!minisock) {
		__builtin_memset(&unknown, 0, sizeof(unknown));
		unknown.rec.id = socket_cookie(tw);
		unknown.rec.state_word = READ(tw, tw_substate);
		unknown.in_cgroup = 0;
		minisock = &unknown;
	}
	minisock_change(&c, slot, minisock, tw);
	c.new = TS_CLOSED;
	totals_restore(&c, minisock);
	timewait_end_reason(&c, tw);
	minisock_count_move(slot, c.old, c.new, minisock_counted(minisock), false);
	change_report(&c);
	if (followed)
		minisock_delete((u64)tw);
	return 0;
}

#endif
