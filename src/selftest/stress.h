/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The stress case: many connections at once while RPS moves the packets of lo between CPUs. Softirqs
 * then interrupt the programs on the tracepoint; no transition may be missed.
 */
#ifndef SELFTEST_STRESS_H
#define SELFTEST_STRESS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "selftest/expect.h"

struct sightings;

/* One listener a process. */
enum { STRESS_PROCESSES = 4, STRESS_PORT = CASE_FIRST_PORT - 10, STRESS_CONNECTIONS = 200 };

struct stress {
	uint64_t transitions[TS_STATES][TS_STATES];
	uint64_t lost; /* missed transitions that were reported as lost */
};

/* True if the transition belongs to the stress case. */
bool stress_has(const struct ts_transition *t);
void stress_add(struct stress *stress, const struct ts_transition *t);
/*
 * True if all transitions were observed, or reported as lost, or hidden (selftest/hidden.h). A kernel
 * that preempts tasks within BPF programs loses a few, but fewer than one in 400; one that hides
 * some hides fewer than one in 10.
 */
bool stress_check(const struct stress *stress, const struct sightings *sightings,
		  enum hook_tier tier, FILE *why);
/* How many transitions were hidden. */
uint64_t stress_hidden(const struct stress *stress, const struct sightings *sightings);

#endif
