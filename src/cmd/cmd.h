/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The commands' entry points, in main.c's table. Each returns an exit status. */
#ifndef CMD_CMD_H
#define CMD_CMD_H

#include "cli/options.h"

enum exit_status {
	EXIT_FINE = 0,
	EXIT_FAILED = 1, /* a failure, or an assertion that did not hold */
	EXIT_USAGE = 2,
	EXIT_UNABLE = 3, /* missing privilege or kernel feature */
	EXIT_LOST = 4,	 /* lost events that the command promises to have */
};

int cmd_trace(const struct options *options);
int cmd_count(const struct options *options);
int cmd_record(const struct options *options);
int cmd_replay(const struct options *options);
int cmd_list(const struct options *options);
int cmd_stuck(const struct options *options);
int cmd_doctor(const struct options *options);
int cmd_selftest(const struct options *options);
int cmd_stats(const struct options *options);
int cmd_explain(const struct options *options);

#endif
