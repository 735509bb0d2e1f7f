// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* trace: a session whose consumer is an output on standard output. */
#include "cmd/cmd.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "output/output.h"
#include "cmd/session.h"
#include "lib/sink.h"

static int trace_run(const struct options *options, struct loop *loop, struct sink *sink,
		     struct output *output, struct error *error)
{
	const struct session_output to = {
		.consumer = { output_take, output },
		.sink = sink,
		.cgroup_paths = output_shows_cgroup(output),
	};
	struct session_result result;
	int err = session_run(options, loop, &to, &result, error);

	if (!result.started)
		return session_status(err);
	if (sink_flush(sink) == 0 && err < 0)
		error_set(error, -err, "the trace ended early: %s", strerror(-err));
	return sink_close(sink, error) || error->text[0] ? EXIT_FAILED : EXIT_FINE;
}

int cmd_trace(const struct options *options)
{
	const struct output_config config = session_output_config(options);
	struct error error = { "" };
	struct output *output = NULL;
	struct loop *loop = NULL;
	struct sink *sink = NULL;
	int status = EXIT_FAILED;

	if (loop_new(&loop, &error))
		goto out;
	if (sink_new(STDOUT_FILENO, loop_stop_fd(loop), &sink)) {
		error_set(&error, ENOMEM, "no memory for the output buffer");
		goto out;
	}
	(void)loop_add_hangup(loop, STDOUT_FILENO);
	if (output_new(&config, sink, &output, &error)) {
		status = EXIT_USAGE;
		goto out;
	}
	status = trace_run(options, loop, sink, output, &error);
out:
	if (error.text[0])
		error_print(&error);
	output_free(output);
	sink_free(sink);
	loop_free(loop);
	return status;
}
