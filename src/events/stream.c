// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * check and widen -> filter -> hold -> history (--failed) -> consumer. Every frame that
 * is passed on goes this way, so that its place among the others never changes.
 */
#include "events/stream.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "system/cgroup.h"
#include "tcp/handshake_drop.h"
#include "filter/filter.h"
#include "events/history.h"
#include "events/reorder_queue.h"
#include "lib/name_cache.h"
#include "fields/row.h"
#include "events/port_wait.h"

enum {
	KEPT_CGROUPS = 4096, /* four times what a recorder remembers to have written */
	CGROUP_PATH_MAX = 4096,
};

/*
 * How much recorded time a transition of a file waits for its port. The live source answered
 * each within 50 ms, so a longer wait is met only where nothing is going to answer.
 */
static const uint64_t PATIENCE_NS = 250000000;

struct stream {
	struct ts_filter filter;
	char *cgroup_top; /* of --cgroup, normalized; NULL: not asked for */
	struct stream_source source;
	struct consumer consumer;
	bool lacks_retrans;
	bool failed;   /* --failed */
	bool no_drops; /* --state */
	int64_t clock_offset;
	uint64_t latest_ns;  /* of all transitions so far */
	uint64_t settled_ns; /* live: no port from before is still to be told */
	struct name_cache *cgroups;
	struct port_wait *unported;
	struct reorder_queue *hold; /* NULL without a filter by local port */
	struct history *history;    /* NULL without --failed */
};

static const struct {
	uint16_t least; /* size in the first version of the format */
	uint16_t known; /* size of the struct, more is cut */
} sizes[] = {
	[TS_FRAME_TRANSITION] = { TS_TRANSITION_BASE, sizeof(struct ts_transition) },
	[TS_FRAME_LOST] = { sizeof(struct ts_lost), sizeof(struct ts_lost) },
	[TS_FRAME_PORT] = { sizeof(struct ts_port), sizeof(struct ts_port) },
	[TS_FRAME_CLOCK] = { sizeof(struct ts_clock), sizeof(struct ts_clock) },
	[TS_FRAME_CGROUP] = { sizeof(struct ts_cgroup) + 8, UINT16_MAX },
	[TS_FRAME_READY] = { sizeof(struct ts_ready), sizeof(struct ts_ready) },
	[TS_FRAME_DROP] = { sizeof(struct ts_drop), sizeof(struct ts_drop) },
	[TS_FRAME_END] = { sizeof(struct ts_end), sizeof(struct ts_end) },
};

static int make_parts(struct stream *stream, const struct options *options)
{
	int err = name_cache_new(KEPT_CGROUPS, &stream->cgroups);

	if (!err)
		err = port_wait_new(&stream->unported);
	if (!err && options->filter.on & TS_BY_LPORT)
		err = reorder_queue_new(&stream->hold);
	if (!err && options->failed)
		err = history_new(&stream->history);
	if (!err && options->cgroup_path) {
		stream->cgroup_top = cgroup_normalize(options->cgroup_path);
		stream->filter.on |= TS_BY_CGROUP;
		err = stream->cgroup_top ? 0 : -ENOMEM;
	}
	return err;
}

int stream_new(const struct options *options, const struct stream_source *source,
	       struct consumer consumer, struct stream **stream, struct error *error)
{
	struct stream *self = calloc(1, sizeof(*self));
	int err = self ? 0 : -ENOMEM;

