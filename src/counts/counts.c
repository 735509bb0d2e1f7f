// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What one snapshot and two snapshots say. */
#include "counts/counts.h"

void counts_derive_sockets(struct counters *counters)
{
	for (unsigned old = 0; old < TS_STATES; old++)
		for (unsigned new_state = 0; new_state < TS_STATES; new_state++) {
			int64_t n = (int64_t)counters->transitions[old][new_state];

			/* as counts_from_transitions() in bpf/helpers.bpf.h */
			if (old != TS_CLOSED && (old != TS_LISTEN || new_state != TS_SYN_RECV))
				counters->sockets[old] -= n;
			if (new_state != TS_CLOSED)
				counters->sockets[new_state] += n;
		}
	counters->underived = false;
}

/* TIME_WAIT, SYN_RECV, and FIN_WAIT_2: an orphan's is a timewait socket. */
static bool has_minisocks(unsigned state)
{
	return state == TS_TIME_WAIT || state == TS_SYN_RECV || state == TS_FIN_WAIT_2;
}

bool counts_state_known(const struct counts *counts, unsigned state)
{
	return counts->minisocks_known || !has_minisocks(state);
}

bool counts_state_scanned(const struct counts *counts, unsigned state)
{
	return counts->minisocks_scanned && has_minisocks(state);
}

uint64_t counts_transitions(const struct counts *before, const struct counts *now,
			    unsigned old_state, unsigned new_state)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < TS_STATES; i++)
		for (unsigned j = 0; j < TS_STATES; j++)
			if ((!old_state || i == old_state) && (!new_state || j == new_state))
				sum += now->total.transitions[i][j] -
				       before->total.transitions[i][j];
	return sum;
}

uint64_t counts_missed(const struct counts *before, const struct counts *now)
{
	/* derived from two counters that are not read at one moment */
	return now->total.missed > before->total.missed ? now->total.missed - before->total.missed :
							  0;
}

double counts_rate(const struct counts *before, const struct counts *now, uint64_t n)
{
	uint64_t ns = now->mono_ns - before->mono_ns;

	return ns ? (double)n * 1e9 / (double)ns : 0;
}
