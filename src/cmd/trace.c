// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* trace: a session whose consumer is an output on standard output. */
#include "cmd/session.h"

int cmd_trace(const struct options *options)
{
	const struct output_config config = session_output_config(options);
	struct cmd_context ctx = { .name = "trace" };
	struct output *output = NULL;
	int err = cmd_open(&ctx);

	if (!err)
		err = output_new(&config, ctx.sink, &output, &ctx.error);
	if (!err) {
		const struct session_output to = {
			.consumer = { output_take, output },
			.take_origins = output_origins,
			.sink = ctx.sink,
			.cgroup_paths = output_shows_cgroup(output),
		};
		bool started;

		err = session_run(options, &ctx, &to, &started);
	}
	output_free(output);
	return cmd_close(&ctx, err);
}
