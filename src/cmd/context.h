/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The opening and closing that commands share: loop, standard output, error, exit status.
 * The one mapping from an error to an exit status.
 */
#ifndef CMD_CONTEXT_H
#define CMD_CONTEXT_H

#include "cmd/cmd.h"
#include "lib/error.h"
#include "lib/loop.h"
#include "lib/sink.h"

/* Zeroed but for the name. A command without a loop or sink may leave out cmd_open(). */
struct cmd_context {
	const char *name; /* of the command, for messages */
	struct loop *loop;
	struct sink *sink; /* standard output */
	struct error error;
	enum exit_status status; /* overrides EXIT_FINE, and EXIT_FAILED of an error */
};

/*
 * Opens the loop, and the sink on standard output. A reader that hangs up ends the loop.
 * Returns 0 or -errno with ctx->error set. cmd_close() is due in either case.
 */
int cmd_open(struct cmd_context *ctx);

/* Runs the loop. Returns what loop_run() returns; later flushes do not wait for a stuck reader. */
int cmd_loop(struct cmd_context *ctx);

/* Passes on the result of checking options: -EINVAL exits with EXIT_USAGE. */
int cmd_usage(struct cmd_context *ctx, int err);

struct options;

/* Checks that the namespace of --netns exists. Returns 0 or -errno with ctx->error set. */
int cmd_find_netns(struct cmd_context *ctx, const struct options *options);

/* Passes on the result of starting a trace or a scan: see cmd_kernel_status(). */
int cmd_kernel(struct cmd_context *ctx, int err);

/*
 * Flushes standard output, prints ctx->error, frees loop and sink. A negative err is a failure,
 * even without a text; -EPIPE and -ECANCELED (a reader or a user that ended it) are not.
 * Returns the exit status.
 */
int cmd_close(struct cmd_context *ctx, int err);

/*
 * EXIT_UNABLE where err means a missing privilege or kernel feature, EXIT_FAILED for any other
 * failure (such as -ENOMEM), EXIT_FINE for 0.
 */
enum exit_status cmd_kernel_status(int err);

#endif
