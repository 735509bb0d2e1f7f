/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The reports of `stats`: counters, or their growth per second, as text, CSV or JSON. */
#ifndef STATS_OUTPUT_H
#define STATS_OUTPUT_H

#include "lib/format.h"
#include "lib/sink.h"
#include "output/config.h"
#include "stats/stats.h"

struct stats_output;

struct stats_config {
	enum format format;
	unsigned protos; /* 1 << enum stats_proto; 0: all */
	bool all;	 /* text: counters that are 0 too */
	bool meanings;	 /* text: what each counter means */
};

struct stats_round {
	const struct stats *now;
	const struct stats *last; /* NULL: counters, not their growth */
	uint32_t netns;		  /* inode; 0: not known */
	int64_t wall_ns;	  /* of now */
};

int stats_output_new(const struct stats_config *config, struct sink *sink,
		     struct stats_output **output);
void stats_output_free(struct stats_output *output);
/* Writes and flushes the selected protocols. Returns 0 or the sink's error. */
int stats_output_round(struct stats_output *output, const struct stats_round *round);

/* The text: an aligned block for each protocol, in 80 columns. */
struct stats_text {
	struct stats_config config;
	struct sink *sink;
	bool any; /* rows in this round */
	unsigned long blocks;
	struct format_second second;
};

void stats_text_begin(struct stats_text *text, const struct stats_round *round);
void stats_text_proto(struct stats_text *text, const struct stats_round *round,
		      enum stats_proto proto);
void stats_text_end(struct stats_text *text, const struct stats_round *round);

#endif
