/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* One live trace from attach to summary: what `trace` and `record` share. */
#ifndef CMD_SESSION_H
#define CMD_SESSION_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/error.h"
#include "lib/loop.h"
#include "lib/sink.h"
#include "cmd/context.h"
#include "events/stream.h"
#include "output/output.h"

/* Where the frames go. */
struct session_output {
	struct consumer consumer;
	/* With origins, after the last frame; context: the consumer's. May be NULL. */
	int (*take_origins)(void *context, const struct origin_summary *summary);
	struct sink *sink; /* flushed after each iteration; -EPIPE ends the trace quietly */
	bool late_ports;   /* the consumer needs PORT frames even without a filter by port */
	bool cgroup_paths; /* the consumer needs the paths of cgroups */
};

/*
 * Traces until a signal or until the consumer fails. Returns -errno with ctx->error and
 * ctx->status set if the trace could not start, otherwise the result of the consumer. `started`:
 * the trace was ready, so a failure is the consumer's.
 */
int session_run(const struct options *options, struct cmd_context *ctx,
		const struct session_output *output, bool *started);

/* The part of the options that a stream needs; borrows their strings and filter. */
struct stream_config session_stream_config(const struct options *options);

/* At the end: how many transitions a filter by local port could not decide on. */
void session_note_undecided(const struct stream *stream, const struct options *options);

/* For the rows of a stream, live or recorded. */
struct output_config session_output_config(const struct options *options);

#endif
