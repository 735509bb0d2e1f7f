// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* count: sockets per state and transitions, a line per interval. */
#include "cmd/context.h"
#include "cmd/confine.h"
#include "cmd/coverage.h"
#include "cmd/filter_note.h"

#include <errno.h>
#include <string.h>

#include "counts/counts.h"
#include "output/count.h"

struct count {
	struct counts_reader reader;
	struct count_output output;
	struct counts last;
	unsigned long lines, lines_max; /* lines_max 0: no limit */
};

static void note_coverage(struct count *count, int verbosity)
{
	const struct tracer_facts *facts = tracer_facts(count->reader.tracer);

	coverage_note(facts, verbosity);
	count->reader.netns_missed = count->output.netns_noted = facts->ready.netns_missed;
}

/* A loop_fn: 1 ends the loop. */
static int count_line(void *context)
{
	struct count *count = context;
	struct counts now;
	int err = counts_read(&count->reader, &now);

	if (!err)
		err = count_output_line(&count->output, &count->last, &now);
	if (err)
		return err;
	count->last = now;
	return ++count->lines == count->lines_max;
}

static int count_run(struct count *count, struct cmd_context *ctx, double interval)
{
	int err = loop_add_timer(ctx->loop, (uint64_t)((interval > 0 ? interval : 1) * 1e9),
				 count_line, count);

	if (err)
		return error_set(&ctx->error, -err, "cannot set a timer: %s", strerror(-err));
	err = count_line(count);
	return err ? err : cmd_loop(ctx);
}

int cmd_count(const struct options *options)
{
	const struct tracer_config config = {
		.filter = options->filter,
		.tier = options->tier,
		.late_ports = options->filter.on & (TS_BY_LPORT | TS_BY_PORT),
		.debug = options->debug,
	};
	struct count count = {
		.reader.minisocks_unknown = options->filter.on & TRACER_MINISOCKS_UNKNOWN,
		.lines_max = options->rounds,
		.output = { .format = options->format, .verbosity = options->verbosity },
	};
	struct cmd_context ctx = { .name = "count" };
	int err = cmd_open(&ctx);

	count.output.sink = ctx.sink;
	if (!err)
		err = cmd_find_netns(&ctx, options);
	if (!err)
		filter_note(options);
	if (!err)
		err = cmd_kernel(&ctx, tracer_new(&config, &count.reader.tracer, &ctx.error));
	if (!err) {
		note_coverage(&count, options->verbosity);
		confine(CONFINE_BPF |
				(tracer_follows_minisocks(count.reader.tracer) ? 0 : CONFINE_SCANS),
			options->verbosity);
		err = count_run(&count, &ctx, options->interval);
	}
	tracer_free(count.reader.tracer);
	return cmd_close(&ctx, err);
}
