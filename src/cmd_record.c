// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* record: a session whose consumer is a recorder. */
#include "cmd.h"

#include <errno.h>
#include <inttypes.h>

#include "session.h"
#include "src_file.h"

static int record_take(void *recorder, const struct ts_frame *frame)
{
	return recorder_take(recorder, frame);
}

static void record_set_stream(void *recorder, const struct stream *stream)
{
	recorder_set_stream(recorder, stream);
}

static int record_flush(void *recorder)
{
	return recorder_flush(recorder);
}

static void record_stop(void *recorder)
{
	recorder_stop(recorder);
}

/* A recording promises every event. */
static int record_status(const struct options *options, struct recorder *recorder,
			 const struct session_result *result, struct error *error)
{
	uint64_t transitions = recorder_transitions(recorder);

	if (recorder_close(recorder, error))
		return EXIT_FAILED;
	note(options->verbosity, "%" PRIu64 " transitions in %s", transitions, options->file);
	if (!result->lost)
		return EXIT_FINE;
	error_set(error, EOVERFLOW,
		  "%" PRIu64 " events are not in %s: the ring was full; a larger --buffer holds "
		  "longer bursts", result->lost, options->file);
	return EXIT_LOST;
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

	struct session_end end = {
		.consumer = { record_take, recorder },
		.set_stream = record_set_stream,
		.flush = record_flush,
		.stop = record_stop,
		.late_ports = true,
	};

	err = session_run(options, loop, &end, &result, &error);
	status = result.started ? record_status(options, recorder, &result, &error) :
				  session_status(err);
out:
	if (error.text[0])
		error_print(&error);
	recorder_free(recorder);
	loop_free(loop);
	return status;
}
