/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The SYN or ACK that this CPU is handling, from the way in to the way out. */
#ifndef SYN_BPF_H
#define SYN_BPF_H

#include "shared.bpf.h"

static __always_inline void syn_note(struct sock *sk, struct syn *syn)
{
	u32 zero = 0;
	struct syn *noted = bpf_map_lookup_elem(&syns, &zero);

	syn->listener = (u64)sk;
	if (noted)
		*noted = *syn;
}

/* What was noted of the listener on the way in; NULL: nothing. */
static __always_inline struct syn *syn_noted(struct sock *sk)
{
	u32 zero = 0;
	struct syn *noted = bpf_map_lookup_elem(&syns, &zero);

	if (!noted || noted->listener != (u64)sk)
		return NULL;
	noted->listener = 0;
	return noted;
}

/* The SYN has got its place in the queue. */
static __always_inline void syn_place(struct sock *sk)
{
	u32 zero = 0;
	struct syn *noted = bpf_map_lookup_elem(&syns, &zero);

	if (noted && noted->listener == (u64)sk)
		noted->placed = 1;
}

#endif
