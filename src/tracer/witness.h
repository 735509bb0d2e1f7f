/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the kernel shows to BPF programs, counted by one that shares nothing with the tracer. */
#ifndef TRACER_WITNESS_H
#define TRACER_WITNESS_H

#include <stdint.h>

#include <linux/types.h>

#include <tcpstate/witness.h>

struct witness_bpf; /* the loaded program */

/* Counts the transitions of that network namespace from now on. Returns 0 or -errno. */
int witness_new(uint32_t netns, struct witness_bpf **witness);
void witness_free(struct witness_bpf *witness);
/* Calls report() for each kind of transition that was seen. Returns 0 or -errno. */
int witness_each(const struct witness_bpf *witness,
		 int (*report)(void *context, const struct ts_sighting *what, uint64_t count),
		 void *context);

#endif
