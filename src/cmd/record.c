// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* record: a session whose consumer is a recorder. */
#include "cmd/session.h"

#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "events/recorder.h"

/* A recording promises every event. err: the result of the session. */
static enum exit_status close_recording(const struct options *options, struct recorder *recorder,
					int err, struct error *error)
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
	struct cmd_context ctx = { .name = "record" };
	struct recorder *recorder = NULL;
	int err = loop_new(&ctx.loop, &ctx.error);

	if (!err)
		err = recorder_new(options->file, loop_stop_fd(ctx.loop), &recorder, &ctx.error);
	if (!err) {
		const struct session_output to = {
			.consumer = { recorder_take, recorder },
			.sink = recorder_sink(recorder),
			.late_ports = true,
			.cgroup_paths = true,
		};
		bool started;

		if (!strcmp(options->file, "-"))
			(void)loop_add_hangup(ctx.loop, STDOUT_FILENO);
		err = session_run(options, &ctx, &to, &started);
		/* without an error text the recorder did not take the first frames */
		if (started || !ctx.error.text[0]) {
			ctx.status = close_recording(options, recorder, err, &ctx.error);
			err = 0;
		}
	}
	recorder_free(recorder);
	return cmd_close(&ctx, err);
}
