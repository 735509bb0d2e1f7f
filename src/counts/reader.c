// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Reads snapshots, with a scan of the socket table where the kernel needs it. */
#include "counts/counts.h"

#include "lib/clock.h"

enum { SCAN_SHARE = 20 };

/*
 * A transition whose port came late moves from a map to the counters. One that moves while both are
 * read may be in neither: the next snapshot has it.
 */
static void keep_up(struct counts_reader *reader, struct counters *now)
{
	for (unsigned old = 0; old < TS_STATES; old++)
		for (unsigned new_state = 0; new_state < TS_STATES; new_state++) {
			uint64_t *before = &reader->transitions[old][new_state];

			if (now->transitions[old][new_state] < *before)
				now->transitions[old][new_state] = *before;
			*before = now->transitions[old][new_state];
		}
}

/* With or without a scan where one is needed. Returns 0 or the scan's -errno. */
static int read_now(struct counts_reader *reader, bool scan, struct counts *counts)
{
	bool followed = tracer_follows_minisocks(reader->tracer);
	int err = 0;

	*counts = (struct counts){ .mono_ns = clock_mono_ns() };
	if (scan && !followed) {
		err = tracer_count_minisocks(reader->tracer, &counts->total);
		reader->scanned_ns = clock_mono_ns();
		reader->scan_cost_ns = reader->scanned_ns - counts->mono_ns;
		if (err >= 0)
			reader->netns_missed = (unsigned)err;
		counts->minisocks_scanned = err >= 0;
	} else {
		tracer_count(reader->tracer, &counts->total);
	}
	keep_up(reader, &counts->total);
	if (counts->total.underived)
		counts_derive_sockets(&counts->total);
	counts->minisocks_known = followed ||
				  (counts->minisocks_scanned && !reader->minisocks_unknown);
	counts->netns_missed = reader->netns_missed;
	return err < 0 ? err : 0;
}

int counts_read(struct counts_reader *reader, struct counts *counts)
{
	bool scan = !reader->scanned_ns ||
		    clock_mono_ns() - reader->scanned_ns >= reader->scan_cost_ns * SCAN_SHARE;
	int err;

	(void)tracer_each_port(reader->tracer, NULL, NULL);
	(void)tracer_rescan(reader->tracer);
	(void)tracer_each_half_open_end(reader->tracer, false, NULL, NULL);
	err = read_now(reader, scan, counts);
	if (!err && counts->total.missed)
		(void)tracer_add_copy(reader->tracer); /* to miss fewer */
	return err;
}

void counts_read_last(struct counts_reader *reader, struct counts *counts)
{
	(void)tracer_each_port(reader->tracer, NULL, NULL);
	(void)read_now(reader, true, counts);
}
