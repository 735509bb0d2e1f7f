/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* `count`: a line per interval as text, CSV or JSON. */
#ifndef OUTPUT_COUNT_H
#define OUTPUT_COUNT_H

#include "counts/counts.h"
#include "lib/format.h"
#include "lib/sink.h"
#include "output/config.h"

struct count_output {
	enum format format;
	int verbosity;
	struct sink *sink;
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

#endif
