/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Counts a transition and writes its frame into the ring. Events that do not fit are counted, and
 * the loss is reported later.
 */
#ifndef EMIT_BPF_H
#define EMIT_BPF_H

#include "owner.bpf.h"
#include "tuple.bpf.h"

/* Totals of a full socket, at its end only. */
struct totals {
	u64 bytes_in;
	u64 bytes_out;
	u32 segs_retrans;
	u32 srtt_us;
};

/* One transition, from its hook to the ring. */
struct change {
	struct sock *key;    /* as the tracepoint gave it: helpers take this one */
	struct sock *sk;     /* the same as part of tp: cheaper to verify, see struct task_info */
	struct tcp_sock *tp; /* these three: only of a full socket */
	struct ts_record *rec;
	struct ts_slot *slot;
	struct ts_tuple tuple;
	struct actor actor;
	u64 now;
	u64 since;
	u64 id;
	u8 old;
	u8 new;
	u8 reason;
	u8 match;   /* by tuple, cgroup and owner */
	u8 by_task; /* `task` is valid: it owns the socket's lock */
	u8 ends;    /* `totals` is valid: the full socket ends */
	u8 rst;	    /* enum ts_rst */
	u8 rst_reason;
	u16 err;
	u32 flags; /* enum ts_flag known to the hook, retransmissions included */
	struct totals totals;
	struct task_info task;
};

static __always_inline u32 retrans_flags(u32 retrans)
{
	return (retrans < 0xffff ? retrans : 0xffff) << TS_F_RETRANS_SHIFT;
}

static __always_inline void count_add(u64 *counter)
{
	__sync_fetch_and_add(counter, 1);
}

#ifndef TS_NO_STORAGE

/* Reports a loss just before the next event that fits, so close to where it happened. */
static __always_inline void report_loss(struct ts_slot *slot, u64 now)
{
	struct ts_lost *lost;

	if (!slot->lost_pending)
		return;
	lost = bpf_ringbuf_reserve(&events, sizeof(*lost), 0);
	if (!lost)
		return;
	__builtin_memset(lost, 0, sizeof(*lost));
	lost->frame.type = TS_FRAME_LOST;
	lost->frame.size = sizeof(*lost);
	lost->mono_ns = now;
	lost->since_ns = slot->lost_since_ns;
	lost->cpu = bpf_get_smp_processor_id();
	lost->count = __sync_lock_test_and_set(&slot->lost_pending, 0);
	bpf_ringbuf_submit(lost, BPF_RB_NO_WAKEUP);
}

static __always_inline bool is_first_loss(struct ts_slot *slot)
{
	return !__sync_fetch_and_add(&slot->lost_pending, 1);
}

#else

/* Taking the count needs BPF_FETCH (see record.bpf.h): the reader does it every 20 ms. */
static __always_inline void report_loss(struct ts_slot *slot, u64 now)
{
}

static __always_inline bool is_first_loss(struct ts_slot *slot)
{
	bool first = !slot->lost_pending;

	count_add(&slot->lost_pending);
	return first;
}

#endif

/* A wakeup for each event would be the largest cost of tracing. */
static __always_inline u64 wake_flags(struct ts_slot *slot)
{
	if (reader_idle) {
		reader_idle = 0;
		return BPF_RB_FORCE_WAKEUP;
	}
	if (++slot->unwoken < cfg_wake_every)
		return BPF_RB_NO_WAKEUP;
	slot->unwoken = 0;
	return BPF_RB_FORCE_WAKEUP;
}

