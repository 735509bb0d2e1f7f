/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Takes the stacks that the kernel side copies, unwinds them, keeps each distinct one once, and
 * teaches the kernel side to know them by itself. For the process that traces.
 */
#ifndef ORIGIN_COLLECTOR_H
#define ORIGIN_COLLECTOR_H

#include "lib/error.h"

struct stacks;
struct tracer;

enum {
	STACKS_KEPT = 16384, /* ids at a time; the oldest of processes that have ended go */
	STACKS_CALLS = 1024, /* places in processes whose stacks the kernel side knows */
	STACKS_RING = 1 << 20,
};

/* -EOPNOTSUPP, -ENOMEM, ... with error set. The tracer was asked for origins, and outlives it. */
int stacks_new(const struct tracer *tracer, struct stacks **stacks, struct error *error);
void stacks_free(struct stacks *stacks);
/* Readable when there is something to take, ... */
int stacks_fd(const struct stacks *stacks);
/* ... by this loop_fn. */
int stacks_round(void *stacks);

#endif
