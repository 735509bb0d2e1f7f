/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Minisockets, as the kernel calls request and timewait sockets: their entries by address, for as
 * long as they exist. The state word of the entry says whether the socket is in a count.
 */
#ifndef MINISOCK_BPF_H
#define MINISOCK_BPF_H

#include "emit.bpf.h"
#include "state_count.bpf.h"

static __always_inline struct ts_minisock *minisock_find(u64 address)
{
	return bpf_map_lookup_elem(&minisocks, &address);
}

static __always_inline void minisock_delete(u64 address)
{
	bpf_map_delete_elem(&minisocks, &address);
}

/*
 * Kprobes cannot assign a cookie to a request socket. Without one, its LISTEN->SYN_RECV is reported
 * later, by a program that can read the cookie of the request socket or its child. With fentry only
 * the request socket of a SYN cookie lacks one, until its child is established (number_request()).
 */
static __always_inline bool request_needs_id(u64 id, u8 flags)
{
#ifndef TS_NO_STORAGE
	return false;
#elif defined(TS_UNTRUSTED)
	return !id;
#else
	return !id && flags & TS_R_COOKIE;
#endif
}

static __always_inline bool is_unreported(const struct ts_record *rec)
{
#ifdef TS_NO_STORAGE
	return rec->flags & TS_R_UNREPORTED;
#else
	return false;
#endif
}

static __always_inline bool minisock_counted(const struct ts_minisock *minisock)
{
	return minisock->rec.state_word & TS_STATE_COUNTED;
}

static __always_inline void minisock_state_set(struct ts_minisock *minisock, u8 state, bool counted)
{
	minisock->rec.state_word = state | (counted ? TS_STATE_COUNTED : 0);
}

/* false: the map is full. An entry that exists already is stale: its end was missed. */
static __always_inline bool minisock_add(struct ts_slot *slot, u64 address,
					 const struct ts_minisock *minisock)
{
	struct ts_minisock *left = minisock_find(address);

	if (left && minisock_counted(left))
		state_count_add(slot, left->rec.state_word & TS_STATE_MASK, -1);
	if (!bpf_map_update_elem(&minisocks, &address, minisock, BPF_ANY))
		return true;
	count_add(&slot->without_record);
	return false;
}

/*
 * Moves a minisocket between the counts. `was`: it is in the count of the old state; `is`: it
 * enters that of the new one. Derived counts assume both, so only a difference is added.
 */
static __always_inline void minisock_count_move(struct ts_slot *slot, u8 old, u8 new, bool was,
						bool is)
{
	bool derived = counts_from_transitions();

	if (old != TS_LISTEN && was != derived)
		state_count_add(slot, old, was ? -1 : 1);
	if (is != derived)
		state_count_add(slot, new, is ? 1 : -1);
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
	c->by_task = c->ends = false;
	c->rst = TS_RST_NONE;
	c->rst_reason = 0;
	c->err = 0;
	c->flags = 0;
}

/* By tuple, cgroup (of its full socket or listener) and owner. */
static __always_inline u8 minisock_match(const struct change *c, bool in_cgroup)
{
	u8 match = TS_YES;

	if (cfg_filter.on & TS_BY_TUPLE)
		match = tuple_match(&c->tuple);
	if (match && cfg_filter.on & TS_BY_CGROUP && !in_cgroup)
		match = TS_NO;
	return match && owner_match(c->rec) ? match : TS_NO;
}

/* The current task acts on the minisocket. */
static __always_inline void change_actor(struct change *c)
{
	task_info_read(&c->task, current_task());
	actor_set(&c->actor, &c->task);
}

#endif
