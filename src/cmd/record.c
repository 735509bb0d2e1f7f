// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* record: a session whose consumer is a recorder. */
#include "cmd/cmd.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "cmd/session.h"
#include "events/recorder.h"

/* A recording promises every event. err: what the session ended with. */
static int record_status(const struct options *options, struct recorder *recorder, int err,
			 struct error *error)
{
	uint64_t transitions = recorder_transitions(recorder);

	if (recorder_close(recorder, !err, error))
		return EXIT_FAILED;
	if (err) {
		error_set(error, -err, "the recording ended early: %s", strerror(-err));
		return EXIT_FAILED;
	}
	note(options->verbosity, "%" PRIu64 " transitions in %s", transitions, options->file);
	return recorder_report_lost(recorder, error) ? EXIT_LOST : EXIT_FINE;
}

int cmd_record(const struct options *options)
{
	struct recorder *recorder = NULL;
	struct session_result result;
	struct error error = { "" };
	struct loop *loop = NULL;
	int status = EXIT_FAILED, err;

	if (loop_new(&loop, &error) ||
	    recorder_new(options->file, loop_stop_fd(loop), &recorder, &error))
		goto out;
	if (!strcmp(options->file, "-"))
		(void)loop_add_hangup(loop, STDOUT_FILENO);

	const struct session_output output = {
		.consumer = { recorder_take, recorder },
		.sink = recorder_sink(recorder),
		.late_ports = true,
		.cgroup_paths = true,
	};

	err = session_run(options, loop, &output, &result, &error);
	/* a start that failed without a word: the recorder did not take the first frames */
	if (result.started || !error.text[0])
		status = record_status(options, recorder, err, &error);
	else
		status = session_status(err);
out:
	if (error.text[0])
		error_print(&error);
	recorder_free(recorder);
	loop_free(loop);
	return status;
}
