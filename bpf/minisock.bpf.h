/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Request and timewait sockets: what is known of them, by address, as long as they live. They
 * are in the sockets-per-state counts as full sockets are: where their entry says so.
 */
#ifndef MINI_BPF_H
#define MINI_BPF_H

#include "emit.bpf.h"
#include "state_count.bpf.h"

static __always_inline struct ts_minisock *mini_find(u64 address)
{
	return bpf_map_lookup_elem(&minisocks, &address);
}

static __always_inline void mini_drop(u64 address)
{
	bpf_map_delete_elem(&minisocks, &address);
}

/*
 * Where a kprobe follows requests nothing numbers them for us, and nobody may have done so yet:
 * then their beginning waits to be told until a program that can ask for the cookie meets them
 * or their child. Elsewhere only those of SYN cookies have none, until in a moment their child is
 * established (number_request()).
 */
static __always_inline bool request_waits(u64 id, u8 marks)
{
#ifndef TS_NO_STORAGE
	return false;
#elif defined(TS_UNTRUSTED)
	return !id;
#else
	return !id && marks & TS_M_COOKIE;
#endif
}

static __always_inline bool is_untold(const struct ts_record *rec)
{
#ifdef TS_NO_STORAGE
	return rec->marks & TS_M_UNTOLD;
#else
	return false;
#endif
}

static __always_inline bool mini_counted(const struct ts_minisock *mini)
{
	return mini->rec.place >> 8 & TS_R_COUNTED;
}

static __always_inline void mini_place(struct ts_minisock *mini, u8 state, bool counted)
{
	mini->rec.place = state | (counted ? TS_R_COUNTED << 8 : 0);
}

/* false: no room; it is not followed then. An entry that is there was left by one missed. */
static __always_inline bool mini_add(struct ts_slot *slot, u64 address,
				     const struct ts_minisock *mini)
{
	struct ts_minisock *left = mini_find(address);

	if (left && mini_counted(left))
		gauge_add(slot, left->rec.place & 0xff, -1);
	if (!bpf_map_update_elem(&minisocks, &address, mini, BPF_ANY))
		return true;
	count_add(&slot->without_record);
	return false;
}

/*
 * A transition of a small socket moves it between the counts. `was`: whether it is in one now,
 * `is`: whether it is in the next. Where the counts are derived the transition will say that it
 * left and entered, whatever is so.
 */
static __always_inline void mini_gauge(struct ts_slot *slot, u8 old, u8 new, bool was, bool is)
{
	bool told = counts_from_transitions();

	if (old != TS_LISTEN && was != told)
		gauge_add(slot, old, was ? -1 : 1);
	if (is != told)
		gauge_add(slot, new, is ? 1 : -1);
}

static __always_inline void change_clear(struct change *c, struct ts_slot *slot,
					 struct ts_record *rec)
{
	c->key = c->sk = NULL;
	c->tp = NULL;
	c->rec = rec;
	c->slot = slot;
	c->actor.known = false;
	c->id = rec->id;
	c->reason = TS_REASON_NONE;
	c->operated = c->ends = false;
	c->rst = TS_RST_NONE;
	c->rst_reason = 0;
	c->err = 0;
	c->flags = 0;
}

/* By tuple, --cgroup (of the full socket it belongs to) and owner. */
static __always_inline u8 mini_match(const struct change *c, bool in_cgroup)
{
	u8 match = TS_YES;

	if (cfg_filter.on & TS_BY_TUPLE)
		match = tuple_match(&c->tuple);
	if (match && cfg_filter.on & TS_BY_CGROUP && !in_cgroup)
		match = TS_NO;
	return match && owner_match(c->rec) ? match : TS_NO;
}

/* Who is at work on a small socket, where somebody is. */
static __always_inline void change_actor(struct change *c)
{
	operator_read(&c->op, current_task());
	actor_set(&c->actor, &c->op);
}

#endif
