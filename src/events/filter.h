/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The filter stage: which frames the stream's configuration selects. */
#ifndef EVENTS_FILTER_H
#define EVENTS_FILTER_H

#include "events/stream.h"

struct event_filter;

/* Borrows `source` for the paths of cgroups. Returns 0 or -ENOMEM. */
int event_filter_new(const struct stream_config *config, const struct stream_source *source,
		     struct event_filter **filter);
void event_filter_free(struct event_filter *filter);
/* TS_MAYBE: a transition whose local port decides, and is not known yet. */
enum ts_match event_filter_match(const struct event_filter *filter, const struct ts_frame *frame);

#endif
