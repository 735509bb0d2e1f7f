/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Unwinds the stacks that the BPF programs copy, stores each distinct stack once, and lists the known
 * ones for the BPF programs. Runs in the process that traces.
 */
#ifndef ORIGIN_COLLECTOR_H
#define ORIGIN_COLLECTOR_H

#include "lib/error.h"

struct stack_collector;
struct tracer;

/*
 * The tracer was created with origins, and must outlive the collector. Returns 0 or -errno with error set
 * (-EOPNOTSUPP: built without libdw).
 */
int stack_collector_new(const struct tracer *tracer, struct stack_collector **collector,
			struct error *error);
void stack_collector_free(struct stack_collector *collector);
/* Readable when stacks wait for stack_collector_round(). */
int stack_collector_fd(const struct stack_collector *collector);
/* A loop_fn. */
int stack_collector_round(void *collector);

#endif
