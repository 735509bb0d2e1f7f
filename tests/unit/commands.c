// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The commands as unit tests know them, in place of main.c: the same bits, nothing to run. */
#include "cli/options.h"

const struct command commands[] = {
	{"trace", COMMAND_TRACE, "", "print every state transition as it happens", NULL},
	{"count", COMMAND_COUNT, "[INTERVAL [N]]", "print one line of counts an interval", NULL},
	{"record", COMMAND_RECORD, "", "write the stream to a file", NULL},
	{"replay", COMMAND_REPLAY, "FILE", "read a recording back", NULL},
	{"doctor", COMMAND_DOCTOR, "", "say what this kernel offers", NULL},
	{"selftest", COMMAND_SELFTEST, "[TEST...]", "test this kernel", NULL},
	{"stats", COMMAND_STATS, "[INTERVAL [N]]", "print protocol counters", NULL},
	{"list", COMMAND_LIST, "", "list the sockets there are", NULL},
	{"explain", COMMAND_EXPLAIN, "[STATE | OLD NEW | REASON]", "say what it means", NULL},
	{"stuck", COMMAND_STUCK, "", "say which sockets are stuck", NULL},
	{NULL, 0, NULL, NULL, NULL},
};
