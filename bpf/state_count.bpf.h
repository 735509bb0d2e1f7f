/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Sockets per state. A socket is in the counts where its record says so; whoever changes
 * what the record says moves it.
 */
#ifndef GAUGE_BPF_H
#define GAUGE_BPF_H

#include "place.bpf.h"
#include "tuple.bpf.h"

static __always_inline void gauge_add(struct ts_slot *slot, u32 state, s64 n)
{
	if (state == TS_STATE_NONE || state == TS_CLOSED)
		return;
	barrier_var(state); /* or the mask is optimized away, which the verifier wants to see */
	__sync_fetch_and_add(&slot->sockets[state & 15], n);
}

/* Whether the filter wants the socket in the counts, as far as is known now. */
static __always_inline bool gauge_wants(struct sock *sk, const struct ts_record *rec)
{
	struct tuple tuple;

	if (!cfg_filter.on)
		return true;
	tuple_read(&sk->__sk_common, &tuple);
	return tuple_match(&tuple) == TS_YES && owner_match(rec) &&
	       (!(cfg_filter.on & TS_BY_CGROUP) || cgroup_match(sk));
}

/* A new owner can bring a socket into the counts of a filter by owner, or out of them. */
static __always_inline void gauge_owner_changed(struct sock *sk, struct ts_record *rec)
{
	struct ts_slot *slot;
	u32 was, state, place;

	if (!(cfg_filter.on & TS_BY_OWNER))
		return;
	slot = slot_here();
	was = rec->place;
	state = was & 0xff;
	if (!slot || state == TS_STATE_NONE || state == TS_CLOSED)
		return;
	place = state | (gauge_wants(sk, rec) ? TS_R_COUNTED << 8 : 0);
	/* a transition that comes in between decides by itself */
	if (place == was || !place_replace(rec, was, place))
		return;
	gauge_add(slot, state, place >> 8 & TS_R_COUNTED ? 1 : -1);
}

#endif
