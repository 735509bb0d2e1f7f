/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Snapshots of the kernel's counters: sockets per state and transitions. Every live view of
 * counters reads them here.
 */
#ifndef COUNTS_COUNTS_H
#define COUNTS_COUNTS_H

#include <stdbool.h>
#include <stdint.h>

#include "tracer/tracer.h"

struct counts {
	uint64_t mono_ns;
	struct counters total; /* since the trace began; sockets[] are those of now */
	/* Request and timewait sockets are in total.sockets[]: see counts_state_known(). */
	bool minisocks_known;
	bool minisocks_scanned; /* by a scan of the socket table, not by their transitions */
	unsigned netns_missed;	/* network namespaces that the latest scan lacks */
};

/* Zeroed but for the first three members. Its snapshots never count fewer transitions than before. */
struct counts_reader {
	struct tracer *tracer;
	bool minisocks_unknown; /* the filter is one of TRACER_MINISOCKS_UNKNOWN */
	unsigned netns_missed;	/* of the latest scan, at first of the tracer's start */
	uint64_t scanned_ns;	/* end of the latest scan; 0: none */
	uint64_t scan_cost_ns;
	uint64_t transitions[TS_STATES][TS_STATES]; /* of the latest snapshot */
};

/*
 * Reads a snapshot while the trace runs. Where the kernel does not report request and timewait
 * sockets, scans for them, in at most a twentieth of the time. Returns 0 or -errno.
 */
int counts_read(struct counts_reader *reader, struct counts *counts);
/* The same after tracer_detach(), always with a scan; a scan that fails leaves them unknown. */
void counts_read_last(struct counts_reader *reader, struct counts *counts);

/* false: the state has request or timewait sockets, and this snapshot lacks them. */
bool counts_state_known(const struct counts *counts, unsigned state);
/* The number of a state has request or timewait sockets that a scan counted. */
bool counts_state_scanned(const struct counts *counts, unsigned state);

/* Transitions from `before` to `now`, by old and new state; TS_STATE_NONE: any. */
uint64_t counts_transitions(const struct counts *before, const struct counts *now,
			    unsigned old_state, unsigned new_state);
/* Transitions that are in no count, from `before` to `now`. */
uint64_t counts_missed(const struct counts *before, const struct counts *now);
/* n events from `before` to `now`, per second; 0 where no time passed. */
double counts_rate(const struct counts *before, const struct counts *now, uint64_t n);

/* Adds to sockets[] what the kernel side leaves to the transitions: counters.underived. */
void counts_derive_sockets(struct counters *counters);

#endif
