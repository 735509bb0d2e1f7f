// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Loop, standard output, error and exit status of a command. */
#include "cmd/context.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/options.h"

/* The kernel's own, which no user-space header has: a BPF program that it does not support. */
enum { ENOTSUPP = 524 };

int cmd_open(struct cmd_context *ctx)
{
	int err = loop_new(&ctx->loop, &ctx->error);

	if (err)
		return err;
	if (sink_new(STDOUT_FILENO, loop_stop_fd(ctx->loop), &ctx->sink))
		return error_set(&ctx->error, ENOMEM, "cannot buffer the output: out of memory");
	(void)loop_add_hangup(ctx->loop, STDOUT_FILENO);
	return 0;
}

int cmd_loop(struct cmd_context *ctx)
{
	int err = loop_run(ctx->loop);

	sink_stop(ctx->sink); /* the loop has taken the stop signal that the sink would wait for */
	return err;
}

int cmd_usage(struct cmd_context *ctx, int err)
{
	if (err == -EINVAL)
		ctx->status = EXIT_USAGE;
	return err;
}

int cmd_kernel(struct cmd_context *ctx, int err)
{
	if (cmd_kernel_status(err) == EXIT_UNABLE)
		ctx->status = EXIT_UNABLE;
	return err;
}

int cmd_find_netns(struct cmd_context *ctx, const struct options *options)
{
	if (!options->netns_by_inode)
		return 0;
	return cmd_kernel(ctx, netns_find(options->netns.inode, &ctx->error));
}

enum exit_status cmd_kernel_status(int err)
{
	switch (-err) {
	case 0:
		return EXIT_FINE;
	case EPERM:
	case EACCES:
	case EOPNOTSUPP:
	case ENOTSUPP:
	case ENOSYS:
	case ENODEV:
	case ENOENT: /* no such tracepoint, no BTF */
	case ESRCH:  /* no such function or type in the kernel's BTF */
	case EINVAL: /* an attribute or program that this kernel does not know */
	case E2BIG:  /* an attribute, or more program than its verifier takes */
		return EXIT_UNABLE;
	}
	return EXIT_FAILED;
}

/* Returns 0, or -errno with error set when a part of the output could not be written. */
static int close_output(struct cmd_context *ctx)
{
	if (ctx->sink)
		return sink_close(ctx->sink, &ctx->error);
	if ((fflush(stdout) || ferror(stdout)) && errno != EPIPE) /* as sink_close() */
		return error_set(&ctx->error, EIO, "cannot write standard output: %s",
				 strerror(errno));
	return 0;
}

int cmd_close(struct cmd_context *ctx, int err)
{
	enum exit_status status = ctx->status;

	if (close_output(ctx))
		status = EXIT_FAILED;
	else if (err < 0 && err != -EPIPE && err != -ECANCELED)
		error_set(&ctx->error, -err, "%s ended early: %s", ctx->name, strerror(-err));
	if (ctx->error.text[0]) {
		error_print(&ctx->error);
		if (status == EXIT_FINE)
			status = EXIT_FAILED;
	}
	sink_free(ctx->sink);
	loop_free(ctx->loop);
	return status;
}
