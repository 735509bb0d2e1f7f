// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The table of commands, and the way to the one that was asked for. */
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "fields/field.h"
#include "cli/options.h"

/* The first is what a bare `tcpstate` runs. */
const struct command commands[] = {
	{ "trace", COMMAND_TRACE, "", "print every state transition as it happens", cmd_trace },
	{ "count", COMMAND_COUNT, "[INTERVAL [N]]",
	  "one line an interval: sockets in each state, transitions since the last line",
	  cmd_count },
	{ "stats", COMMAND_STATS, "[INTERVAL [N]]",
	  "protocol counters, as netstat -s; then, each INTERVAL, their growth a second",
	  cmd_stats },
	{ "record", COMMAND_RECORD, "-w FILE", "write the transitions to a file", cmd_record },
	{ "replay", COMMAND_REPLAY, "FILE", "read a recording back, through any output and filter",
	  cmd_replay },
	{ "list", COMMAND_LIST, "", "the sockets there are now, with their processes", cmd_list },
	{ "stuck", COMMAND_STUCK, "",
	  "sockets that stay where they should not, why, and a way to close them", cmd_stuck },
	{ "doctor", COMMAND_DOCTOR, "",
	  "what this kernel offers, what is missing, what that costs, how to mend it", cmd_doctor },
	{ "selftest", COMMAND_SELFTEST, "[TEST...]",
	  "drive this kernel's TCP through every state and check what is seen (TAP)",
	  cmd_selftest },
	{ "explain", COMMAND_EXPLAIN, "[STATE | OLD NEW | REASON]",
	  "what it means, who must act next, what to look at; alone, the state diagram",
	  cmd_explain },
	{ 0 },
};

/*
 * A standard stream that was closed must not become some descriptor of ours. What takes its
 * place still fails as a closed one does.
 */
static void hold_standard_streams(void)
{
	for (int fd = 0; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0)
			(void)open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

int main(int argc, char **argv)
{
	const struct command *command = NULL;
	struct options options = { 0 };
	struct error error = { "" };
	enum parsed parsed;
	int status = EXIT_FINE;

	hold_standard_streams();
	(void)setlocale(LC_ALL, "");
	tzset();
	if (option_parse(argc, argv, &command, &options, &parsed, &error)) {
		error_print(&error);
		option_free(&options);
		return EXIT_USAGE;
	}
	switch (parsed) {
	case PARSED_HELP:
		option_print_help(stdout, command);
		break;
	case PARSED_VERSION:
		(void)puts("tcpstate " TCPSTATE_VERSION);
		break;
	case PARSED_COLUMNS:
		field_print_help(command->bit & COMMAND_LIST  ? &socket_fields :
				 command->bit & COMMAND_STUCK ? &stuck_fields :
								&transition_fields,
				 stdout);
		break;
	case PARSED_RUN:
		status = command->run(&options);
		break;
	}
	option_free(&options);
	if (parsed != PARSED_RUN && (fflush(stdout) || ferror(stdout))) {
		error_set(&error, EIO, "cannot write to standard output");
		error_print(&error);
		status = EXIT_FAILED;
	}
	return status;
}
