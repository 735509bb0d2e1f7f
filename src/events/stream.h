/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The path of a frame from a source (ring, file) to a consumer (output, recorder):
 * check -> filter -> port wait -> --failed -> --handshakes -> consumer. The order of
 * frames never changes. Knows no source and no format.
 */
#ifndef EVENTS_STREAM_H
#define EVENTS_STREAM_H

#include <stdbool.h>
#include <stdint.h>

#include <tcpstate/event.h>
#include <tcpstate/filter.h>

#include "lib/error.h"

struct stream;

/*
 * A frame between two stages. A transition is a whole struct ts_transition whatever its size
 * says. All pointers are valid until take() returns.
 */
struct stream_frame {
	const struct ts_frame *frame;
	int64_t clock_offset; /* wall clock minus monotonic clock at this frame, ns */
	/* Set for the consumer only: */
	const char *cgroup;   /* path; NULL: unknown, or see stream_config.cgroup_paths */
	bool retrans_unknown; /* the source does not count retransmissions of handshakes */
};

/* A negative return of take() stops the stream: stream_push() returns it. */
struct consumer {
	int (*take)(void *context, const struct stream_frame *frame);
	void *context;
};

/* From one stage to the next. */
static inline int consumer_take(const struct consumer *consumer, const struct ts_frame *frame,
				int64_t clock_offset)
{
	const struct stream_frame out = { .frame = frame, .clock_offset = clock_offset };

	return consumer->take(consumer->context, &out);
}

struct stream_source {
	/* The path of a cgroup id, or NULL. Not set: paths come in CGROUP frames. */
	const char *(*cgroup_path)(void *context, uint64_t id);
	void *context;
	bool live; /* reports every late port, and calls stream_settle() */
};

struct stream_config {
	const struct ts_filter *filter; /* copied; NULL: everything passes */
	const char *cgroup_path;	/* only sockets at or below it; NULL: all; copied */
	bool failed;			/* only connections that failed, whole */
	bool handshakes;		/* one transition per handshake */
	bool no_drops;			/* no handshake drops */
	bool cgroup_paths;		/* the consumer needs stream_frame.cgroup */
};

/* `source` is copied; NULL: a file. Returns 0 or -ENOMEM with error set. */
int stream_new(const struct stream_config *config, const struct stream_source *source,
	       struct consumer consumer, struct stream **stream, struct error *error);
/* Returns 0, -EBADMSG (the first of `size` bytes are not a frame) or the consumer's error. */
int stream_push(struct stream *stream, const void *data, size_t size);
/* A live source: all late ports of transitions before mono_ns have been pushed. */
int stream_settle(struct stream *stream, uint64_t mono_ns);
/* End of the stream: passes on the frames that still wait. */
int stream_finish(struct stream *stream);
/* Transitions that passed a filter by local port although their port was not found. */
uint64_t stream_undecided(const struct stream *stream);
void stream_free(struct stream *stream);

/* The source does not count retransmissions of handshakes. */
void stream_lacks_retrans(struct stream *stream);

#endif
