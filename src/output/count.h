/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Faces of `count`: a line an interval as text, CSV or JSON. */
#ifndef OUTPUT_COUNT_H
#define OUTPUT_COUNT_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/sink.h"
#include "output/config.h"
#include "tracer/tracer.h"

struct count_output;

struct count_line {
	uint64_t mono_ns;
	struct counters now;
	struct counters last; /* of the line before; zeros before the first */
	bool looked;	      /* request and timewait sockets were counted for this line */
	bool told;	      /* and by their transitions, without a look at each socket */
	int netns_missed;
};

int count_output_new(enum format format, int verbosity, struct sink *sink,
		     struct count_output **output);
void count_output_free(struct count_output *output);
/* Written and flushed; the sink's error. */
int count_output_line(struct count_output *output, const struct count_line *line);

#endif
