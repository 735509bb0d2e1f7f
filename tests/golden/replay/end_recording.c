// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * `tcpstate record` over a session without a kernel, which has two transitions or none and ends
 * as HOW says: end_recording HOW FILE.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/session.h"

static const struct ending {
	const char *name;
	bool started;
	int error; /* of the session */
	uint64_t full, interrupted;
	const char *words;
} endings[] = {
	{ .name = "whole", .started = true },
	{ .name = "broken", .started = true, .error = -EMFILE },
	{ .name = "full", .started = true, .full = 1 },
	{ .name = "interrupted", .started = true, .interrupted = 2 },
	{ .name = "both", .started = true, .full = 3, .interrupted = 1 },
	{ .name = "both-broken", .started = true, .error = -ENOMEM, .full = 3, .interrupted = 1 },
	{ .name = "denied", .error = -EPERM, .words = "cannot trace: a made-up reason" },
};
static const struct ending *ending;

static int give(const struct session_output *output, const void *frame)
{
	return output->consumer.take(output->consumer.context,
				     &(struct stream_frame){ .frame = frame });
}

static int give_lost(const struct session_output *output, uint32_t why, uint64_t count)
{
	struct ts_lost lost = {
		.frame = { .type = TS_FRAME_LOST, .size = sizeof(lost) },
		.count = count,
		.why = why,
	};

	return count ? give(output, &lost) : 0;
}

static int give_frames(const struct session_output *output)
{
	struct ts_transition t = {
		.frame = { .type = TS_FRAME_TRANSITION, .size = TS_TRANSITION_BASE },
		.family = 4,
		.old_state = TS_CLOSED,
		.new_state = TS_LISTEN,
	};
	int err = give(output, &t);

	if (!err)
		err = give_lost(output, TS_LOST_BUFFER, ending->full);
	if (!err)
		err = give_lost(output, TS_LOST_RECURSION, ending->interrupted);
	return err ? err : give(output, &t);
}

int session_run(const struct options *options, struct cmd_context *ctx,
		const struct session_output *output, bool *started)
{
	int err;

	(void)options;
	*started = ending->started;
	if (!ending->started)
		return cmd_kernel(ctx, error_set(&ctx->error, -ending->error, "%s", ending->words));
	err = give_frames(output);
	if (!err)
		err = sink_flush(output->sink);
	sink_stop(output->sink);
	return err ? err : ending->error;
}

int main(int argc, char **argv)
{
	static struct options options;

	if (argc != 3)
		return EXIT_USAGE;
	for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++)
		if (!strcmp(endings[i].name, argv[1]))
			ending = &endings[i];
	if (!ending)
		return EXIT_USAGE;
	options.file = argv[2];
	return cmd_record(&options);
}
