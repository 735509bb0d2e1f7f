// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* trace: a session whose consumer is an output on standard output. */
#include "cmd/cmd.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "output/output.h"
#include "cmd/session.h"
#include "lib/sink.h"

struct trace {
	struct sink *sink;
	struct output *output;
};

static int trace_take(void *context, const struct ts_frame *frame)
{
	struct trace *trace = context;

	return output_take(trace->output, frame);
}

static void trace_set_stream(void *context, const struct stream *stream)
{
	struct trace *trace = context;

	output_set_stream(trace->output, stream);
}

static int trace_flush(void *context)
{
	struct trace *trace = context;

	return sink_flush(trace->sink);
}

static void trace_stop(void *context)
{
	struct trace *trace = context;

	sink_stop(trace->sink);
}

static int trace_run(const struct options *options, struct loop *loop, struct trace *trace,
		     struct error *error)
{
	struct session_end end = {
		.consumer = { trace_take, trace },
		.set_stream = trace_set_stream,
		.flush = trace_flush,
		.stop = trace_stop,
	};
	struct session_result result;
	int err = session_run(options, loop, &end, &result, error);

	if (!result.started)
		return session_status(err);
	if (sink_flush(trace->sink) == 0 && err < 0)
		error_set(error, -err, "the trace ended early: %s", strerror(-err));
	return sink_close(trace->sink, error) || error->text[0] ? EXIT_FAILED : EXIT_FINE;
}

int cmd_trace(const struct options *options)
{
	const struct output_config config = session_output_config(options);
	struct error error = { "" };
	struct trace trace = { 0 };
	struct loop *loop = NULL;
	int status = EXIT_FAILED;

	if (loop_new(&loop, &error))
		goto out;
	if (sink_new(STDOUT_FILENO, loop_stop_fd(loop), &trace.sink)) {
		error_set(&error, ENOMEM, "no memory for the output buffer");
		goto out;
	}
	(void)loop_add_hangup(loop, STDOUT_FILENO);
	if (output_new(&config, trace.sink, &trace.output, &error)) {
		status = EXIT_USAGE;
		goto out;
	}
	status = trace_run(options, loop, &trace, &error);
out:
	if (error.text[0])
		error_print(&error);
	output_free(trace.output);
	sink_free(trace.sink);
	loop_free(loop);
	return status;
}
