/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Counts for people and scripts: the lines of `count`, and the summary of a trace. */
#ifndef OUTPUT_COUNT_H
#define OUTPUT_COUNT_H

#include <stdint.h>
#include <stdio.h>

#include "counts/by_process.h"
#include "counts/counts.h"
#include "lib/format.h"
#include "lib/sink.h"
#include "output/config.h"

struct count_output {
	enum format format;
	int verbosity;
	struct sink *sink;
	unsigned netns_noted; /* network namespaces that were not scanned, of which there is a note */
	/* Of count_output_line(), at first zeros: */
	unsigned long lines;
	struct format_second second;
};

/*
 * Writes and flushes a line: the sockets of `now`, and the transitions since `before`, which is all
 * zeros at first. Returns 0 or the sink's error.
 */
int count_output_line(struct count_output *output, const struct counts *before,
		      const struct counts *now);

/*
 * The end of a trace in numbers, for standard error. `start_ns`: when the trace began, by the
 * monotonic clock.
 */
void summary_print(const struct counts *counts, const struct by_process *processes,
		   uint64_t start_ns, FILE *out);

#endif
