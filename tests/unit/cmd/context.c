// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The exit status of a command by its error. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "cmd/context.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

static void test_kernel_status(void **state)
{
	static const int unable[] = {EPERM,  EACCES, EOPNOTSUPP, ENOSYS, ENODEV,
				     ENOENT, ESRCH,  EINVAL,	 E2BIG,  524};
	static const int failed[] = {ENOMEM, EMFILE, ENFILE, EIO,   EBUSY,
				     EAGAIN, ENOSPC, EPROTO, EPIPE, EINTR};

	(void)state;
	assert_int_equal(cmd_kernel_status(0), EXIT_FINE);
	for (size_t i = 0; i < COUNT(unable); i++)
		assert_int_equal(cmd_kernel_status(-unable[i]), EXIT_UNABLE);
	for (size_t i = 0; i < COUNT(failed); i++)
		assert_int_equal(cmd_kernel_status(-failed[i]), EXIT_FAILED);
}

enum phase { PHASE_USAGE, PHASE_KERNEL, PHASE_RUN };

/* Standard error of the last close_after(). */
static char shown[256];

/* Ends a command after `err` in `phase`, with standard error in a pipe. Returns its status. */
static int close_after(enum phase phase, int err, enum exit_status status, const char *text)
{
	struct cmd_context ctx = {.name = "list", .status = status};
	int pipes[2], saved = dup(STDERR_FILENO), result;
	ssize_t n;

	assert_int_equal(pipe2(pipes, O_NONBLOCK), 0);
	assert_int_equal(dup2(pipes[1], STDERR_FILENO), STDERR_FILENO);
	if (text)
		error_set(&ctx.error, -err, "%s", text);
	if (phase == PHASE_USAGE)
		assert_int_equal(cmd_usage(&ctx, err), err);
	if (phase == PHASE_KERNEL)
		assert_int_equal(cmd_kernel(&ctx, err), err);
	result = cmd_close(&ctx, err);
	assert_int_equal(dup2(saved, STDERR_FILENO), STDERR_FILENO);
	close(saved);
	close(pipes[1]);
	n = read(pipes[0], shown, sizeof(shown) - 1);
	shown[n > 0 ? n : 0] = '\0';
	close(pipes[0]);
	return result;
}

static void test_close(void **state)
{
	static const struct {
		enum phase phase;
		int err;
		enum exit_status before; /* set by the command */
		const char *text;
		int status;
		const char *shown;
	} cases[] = {
		{PHASE_RUN, 0, EXIT_FINE, NULL, EXIT_FINE, ""},
		{PHASE_RUN, 1, EXIT_FINE, NULL, EXIT_FINE, ""},
		{PHASE_USAGE, 0, EXIT_FINE, NULL, EXIT_FINE, ""},
		{PHASE_KERNEL, 0, EXIT_FINE, NULL, EXIT_FINE, ""},
		{PHASE_RUN, -EPIPE, EXIT_FINE, NULL, EXIT_FINE, ""},
		{PHASE_RUN, -ECANCELED, EXIT_FINE, NULL, EXIT_FINE, ""},
		{PHASE_RUN, 0, EXIT_LOST, NULL, EXIT_LOST, ""},
		{PHASE_RUN, 0, EXIT_LOST, "2 events were lost", EXIT_LOST,
		 "tcpstate: 2 events were lost\n"},
		{PHASE_RUN, -ENOMEM, EXIT_FINE, NULL, EXIT_FAILED,
		 "tcpstate: list ended early: Cannot allocate memory\n"},
		{PHASE_RUN, -EPERM, EXIT_FINE, "no", EXIT_FAILED, "tcpstate: no\n"},
		{PHASE_USAGE, -EINVAL, EXIT_FINE, "no such column", EXIT_USAGE,
		 "tcpstate: no such column\n"},
		{PHASE_USAGE, -ENOMEM, EXIT_FINE, "out of memory", EXIT_FAILED,
		 "tcpstate: out of memory\n"},
		{PHASE_KERNEL, -EPERM, EXIT_FINE, "cannot trace", EXIT_UNABLE,
		 "tcpstate: cannot trace\n"},
		/* the consumer of the first frames: its reader has gone */
		{PHASE_KERNEL, -EPIPE, EXIT_FINE, NULL, EXIT_FINE, ""},
		{PHASE_KERNEL, -EMFILE, EXIT_FINE, "cannot trace", EXIT_FAILED,
		 "tcpstate: cannot trace\n"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		int status = close_after(cases[i].phase, cases[i].err, cases[i].before,
					 cases[i].text);

		if (status != cases[i].status || strcmp(shown, cases[i].shown))
			fail_msg("case %zu: status %d, \"%s\"", i, status, shown);
	}
}

/* A failed write of the output beats every other status. */
static void test_full_output(void **state)
{
	struct cmd_context ctx = {.name = "list", .status = EXIT_LOST};
	int full = open("/dev/full", O_WRONLY | O_CLOEXEC);

	(void)state;
	if (full < 0)
		skip();
	assert_int_equal(sink_new(full, -1, &ctx.sink), 0);
	assert_int_equal(sink_write(ctx.sink, "x", 1), 0);
	assert_int_equal(cmd_close(&ctx, 0), EXIT_FAILED);
	close(full);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kernel_status),
		cmocka_unit_test(test_close),
		cmocka_unit_test(test_full_output),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
