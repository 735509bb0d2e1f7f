/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The origin of a socket, the call stack of connect() or accept(): for the hooks on these. */
#ifndef ORIGIN_BPF_H
#define ORIGIN_BPF_H

#include "helpers.bpf.h"

#include <tcpstate/stack.h>

extern const volatile u32 cfg_origins; /* number of possible CPUs; 0: origins are off */

/*
 * Returns the id of the current task's user stack, or 0 (none, or it could not be passed on). A
 * global function, which the verifier walks once per program.
 */
extern u32 origin_take(u32 kind);

/* The first origin stays, whatever process uses the socket later. */
static __always_inline void origin_set(struct ts_record *rec, u32 kind)
{
	if (cfg_origins && !rec->origin)
		rec->origin = origin_take(kind);
}

/* For an accepted connection: only if the filter includes it. */
static __always_inline void origin_set_wanted(struct ts_record *rec, u32 kind)
{
	if (!cfg_filter.on || rec->state_word & TS_STATE_COUNTED)
		origin_set(rec, kind);
}

#endif
