/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Takes the stacks that the kernel side copies, unwinds them, keeps each distinct one once, and
 * teaches the kernel side to know them by itself. For the process that traces.
 */
#ifndef ORIGIN_COLLECTOR_H
#define ORIGIN_COLLECTOR_H

#include "lib/error.h"

struct stack_collector;
struct tracer;

/* -EOPNOTSUPP, -ENOMEM, ... with error set. The tracer was asked for origins, and outlives it. */
int stack_collector_new(const struct tracer *tracer, struct stack_collector **stacks,
			struct error *error);
void stack_collector_free(struct stack_collector *stacks);
/* Readable when there is something to take, ... */
int stack_collector_fd(const struct stack_collector *stacks);
/* ... by this loop_fn. */
int stack_collector_round(void *stacks);

#endif
