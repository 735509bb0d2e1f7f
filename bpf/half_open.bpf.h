/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Half-open connections that are known by a retransmitted SYN-ACK, on kernels without hooks on
 * request sockets. The child has the same cookie, so its LISTEN->SYN_RECV is not reported twice.
 */
#ifndef HALF_OPEN_BPF_H
#define HALF_OPEN_BPF_H

#include "emit.bpf.h"
#include "state_count.bpf.h"

/* Takes over the start of the connection if its LISTEN->SYN_RECV has been reported. */
static __always_inline bool half_open_take(struct change *c)
{
	struct ts_half_open *half_open;
	u64 id = c->id;

	if (!half_opens_seen)
		return false;
	half_open = bpf_map_lookup_elem(&half_opens, &id);
	if (!half_open)
		return false;
	c->since = c->rec->first_seen_ns = half_open->begun_ns;
	bpf_map_delete_elem(&half_opens, &id);
	if (counts_from_transitions()) /* so far the iterator counted it */
		state_count_add(c->slot, TS_SYN_RECV, 1);
	return true;
}

/* Returns false if it is known already, or if there is no room for it: `first` counts it then. */
static __always_inline bool half_open_add(const struct change *c, bool first)
{
	struct ts_half_open *half_open = &c->slot->half_open;
	u64 id = c->id;
	long err;

	half_open->begun_ns = c->now;
	half_open->scan = 0;
	half_open->added_in = -1;
	event_fill((struct ts_transition *)half_open->transition, c, TS_TRANSITION_BASE);
	err = bpf_map_update_elem(&half_opens, &id, half_open, BPF_NOEXIST);
	if (err && err != -EEXIST && first)
		count_add(&c->slot->half_opens_refused);
	if (err)
		return false;
	/* read now: a scan that begins later finds it in the map */
	half_open = bpf_map_lookup_elem(&half_opens, &id);
	if (half_open)
		half_open->added_in = *(volatile u32 *)&half_open_scan;
	return true;
}

static __always_inline void half_open_mark(struct sock_common *skc)
{
	struct ts_half_open *half_open;
	u64 id;

	if (!half_opens_seen)
		return;
	id = socket_cookie(skc);
	half_open = bpf_map_lookup_elem(&half_opens, &id);
	if (half_open)
		half_open->scan = half_open_scan;
}

#endif
