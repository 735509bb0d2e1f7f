/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The way of a frame from any source (ring, file) to any consumer (output,
 * recorder): keeps the clock offset and the cgroup names that frames carry, holds
 * a transition back until its filter can be answered, and passes on what is wanted,
 * in the order it came. Knows no source and no format.
 */
#ifndef EVENTS_STREAM_H
#define EVENTS_STREAM_H

#include <stdbool.h>
#include <stdint.h>

#include <tcpstate/event.h>

#include "lib/error.h"
#include "cli/options.h"

struct stream;

/*
 * A frame that passed. `frame` is complete: a transition is a whole struct
 * ts_transition whatever its size on the wire, alive until the call returns.
 * A negative return stops the stream and is handed up to stream_push()'s caller.
 */
struct consumer {
	int (*take)(void *context, const struct ts_frame *frame);
	void *context;
};

/*
 * What the source can tell about a cgroup id: the path, or NULL. `live` sources
 * ask the system; a file has only what its frames said (then ask is NULL).
 */
struct stream_source {
	const char *(*cgroup_path)(void *context, uint64_t id);
	void *context;
	bool live; /* answers every unknown port, and says when by stream_settle() */
};

int stream_new(const struct options *options, const struct stream_source *source,
	       struct consumer consumer, struct stream **stream, struct error *error);
/* One frame, checked (size against type and against `size`). -EBADMSG: not a frame. */
int stream_push(struct stream *stream, const void *data, size_t size);
/* A live source: every port of a transition before mono_ns that can be told has been told. */
int stream_settle(struct stream *stream, uint64_t mono_ns);
/* End of the stream: what is still held is decided and passed on. */
int stream_finish(struct stream *stream);
void stream_free(struct stream *stream);

/* The source's transitions do not tell how often a SYN was sent again. */
void stream_lacks_retrans(struct stream *stream);
bool stream_has_retrans(const struct stream *stream);

/* Wall clock minus monotonic clock in force now, ns. */
int64_t stream_clock_offset(const struct stream *stream);
/* NULL where the path is not known. Valid until the next call that takes the stream. */
const char *stream_cgroup_path(const struct stream *stream, uint64_t id);

#endif
