/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Where no hook follows request sockets: half-open connections that showed themselves by a
 * SYN-ACK that was sent again. The child, which has the same cookie, is then not told twice.
 */
#ifndef HALF_OPEN_BPF_H
#define HALF_OPEN_BPF_H

#include "emit.bpf.h"
#include "gauge.bpf.h"

/* Has the beginning of this connection been told? Then since when is known from there. */
static __always_inline bool half_open_take(struct change *c)
{
	u64 id = c->id, *begun;

	if (!half_opens_seen)
		return false;
	begun = bpf_map_lookup_elem(&half_opens, &id);
	if (!begun)
		return false;
	c->since = c->rec->born_ns = *begun;
	bpf_map_delete_elem(&half_opens, &id);
	if (gauges_derived()) /* was kept out of the counts, which the iterator has */
		gauge_add(c->slot, TS_SYN_RECV, 1);
	return true;
}

#endif
