/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * One live trace from attach to summary, whatever it feeds: what `trace` and `record`
 * share.
 */
#ifndef CMD_SESSION_H
#define CMD_SESSION_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/error.h"
#include "lib/loop.h"
#include "cli/options.h"
#include "events/stream.h"
#include "output/output.h"

/* Where the frames go. */
struct session_end {
	struct consumer consumer;
	void (*set_stream)(void *context, const struct stream *stream);
	int (*flush)(void *context); /* after each round; -EPIPE ends the trace quietly */
	void (*stop)(void *context); /* a stop signal was taken */
	bool late_ports;	     /* wants PORT frames even without a port filter */
};

struct session_result {
	bool started; /* the trace was ready; a failure is the consumer's */
};

/*
 * Runs until a signal or until the consumer fails. -errno with error set when the trace
 * could not start; what the consumer returned when that ended it.
 */
int session_run(const struct options *options, struct loop *loop, const struct session_end *end,
		struct session_result *result, struct error *error);

/* For the rows of a stream, live or recorded. */
struct output_config session_output_config(const struct options *options);

/* EXIT_* for a trace that could not start. */
int session_status(int err);

#endif
