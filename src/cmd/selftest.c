// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* selftest: runs the test cases and prints TAP. */
#include <errno.h>
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/context.h"
#include "selftest/selftest.h"

static void list(const struct case_list *cases)
{
	char name[128];

	for (size_t i = 0; i < cases->n; i++) {
		case_name(&cases->tests[i], name, sizeof(name));
		(void)puts(name);
	}
}

static enum exit_status report(const struct selftest *self, struct tap *tap)
{
	run_report(&self->run, tap);
	tap_end(tap);
	if (self->run.quiet.lost || (self->run.quiet.missed && tap->failed))
		return EXIT_LOST;
	return tap->failed ? EXIT_FAILED : EXIT_FINE;
}

static enum exit_status run(struct selftest *self)
{
	struct tap tap;
	int err;

	tap_begin(&tap, stdout, run_plan(&self->run));
	err = selftest_run(self);
	if (!err)
		return report(self, &tap);
	tap_bail_out(&tap, err == -EINTR ? "interrupted" : strerror(-err));
	return EXIT_FAILED;
}

int cmd_selftest(const struct options *options)
{
	const struct selftest_config config = {
		.patterns = options->argv,
		.n_patterns = options->argc,
		.tier = options->tier,
		.buffer_bytes = options->buffer_bytes,
		.disable_program = options->without,
		.long_tests = options->long_tests,
		.verbosity = options->verbosity,
		.debug = options->debug,
	};
	struct cmd_context ctx = { .name = "selftest" };
	struct selftest self;
	int err = selftest_new(&config, &self, &ctx.error);

	if (err == -ENOENT)
		ctx.status = EXIT_USAGE;
	if (!err && options->list) {
		list(self.run.cases);
	} else if (!err) {
		err = cmd_kernel(&ctx, selftest_start(&config, &self, &ctx.error));
		if (err == -ENXIO) /* --without: no such program */
			ctx.status = EXIT_USAGE;
		if (!err && options->list_programs)
			(void)fputs(self.run.programs, stdout);
		else if (!err)
			ctx.status = run(&self);
	}
	selftest_free(&self);
	return cmd_close(&ctx, 0);
}
