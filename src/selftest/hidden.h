/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Transitions that the kernel hid from all BPF programs. Some hardened kernels run none while
 * certain tasks are current, so also not for a softirq that interrupts such a task. A transition
 * counts as hidden only if an independent program (tracer/witness.h) was not shown it either.
 */
#ifndef SELFTEST_HIDDEN_H
#define SELFTEST_HIDDEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "selftest/check.h"
#include "tracer/witness.h"

struct sighting {
	struct ts_sighting what;
	uint64_t count;
};

/* What the witness saw. */
struct sightings {
	bool taken; /* false: no witness, so nothing counts as hidden */
	struct sighting *list;
	size_t n, room;
};

/* Returns 0 or -errno. */
int sightings_add(struct sightings *sightings, const struct ts_sighting *what, uint64_t count);
void sightings_free(struct sightings *sightings);
/* How often a socket with a local or remote port in the range left a state. */
uint64_t sightings_of_ports(const struct sightings *sightings, uint16_t first, uint16_t last,
			    uint8_t old_state, uint8_t new_state);

/* Is the line of a handshake drop about a SYN-ACK whose retransmission was hidden? */
bool hidden_drop(const struct check *check, const struct sightings *sightings, const char *line);
/* How many expected transitions and drops of a test case were hidden; prints a line for each; why may be NULL. */
unsigned hidden_steps(const struct check *check, const struct sightings *sightings, FILE *why);

#endif
