// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Transitions and handshake drops by the filter; all other frames pass. */
#include "events/filter.h"

#include <errno.h>
#include <stdlib.h>

#include "filter/filter.h"
#include "system/cgroup.h"
#include "tcp/handshake_drop.h"

struct event_filter {
	struct ts_filter filter;
	const struct stream_source *source;
	char *cgroup_top; /* normalized; NULL: all cgroups */
	bool failed;
	bool no_drops;
};

int event_filter_new(const struct stream_config *config, const struct stream_source *source,
		     struct event_filter **filter)
{
	struct event_filter *self = calloc(1, sizeof(*self));

	if (!self)
		return -ENOMEM;
	if (config->filter)
		self->filter = *config->filter;
	self->source = source;
	self->failed = config->failed;
	self->no_drops = config->no_drops;
	if (config->cgroup_path) {
		self->filter.on |= TS_BY_CGROUP;
		self->cgroup_top = cgroup_normalize(config->cgroup_path);
		if (!self->cgroup_top) {
			free(self);
			return -ENOMEM;
		}
	}
	*filter = self;
	return 0;
}

void event_filter_free(struct event_filter *filter)
{
	if (!filter)
		return;
	free(filter->cgroup_top);
	free(filter);
}

static bool is_under_top(const struct event_filter *filter, uint64_t cgroup)
{
	const char *path;

	if (!filter->cgroup_top || !cgroup)
		return false;
	path = filter->source->cgroup_path(filter->source->context, cgroup);
	return path && cgroup_is_under(path, filter->cgroup_top);
}

/* A drop has no states, so the filter by state does not apply. */
static bool wants_drop(const struct event_filter *filter, const struct ts_drop *drop)
{
	struct ts_transition t;

	if (filter->no_drops || (filter->failed && !handshake_drop_failed(drop)))
		return false;
	handshake_drop_as_transition(drop, &t);
	return filter_match_socket(&filter->filter, &t, is_under_top(filter, t.cgroup)) == TS_YES;
}

enum ts_match event_filter_match(const struct event_filter *filter, const struct ts_frame *frame)
{
	const struct ts_transition *t = (const struct ts_transition *)frame;

	if (frame->type == TS_FRAME_DROP)
		return wants_drop(filter, (const struct ts_drop *)frame) ? TS_YES : TS_NO;
	if (frame->type != TS_FRAME_TRANSITION || !filter->filter.on)
		return TS_YES;
	return filter_match(&filter->filter, t, is_under_top(filter, t->cgroup));
}
