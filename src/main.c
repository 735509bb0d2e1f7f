// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The table of commands; runs one of them. */
#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/options.h"
#include "cmd/context.h"
#include "fields/field.h"

/* A bare `tcpstate` runs the first. */
static const struct command commands[] = {
	{ "trace",
	  COMMAND_TRACE,
	  "",
	  "print every state transition as it happens (default)",
	  { { "trace --handshakes -R 5432", "handshakes with a database" },
	    { "trace -c nginx --failed -j", "failed connections of nginx, as JSON" } },
	  cmd_trace },
	{ "count",
	  COMMAND_COUNT,
	  "[INTERVAL [N]]",
	  "print sockets in each state and transitions, one line per interval",
	  { { "count", "one line per second until Ctrl-C" },
	    { "count -L 443 60 10", "port 443: ten lines, one per minute" } },
	  cmd_count },
	{ "list",
	  COMMAND_LIST,
	  "",
	  "list sockets with their processes, as netstat and ss do",
	  { { "list -tl", "TCP listeners" },
	    { "list -s close-wait --sort -age", "sockets in CLOSE_WAIT, oldest first" } },
	  cmd_list },
	{ "stuck",
	  COMMAND_STUCK,
	  "",
	  "find sockets that are stuck, explain why, and close them",
	  { { "stuck --rule 'CLOSE_WAIT>10s'", "stuck after 10 seconds already" },
	    { "stuck -c worker --close fin", "close those of \"worker\"; asks first" } },
	  cmd_stuck },
	{ "stats",
	  COMMAND_STATS,
	  "[INTERVAL [N]]",
	  "print protocol counters as netstat -s, or their growth per second",
	  { { "stats -P tcp,udp", "counters of TCP and UDP" },
	    { "stats -P tcp 5", "growth per second, every 5 seconds" } },
	  cmd_stats },
	{ "record",
	  COMMAND_RECORD,
	  "-w FILE",
	  "write transitions to a file",
	  { { "record -w all.tcps", "record until Ctrl-C" },
	    { "record -L 443 -w web.tcps", "record the connections to port 443" } },
	  cmd_record },
	{ "replay",
	  COMMAND_REPLAY,
	  "FILE",
	  "print a recording, with any filter and format",
	  { { "replay all.tcps --failed", "failed connections of a recording" },
	    { "replay all.tcps -s '>close' -j", "ends of connections, as JSON" } },
	  cmd_replay },
	{ "explain",
	  COMMAND_EXPLAIN,
	  "[STATE | OLD NEW | REASON]",
	  "explain a state, transition or reason; alone, draw the state diagram",
	  { { "explain close-wait", "a state" },
	    { "explain established close-wait", "a transition" } },
	  cmd_explain },
	{ "doctor",
	  COMMAND_DOCTOR,
	  "",
	  "report what this kernel supports, and what it takes to get the rest",
	  { { "doctor", "a line for each feature" },
	    { "doctor --tier tracepoint", "the same with tracepoints alone" } },
	  cmd_doctor },
	{ "selftest",
	  COMMAND_SELFTEST,
	  "[TEST...]",
	  "drive the kernel's TCP through every state and check the trace (TAP)",
	  { { "selftest --list", "names of the tests" },
	    { "selftest 'open*'", "tests with such a name" } },
	  cmd_selftest },
	{ 0 },
};

/*
 * Opens closed standard streams, so that no other file gets their descriptors. Reads of standard
 * input and writes to the others still fail.
 */
static void open_closed_streams(void)
{
	for (int fd = 0; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0)
			(void)open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

/* Runs the command, or prints what the options ask for in its place. Returns an exit status. */
static int run(const struct command *command, const struct options *options)
{
	struct cmd_context ctx = { .name = "tcpstate" };

	switch (options->action) {
	case ACTION_RUN:
		return command->run(options);
	case ACTION_HELP:
		if (command)
			help_print_command(stdout, command);
		else
			help_print(stdout, commands);
		break;
	case ACTION_VERSION:
		(void)puts("tcpstate " TCPSTATE_VERSION);
		break;
	case ACTION_COLUMNS:
		field_print_help(command_fields(command), stdout);
		break;
	}
	return cmd_close(&ctx, 0);
}

int main(int argc, char **argv)
{
	struct cmd_context ctx = { .name = "tcpstate" };
	const struct command *command = NULL;
	struct options options;
	int status, err;

	open_closed_streams();
	(void)signal(SIGPIPE, SIG_IGN); /* a write without a reader fails with EPIPE */
	(void)setlocale(LC_ALL, "");
	(void)setlocale(LC_NUMERIC, "C"); /* a decimal point, for programs that read the output */
	tzset();
	if (argc > 1 && !strcmp(argv[1], "--mdoc")) { /* for the build, so not in the table */
		err = man_print(stdout, commands, argc - 2, argv + 2, &ctx.error);
		return cmd_close(&ctx, cmd_usage(&ctx, err));
	}
	err = option_parse(commands, argc, argv, &command, &options, &ctx.error);
	if (err)
		return cmd_close(&ctx, cmd_usage(&ctx, err));
	status = run(command, &options);
	option_free(&options);
	return status;
}
