// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* replay: a recording through any filter and output, to standard output. */
#include "cmd/session.h"

#include <errno.h>
#include <unistd.h>

#include "events/file_source.h"
#include "system/privilege.h"
#include "system/sandbox.h"

/* While the recording still grows, the output shows what is there so far. */
static int flush(void *sink)
{
	return sink_flush(sink);
}

/* Reads the whole recording. A stop signal is taken, so that the sink does not wait for it. */
static int replay(struct cmd_context *ctx, const char *path, struct stream *stream)
{
	const struct file_source source = { path, loop_stop_fd(ctx->loop), flush, ctx->sink };
	int err = file_source_read(&source, stream, &ctx->error);
	uint64_t signal_taken;

	if (err == -ECANCELED && read(source.stop_fd, &signal_taken, sizeof(signal_taken)) > 0)
		sink_stop(ctx->sink);
	return err;
}

int cmd_replay(const struct options *options)
{
	const struct output_config config = session_output_config(options);
	struct stream_config events = session_stream_config(options);
	struct cmd_context ctx = { .name = "replay" };
	struct consumer consumer = { .take = output_take };
	struct output *output = NULL;
	struct stream *stream = NULL;
	int err;

	if (privileges_lent()) /* the caller's own rights decide which files it reads */
		(void)sandbox_keep(0);
	err = cmd_open(&ctx);
	if (!err)
		err = output_new(&config, ctx.sink, &output, &ctx.error);
	if (!err) {
		consumer.context = output;
		events.cgroup_paths = output_shows_cgroup(output);
		err = stream_new(&events, NULL, consumer, &stream, &ctx.error);
	}
	if (!err)
		err = replay(&ctx, options->argv[0], stream);
	if (!err)
		session_note_undecided(stream, options);
	stream_free(stream);
	output_free(output);
	return cmd_close(&ctx, err);
}
