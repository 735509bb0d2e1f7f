/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Many connections at once while packets of lo are handed from one CPU to the other (RPS), so
 * that softirqs interrupt the programs on the tracepoint: nothing may be missed.
 */
#ifndef SELFTEST_STRESS_H
#define SELFTEST_STRESS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "selftest/expect.h"

/* Listeners of the storm: one a process. */
enum { STRESS_PROCESSES = 4, STRESS_PORT = CASE_FIRST_PORT - 10, STRESS_CONNECTIONS = 200 };

struct stress {
	uint64_t transitions[TS_STATES][TS_STATES];
	uint64_t told; /* transitions that were missed and told as lost */
};

/* Whether a transition is the storm's. */
bool stress_has(const struct ts_transition *t);
void stress_add(struct stress *stress, const struct ts_transition *t);
/*
 * Whether all was seen that the processes made, but for what was told as lost: a kernel that
 * preempts tasks within BPF programs misses a few, but not one in 400.
 */
bool stress_check(const struct stress *stress, enum hook_tier tier, FILE *why);

#endif