static __always_inline void event_fill(struct ts_transition *e, const struct change *c, u32 size)
{
	const struct ts_record *rec = c->rec;

	e->frame.type = TS_FRAME_TRANSITION;
	e->frame.size = size;
	e->frame.flags = c->flags | c->tuple.flags | (rec->tgid && !rec->pid ? TS_F_PID_HIDDEN : 0);
	e->mono_ns = c->now;
	e->since_ns = c->since;
	e->id = c->id;
	e->cgroup = rec->cgroup;
	__builtin_memcpy(e->laddr, c->tuple.laddr, sizeof(e->laddr));
	__builtin_memcpy(e->raddr, c->tuple.raddr, sizeof(e->raddr));
	e->lport = c->tuple.lport;
	e->rport = c->tuple.rport;
	e->netns = c->tuple.netns;
	e->pid = rec->pid;
	e->uid = rec->uid;
	comm_copy(e->comm, rec->comm);
	e->err = c->err;
	e->family = c->tuple.family;
	e->old_state = c->old;
	e->new_state = c->new;
	e->owner = rec->owner;
	e->role = rec->role;
	e->reason = c->reason;
}

static __always_inline void event_fill_end(struct ts_transition *e, const struct change *c)
{
	__builtin_memset((char *)e + TS_TRANSITION_BASE, 0, sizeof(*e) - TS_TRANSITION_BASE);
	e->rst = c->rst;
	e->rst_reason = c->rst_reason;
	if (c->actor.known) {
		e->frame.flags |= TS_F_ACTOR;
		e->by_pid = c->actor.pid;
		comm_copy(e->by_comm, c->actor.comm);
	}
	if (c->tuple.device) {
		e->device = c->tuple.device;
		device_name_read(c->tuple.net, c->tuple.device, (u64 *)e->device_name);
	}
	if (!c->ends)
		return;
	e->frame.flags |= TS_F_TOTALS;
	e->bytes_in = c->totals.bytes_in;
	e->bytes_out = c->totals.bytes_out;
	e->first_seen_ns = c->rec->first_seen_ns;
	e->segs_retrans = c->totals.segs_retrans;
	e->srtt_us = c->totals.srtt_us;
}

static __always_inline void loss_note(struct ts_slot *slot, u64 now)
{
	if (is_first_loss(slot))
		slot->lost_since_ns = now;
	count_add(&slot->lost);
}

static __always_inline void event_lost(const struct change *c)
{
	loss_note(c->slot, c->now);
}

static __always_inline void event_emit(const struct change *c)
{
	struct ts_transition *e;

	report_loss(c->slot, c->now);
	if (c->actor.known || c->ends || c->rst || c->tuple.device) {
		e = bpf_ringbuf_reserve(&events, sizeof(*e), 0);
		if (!e)
			return event_lost(c);
		event_fill(e, c, sizeof(*e));
		event_fill_end(e, c);
	} else {
		e = bpf_ringbuf_reserve(&events, TS_TRANSITION_BASE, 0);
		if (!e)
			return event_lost(c);
		event_fill(e, c, TS_TRANSITION_BASE);
	}
	bpf_ringbuf_submit(e, wake_flags(c->slot));
}

static __always_inline bool pair_wanted(u8 old, u8 new)
{
	return !(cfg_filter.on & TS_BY_STATE) || ts_filter_pair(&cfg_filter, old, new);
}

/* Counts and reports the transition if the filter includes it. */
static __noinline __attribute__((unused)) int change_report_called(const struct change *c)
{
	u8 late = c->rec->pending;
	int result = 0;

	if (late && c->match == TS_YES && pair_wanted(late >> 4, late & 15))
		count_add(&c->slot->transitions[late >> 4][late & 15]);
	c->rec->pending = 0;
	if (!c->match || !pair_wanted(c->old, c->new))
		goto out;
	if (c->match == TS_YES)
		count_add(&c->slot->transitions[c->old & 15][c->new & 15]);
	if (cfg_events)
		event_emit(c);
out:
	barrier_var(result); /* not a constant, which would need no result */
	return result;
}

/*
 * Uses the result: for one that is unused the compiler leaves any value in the register, and the
 * verifier refuses a function that returns a pointer to the stack.
 */
static __always_inline void change_report(const struct change *c)
{
	int result = change_report_called(c);

	barrier_var(result);
}

#endif
