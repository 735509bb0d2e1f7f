/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Sockets per state. The state word of a record says whether the socket is in a count; the code
 * that changes the word moves the socket between the counts.
 */
#ifndef STATE_COUNT_BPF_H
#define STATE_COUNT_BPF_H

#include "record.bpf.h"
#include "tuple.bpf.h"

static __always_inline void state_count_add(struct ts_slot *slot, u32 state, s64 n)
{
	if (state == TS_STATE_NONE || state == TS_CLOSED)
		return;
	barrier_var(state); /* keeps the mask, which the verifier needs */
	__sync_fetch_and_add(&slot->sockets[state & 15], n);
}

/* Returns whether the filter includes the socket in the counts, as far as is known now. */
static __always_inline bool state_count_wants(struct sock *sk, const struct ts_record *rec)
{
	struct ts_tuple tuple;

	if (!cfg_filter.on)
		return true;
	tuple_read(&sk->__sk_common, &tuple);
	return tuple_match(&tuple) == TS_YES && owner_match(rec) &&
	       (!(cfg_filter.on & TS_BY_CGROUP) || cgroup_match(sk));
}

/* With a filter by owner, a new owner can move a socket into the counts or out of them. */
static __always_inline void state_count_owner_changed(struct sock *sk, struct ts_record *rec)
{
	struct ts_slot *slot;
	u32 was, state, word;

	if (!(cfg_filter.on & TS_BY_OWNER))
		return;
	slot = slot_here();
	was = rec->state_word;
	state = was & TS_STATE_MASK;
	if (!slot || state == TS_STATE_NONE || state == TS_CLOSED)
		return;
	word = state | (state_count_wants(sk, rec) ? TS_STATE_COUNTED : 0);
	/* a transition that comes in between updates the counts itself */
	if (word == was || !state_word_replace(rec, was, word))
		return;
	state_count_add(slot, state, word & TS_STATE_COUNTED ? 1 : -1);
}

#endif
