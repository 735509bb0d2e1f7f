/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The text of stats: an aligned block for each protocol, in 80 columns. */
#ifndef STATS_TEXT_H
#define STATS_TEXT_H

#include "stats/output.h"

struct stats_text;

struct stats_text *stats_text_new(const struct stats_config *config, struct sink *sink);
void stats_text_free(struct stats_text *text);
void stats_text_begin(struct stats_text *text, const struct stats_round *round);
void stats_text_proto(struct stats_text *text, const struct stats_round *round,
		      enum stats_proto proto);
void stats_text_end(struct stats_text *text, const struct stats_round *round);

#endif
