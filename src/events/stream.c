// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Wires the stages, and keeps what frames say about later frames: clock offset, cgroup paths. */
#include "events/stream.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "events/filter.h"
#include "events/frame.h"
#include "events/handshake.h"
#include "events/history.h"
#include "events/port_wait.h"
#include "lib/name_cache.h"

enum {
	CGROUPS_MAX = 4096, /* four times what a recorder remembers to have written */
	CGROUP_PATH_MAX = 4096,
};

struct stream {
	struct event_filter *filter;
	struct port_wait *port_wait;   /* NULL without a filter by local port */
	struct history *history;       /* NULL without --failed */
	struct handshakes *handshakes; /* NULL without --handshakes */
	struct consumer filtered;      /* the stage behind port_wait */
	struct consumer consumer;
	struct stream_source source;
	struct name_cache *cgroups; /* from CGROUP frames */
	int64_t clock_offset;
	bool cgroup_paths;
	bool retrans_unknown;
};

static const char *cached_cgroup_path(void *cgroups, uint64_t id)
{
	return name_cache_get(cgroups, id);
}

/* The last stage: adds what only the stream knows. */
static int deliver(void *context, const struct stream_frame *in)
{
	struct stream *stream = context;
	struct stream_frame out = *in;
	uint64_t cgroup = stream->cgroup_paths ? frame_cgroup(in->frame) : 0;

	out.cgroup = cgroup ? stream->source.cgroup_path(stream->source.context, cgroup) : NULL;
	out.retrans_unknown = stream->retrans_unknown;
	return stream->consumer.take(stream->consumer.context, &out);
}

/* From the last stage to the first. */
static int make_stages(struct stream *stream, const struct stream_config *config)
{
	struct consumer next = { deliver, stream };
	int err = event_filter_new(config, &stream->source, &stream->filter);

	if (!err && config->handshakes) {
		err = handshakes_new(next, &stream->handshakes);
		next = (struct consumer){ handshakes_take, stream->handshakes };
	}
	if (!err && config->failed) {
		err = history_new(next, &stream->history);
		next = (struct consumer){ history_take, stream->history };
	}
	stream->filtered = next;
	if (!err && config->filter && config->filter->on & (TS_BY_LPORT | TS_BY_PORT))
		err = port_wait_new(config->filter, stream->source.live, next, &stream->port_wait);
	return err;
}

int stream_new(const struct stream_config *config, const struct stream_source *source,
	       struct consumer consumer, struct stream **stream, struct error *error)
{
	struct stream *self = calloc(1, sizeof(*self));
	int err = self ? name_cache_new(CGROUPS_MAX, &self->cgroups) : -ENOMEM;

	if (!err) {
		self->consumer = consumer;
		self->cgroup_paths = config->cgroup_paths;
		if (source)
			self->source = *source;
		if (!self->source.cgroup_path) {
			self->source.cgroup_path = cached_cgroup_path;
			self->source.context = self->cgroups;
		}
		err = make_stages(self, config);
	}
	if (err) {
		stream_free(self);
		return error_set(error, -err, "not enough memory for the stream of events");
	}
	*stream = self;
	return 0;
}

void stream_free(struct stream *stream)
{
	if (!stream)
		return;
	port_wait_free(stream->port_wait);
	history_free(stream->history);
	handshakes_free(stream->handshakes);
	event_filter_free(stream->filter);
	name_cache_free(stream->cgroups);
	free(stream);
}

void stream_lacks_retrans(struct stream *stream)
{
	stream->retrans_unknown = true;
}

static int take_cgroup(struct stream *stream, const struct ts_cgroup *cgroup)
{
	size_t room = cgroup->frame.size - sizeof(*cgroup);
	size_t length = strnlen(cgroup->path, room);

	if (length == room || !length || length > CGROUP_PATH_MAX)
		return -EBADMSG;
	return name_cache_put(stream->cgroups, cgroup->id, cgroup->path);
}

int stream_push(struct stream *stream, const void *data, size_t size)
{
	struct stream_frame in = { 0 };
	enum ts_match verdict;
	union any_frame copy;
	int err = frame_check(data, size, &copy, &in.frame);

	if (err || !in.frame)
		return err;
	if (in.frame->type == TS_FRAME_CGROUP)
		return take_cgroup(stream, (const struct ts_cgroup *)in.frame);
	if (in.frame->type == TS_FRAME_CLOCK)
		stream->clock_offset = ((const struct ts_clock *)in.frame)->offset_ns;
	in.clock_offset = stream->clock_offset;
	verdict = event_filter_match(stream->filter, in.frame);
	if (stream->port_wait)
		return port_wait_take(stream->port_wait, &in, verdict);
	return verdict == TS_YES ? consumer_take(&stream->filtered, in.frame, in.clock_offset) : 0;
}

int stream_settle(struct stream *stream, uint64_t mono_ns)
{
	return stream->port_wait ? port_wait_settle(stream->port_wait, mono_ns) : 0;
}

int stream_finish(struct stream *stream)
{
	return stream->port_wait ? port_wait_finish(stream->port_wait) : 0;
}

uint64_t stream_undecided(const struct stream *stream)
{
	return stream->port_wait ? port_wait_undecided(stream->port_wait) : 0;
}
