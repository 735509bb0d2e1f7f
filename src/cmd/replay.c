// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* replay: a recording through any filter and output, to standard output. */
#include <errno.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/session.h"
#include "lib/loop.h"
#include "output/output.h"
#include "lib/sink.h"
#include "events/file_source.h"
#include "events/stream.h"

struct replay {
	int stop_fd;
	struct sink *sink;
	struct output *output;
	struct stream *stream;
	struct file_source *source;
};

/* While the recording still grows, what is there so far should be seen. */
static int flush(void *sink)
{
	return sink_flush(sink);
}

static int replay_open(struct replay *replay, const struct options *options, struct error *error)
{
	const struct output_config shown = session_output_config(options);
	struct stream_config config = session_stream_config(options);
	struct consumer consumer = { .take = output_take };
	int err = sink_new(STDOUT_FILENO, replay->stop_fd, &replay->sink);

	if (err)
		return error_set(error, -err, "not enough memory for the output");
	err = output_new(&shown, replay->sink, &replay->output, error);
	if (err)
		return err;
	consumer.context = replay->output;
	config.cgroup_paths = output_shows_cgroup(replay->output);
	err = stream_new(&config, NULL, consumer, &replay->stream, error);
	if (err)
		return err;
	err = file_source_open(options->argv[0], replay->stop_fd, &replay->source, error);
	if (!err)
		file_source_when_idle(replay->source, flush, replay->sink);
	return err;
}

static void replay_free(struct replay *replay)
{
	file_source_free(replay->source);
	stream_free(replay->stream);
	output_free(replay->output);
	sink_free(replay->sink);
	if (replay->stop_fd >= 0)
		close(replay->stop_fd);
}

/* What was read goes out, whether or not reading ended well. */
static int finish(struct replay *replay, int err, struct error *error)
{
	struct signalfd_siginfo signal_taken;
	int written;

	if (err == -ECANCELED && read(replay->stop_fd, &signal_taken, sizeof(signal_taken)) > 0)
		sink_stop(replay->sink);
	written = sink_close(replay->sink, error);
	if (err == -EPIPE || err == -ECANCELED)
		err = 0;
	if (!written && !err)
		return EXIT_FINE;
	if (!error->text[0])
		error_set(error, -err, "replay: %s", strerror(-err));
	error_print(error);
	return EXIT_FAILED;
}

int cmd_replay(const struct options *options)
{
	struct replay replay = { .stop_fd = -1 };
	struct error error = { "" };
	int status = EXIT_USAGE;
	int err;

	if (options->argc != 1) {
		error_set(&error, EINVAL, "replay needs one FILE ('-': standard input)");
		error_print(&error);
		return EXIT_USAGE;
	}
	replay.stop_fd = loop_stop_signals();
	err = replay_open(&replay, options, &error);
	if (!err) {
		err = file_source_read(replay.source, replay.stream, &error);
		status = finish(&replay, err, &error);
	} else {
		error_print(&error);
		status = replay.output ? EXIT_FAILED : EXIT_USAGE;
	}
	replay_free(&replay);
	return status;
}