	if (!err) {
		self->filter = options->filter;
		self->consumer = consumer;
		self->failed = options->failed;
		self->no_drops = options->no_drops;
		if (source)
			self->source = *source;
		err = make_parts(self, options);
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
	history_free(stream->history);
	reorder_queue_free(stream->hold);
	port_wait_free(stream->unported);
	name_cache_free(stream->cgroups);
	free(stream->cgroup_top);
	free(stream);
}

void stream_lacks_retrans(struct stream *stream)
{
	stream->lacks_retrans = true;
}

bool stream_has_retrans(const struct stream *stream)
{
	return !stream->lacks_retrans;
}

int64_t stream_clock_offset(const struct stream *stream)
{
	return stream->clock_offset;
}

const char *stream_cgroup_path(const struct stream *stream, uint64_t id)
{
	if (stream->source.cgroup_path)
		return stream->source.cgroup_path(stream->source.context, id);
	return name_cache_get(stream->cgroups, id);
}

static int give(struct stream *stream, const struct ts_frame *frame)
{
	return stream->consumer.take(stream->consumer.context, frame);
}

static int give_past(void *context, const struct ts_transition *t, int64_t clock_offset)
{
	struct stream *stream = context;
	int64_t present = stream->clock_offset;
	int err;

	stream->clock_offset = clock_offset;
	err = give(stream, &t->frame);
	stream->clock_offset = present;
	return err;
}

/* The end of the way: what comes here is wanted, and it is its turn. */
static int deliver(struct stream *stream, const struct ts_frame *frame)
{
	const struct ts_transition *t = (const struct ts_transition *)frame;
	int err;

	if (frame->type == TS_FRAME_CLOCK)
		stream->clock_offset = ((const struct ts_clock *)frame)->offset_ns;
	if (frame->type != TS_FRAME_TRANSITION || !stream->history)
		return give(stream, frame);
	if (!transition_failed(t)) {
		history_add(stream->history, t, stream->clock_offset);
		return 0;
	}
	err = history_take(stream->history, t->id, give_past, stream);
	return err ? err : give(stream, frame);
}

/* The queue's head waits too long, or for nothing: shown rather than lost. */
static void give_up_waiting(struct stream *stream, struct held *held, uint64_t number)
{
	struct port_wait_entry *entry = port_wait_find(stream->unported, held->any.transition.id);

	held->state = HELD_WANTED;
	if (entry && entry->held == number)
		entry->held = NOT_HELD;
}

static bool is_overdue(const struct stream *stream, const struct ts_transition *t)
{
	if (stream->source.live)
		return t->mono_ns < stream->settled_ns;
	return stream->latest_ns > t->mono_ns && stream->latest_ns - t->mono_ns > PATIENCE_NS;
}

/* Delivers from the head of the queue until one must wait; with `all`, everything. */
static int drain(struct stream *stream, bool all)
{
	struct held *held;
	uint64_t number;

	while (stream->hold && (held = reorder_queue_first(stream->hold, &number))) {
		int err = 0;

		if (held->state == HELD_WAITING) {
			if (!all && !is_overdue(stream, &held->any.transition))
				return 0;
			give_up_waiting(stream, held, number);
		}
		if (held->state == HELD_WANTED)
			err = deliver(stream, &held->any.frame);
		reorder_queue_remove_first(stream->hold);
		if (err)
			return err;
	}
	return 0;
}

/* Passes a wanted frame on, behind what waits. */
static int pass(struct stream *stream, const struct ts_frame *frame)
{
	int err;

	if (!stream->hold || reorder_queue_is_empty(stream->hold))
		return deliver(stream, frame);
	if (reorder_queue_is_full(stream->hold)) {
		uint64_t number;
		struct held *held = reorder_queue_first(stream->hold, &number);

		give_up_waiting(stream, held, number);
		err = drain(stream, false);
		if (err)
			return err;
	}
	if (reorder_queue_is_empty(stream->hold))
		return deliver(stream, frame);
	(void)reorder_queue_append(stream->hold, frame, HELD_WANTED);
	return 0;
}

static bool is_under_top(const struct stream *stream, uint64_t cgroup)
{
	const char *path;

	if (!stream->cgroup_top || !cgroup)
		return false;
	path = stream_cgroup_path(stream, cgroup);
	return path && cgroup_is_under(path, stream->cgroup_top);
}

static enum ts_match match(const struct stream *stream, const struct ts_transition *t)
{
	if (!stream->filter.on)
		return TS_YES;
	return filter_match(&stream->filter, t, is_under_top(stream, t->cgroup));
}

/* By all but states: a handshake that was dropped never had one. */
static bool drop_is_wanted(const struct stream *stream, const struct ts_drop *drop)
{
	struct ts_transition t;

	if (stream->no_drops || (stream->failed && !handshake_drop_failed(drop)))
		return false;
	handshake_drop_as_transition(drop, &t);
	return filter_match_socket(&stream->filter, &t, is_under_top(stream, t.cgroup)) == TS_YES;
}

/* The port of a socket turned up; 0: it never will. Says whether what was held is wanted. */
static bool settle_port(struct stream *stream, struct port_wait_entry *entry, uint16_t port)
{
	struct ts_transition t = entry->t;
	bool wanted;

	t.lport = port;
	/* Without a port nothing can match a filter by port. */
	wanted = match(stream, &t) == TS_YES;
	if (entry->held != NOT_HELD)
		reorder_queue_at(stream->hold, entry->held)->state = wanted ? HELD_WANTED :
									      HELD_DROPPED;
	port_wait_remove(stream->unported, entry);
	return wanted;
}

/* A transition without a port, which the filter cannot decide. */
static int wait_for_port(struct stream *stream, const struct ts_transition *t)
{
	uint64_t number;
	int err;

	if (reorder_queue_is_full(stream->hold)) {
		struct held *first = reorder_queue_first(stream->hold, &number);

		give_up_waiting(stream, first, number);
		err = drain(stream, false);
		if (err)
			return err;
	}
	number = reorder_queue_append(stream->hold, &t->frame, HELD_WAITING);
	if (!port_wait_add(stream->unported, t, number))
		return 0;
	reorder_queue_at(stream->hold, number)->state = HELD_WANTED;
	return drain(stream, false);
}

static int push_transition(struct stream *stream, const struct ts_transition *t)
{
	struct port_wait_entry *entry = port_wait_find(stream->unported, t->id);
	bool ended = t->new_state == TS_CLOSED;
	enum ts_match verdict;
	int err;

	if (t->mono_ns > stream->latest_ns)
		stream->latest_ns = t->mono_ns;
	if (entry && (t->lport || ended))
		(void)settle_port(stream, entry, t->lport);
	err = drain(stream, false);
	if (err)
		return err;
	verdict = match(stream, t);
	if (verdict == TS_NO || (verdict == TS_MAYBE && (ended || !stream->hold)))
		return 0; /* closed without ever having had a port */
	if (verdict == TS_MAYBE)
		return wait_for_port(stream, t);
	if (!t->lport && !ended)
		(void)port_wait_add(stream->unported, t, NOT_HELD);
	return pass(stream, &t->frame);
}

static int push_port(struct stream *stream, const struct ts_port *port)
{
	struct port_wait_entry *entry = port_wait_find(stream->unported, port->id);
	bool wanted = !entry || settle_port(stream, entry, port->lport) || !stream->hold;
	int err = drain(stream, false);

	return err || !wanted ? err : pass(stream, &port->frame);
}

static int push_drop(struct stream *stream, const struct ts_drop *drop)
{
	int err = drain(stream, false);

	return err || !drop_is_wanted(stream, drop) ? err : pass(stream, &drop->frame);
}

static int push_cgroup(struct stream *stream, const struct ts_cgroup *cgroup)
{
	size_t room = cgroup->frame.size - sizeof(*cgroup);
	size_t length = strnlen(cgroup->path, room);

	if (length == room || !length || length > CGROUP_PATH_MAX)
		return -EBADMSG;
	return name_cache_put(stream->cgroups, cgroup->id, cgroup->path);
}

static int push_known(struct stream *stream, const struct ts_frame *frame)
{
	switch (frame->type) {
	case TS_FRAME_TRANSITION:
		return push_transition(stream, (const struct ts_transition *)frame);
	case TS_FRAME_PORT:
		return push_port(stream, (const struct ts_port *)frame);
	case TS_FRAME_DROP:
		return push_drop(stream, (const struct ts_drop *)frame);
	case TS_FRAME_CGROUP:
		return push_cgroup(stream, (const struct ts_cgroup *)frame);
	default:
		return pass(stream, frame);
	}
}

/* A flag promises what the frame is too short to hold: it is not there. */
static void clear_empty_promises(struct ts_frame *frame)
{
	if (frame->type != TS_FRAME_TRANSITION)
		return;
	if (frame->size < TS_TRANSITION_ACTOR)
		frame->flags &= ~(__u32)TS_F_ACTOR;
	if (frame->size < sizeof(struct ts_transition))
		frame->flags &= ~(__u32)TS_F_TOTALS;
}

int stream_push(struct stream *stream, const void *data, size_t size)
{
	const struct ts_frame *frame = data;
	union any_frame whole;

	if (size < sizeof(*frame) || frame->size < sizeof(*frame) || frame->size > size ||
	    frame->size % 8)
		return -EBADMSG;
	if (frame->type >= sizeof(sizes) / sizeof(sizes[0]) || !sizes[frame->type].known)
		return 0; /* of a later version */
	if (frame->size < sizes[frame->type].least)
		return -EBADMSG;
	if (frame->type == TS_FRAME_CGROUP || frame->size == sizes[frame->type].known)
		return push_known(stream, frame);
	memset(&whole, 0, sizeof(whole));
	memcpy(&whole, data, frame->size < sizeof(whole) ? frame->size : sizeof(whole));
	if (whole.frame.size > sizes[frame->type].known)
		whole.frame.size = sizes[frame->type].known;
	clear_empty_promises(&whole.frame);
	return push_known(stream, &whole.frame);
}

int stream_settle(struct stream *stream, uint64_t mono_ns)
{
	stream->settled_ns = mono_ns;
	return drain(stream, false);
}

int stream_finish(struct stream *stream)
{
	return drain(stream, true);
}
