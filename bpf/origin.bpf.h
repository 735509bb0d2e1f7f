/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Where in its process's code a socket came from: for the hooks that tell of connect and accept. */
#ifndef ORIGIN_BPF_H
#define ORIGIN_BPF_H

#include "helpers.bpf.h"

#include <tcpstate/stack.h>

extern const volatile u32 cfg_origins; /* possible CPUs; 0: nobody asks for origins */

/*
 * The id of the current task's stack at its system call; 0: it has none, or it found no room. A
 * function of its own to the verifier, which looks at it once in each program.
 */
extern u32 origin_take(u32 kind);

/* The first there is stays: whoever has the socket later does not change where it came from. */
static __always_inline void origin_set(struct ts_record *rec, u32 kind)
{
	if (cfg_origins && !rec->origin)
		rec->origin = origin_take(kind);
}

/* Of a connection that a process came by: once it is in the counts, if the filter lets it in. */
static __always_inline void origin_set_wanted(struct ts_record *rec, u32 kind)
{
	if (!cfg_filter.on || rec->state_word & TS_STATE_COUNTED)
		origin_set(rec, kind);
}

#endif
