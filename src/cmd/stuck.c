// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* stuck: reports, watches or closes the sockets that are too long in a state. */
#include <errno.h>
#include <unistd.h>

#include "cmd/confine.h"
#include "cmd/context.h"
#include "cmd/filter_note.h"
#include "lib/stop.h"
#include "lib/terminal.h"
#include "origin/origin.h"
#include "output/output.h"
#include "stuck/close.h"
#include "stuck/fields.h"
#include "stuck/scan.h"
#include "system/privilege.h"

enum { WIDTH_MAX = 120 };

static int check_options(const struct options *options, struct error *error)
{
	bool watch = options->interval > 0;

	if (options->rounds && !watch)
		return error_set(error, EINVAL, "--frames counts scans of --watch: give --watch");
	if (watch && (options->once || options->close))
		return error_set(error, EINVAL, "--watch repeats: leave out --once and --close");
	if (options->once && options->close)
		return error_set(error, EINVAL,
				 "--once closes nothing: leave out --once or --close");
	if (options->yes && !options->close)
		return error_set(error, EINVAL, "--yes answers --close: give --close=fin or reset");
	if (options->close && !options->yes && !(isatty(STDIN_FILENO) && isatty(STDERR_FILENO)))
		return error_set(error, EINVAL,
				 "--close asks first, and there is no terminal to ask: give --yes");
	if (options->origin && !watch && !stuck_is_pinned(true))
		return error_set(error, EINVAL,
				 "--origin: no tracer records origins: give --watch, or start "
				 "\"tcpstate trace --pin --origin\" first");
	return 0;
}

/* Members of a group that may see all sockets may not end those of other users. */
static int check_caller(const struct options *options, struct error *error)
{
	if (options->close && privileges_lent())
		return error_set(
			error, EPERM,
			"--close would use the capabilities of the program file on sockets "
			"of other users: run it as root (sudo)");
	return 0;
}

static const struct field_table *table_of(const struct options *options)
{
	if (options->close)
		return &stuck_close_fields;
	return options->origin ? &stuck_origin_fields : &stuck_fields;
}

static int run_once(struct stuck_scan *scan, const struct options *options, struct cmd_context *ctx)
{
	const struct stuck_close_config close = {
		.how = options->close,
		.ask = !options->yes,
		.verbosity = options->verbosity,
		.netns = options->netns.inode ? &options->netns : NULL,
		.stop_fd = loop_stop_fd(ctx->loop),
	};
	const struct stuck_once_config config = { .check = options->once,
						  .close = options->close ? &close : NULL };
	int err = stuck_once(scan, &config);

	if (err > 0)
		ctx->status = EXIT_FAILED;
	return err;
}

static int run_scans(struct stuck_scan *scan, const struct options *options,
		     struct cmd_context *ctx)
{
	int err;

	if (options->interval > 0)
		err = stuck_watch(scan, ctx->loop, (uint64_t)(options->interval * 1e9),
				  options->rounds);
	else
		err = run_once(scan, options, ctx);
	sink_stop(ctx->sink);
	if (err < 0 && !scan->reported && cmd_kernel_status(err) == EXIT_UNABLE)
		ctx->status = EXIT_UNABLE;
	return err;
}

int cmd_stuck(const struct options *options)
{
	const struct stuck_config config = {
		.rules = &options->rules,
		.more_than = options->more_than,
		.filter = &options->filter,
		.netns = options->netns.inode ? &options->netns : NULL,
		.tier = options->tier,
		.own_tracer = options->interval > 0,
		.origin = options->origin,
		.two_looks = options->close,
		.debug = options->debug,
		.verbosity = options->verbosity,
		.diagnose = options->format == FORMAT_TEXT && !options->columns,
		.width = terminal_text_width(STDOUT_FILENO, WIDTH_MAX),
		.utf8 = locale_is_utf8(),
	};
	const struct output_config output = {
		.format = options->format,
		.table = table_of(options),
		.type = "stuck",
		.columns = options->columns,
		.color = options->color,
		.resolve = options->resolve,
		.verbosity = options->verbosity,
	};
	struct cmd_context ctx = { .name = "stuck" };
	struct stuck_scan scan = { .config = &config, .error = &ctx.error };
	int err = options->origin ? cmd_kernel(&ctx, origins_supported(&ctx.error)) : 0;

	if (!err)
		err = cmd_usage(&ctx, check_options(options, &ctx.error));
	if (!err)
		err = cmd_kernel(&ctx, check_caller(options, &ctx.error));
	if (!err)
		err = cmd_open(&ctx);
	if (options->interval <= 0 && !options->close)
		stop_at_once();
	if (!err)
		err = cmd_usage(&ctx, output_new(&output, ctx.sink, &scan.output, &ctx.error));
	scan.sink = ctx.sink;
	if (!err)
		err = cmd_kernel(&ctx, stuck_scan_open(&scan, ctx.loop));
	if (!err)
		filter_note(options);
	if (!err && options->interval > 0)
		confine(CONFINE_BPF | CONFINE_SCANS | CONFINE_FILES |
				(scan.collector ? CONFINE_ORIGINS : 0),
			options->verbosity);
	if (!err)
		err = run_scans(&scan, options, &ctx);
	stuck_scan_close(&scan);
	output_free(scan.output);
	return cmd_close(&ctx, err);
}
