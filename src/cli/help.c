// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* --help of the program, which is short, and of one command, with all its options. */
#include <ctype.h>
#include <string.h>

#include "cli/table.h"
#include "lib/utf8.h"

enum { WIDTH = 80, OPTION_INDENT = 24, COMMAND_INDENT = 12, EXAMPLE_INDENT = 44 };

static const char *const group_names[GROUPS] = {
	[GROUP_FILTER] = "Filters", [GROUP_OUTPUT] = "Output", [GROUP_OTHER] = "Other options"
};

/* Options in the program's own help. */
static const char *const common[] = { "pid",   "comm", "lport",	  "rport", "state",
				      "netns", "json", "columns", "help",  NULL };

/* Prints `left`, and `text` in lines that begin at column `indent`. */
static void print_row(FILE *out, const char *left, int indent, const char *text)
{
	int at = fprintf(out, "%s", left);

	if (at && at + 2 > indent) {
		fputc('\n', out);
		at = 0;
	}
	if (at)
		at += fprintf(out, "%*s", indent - at, "");
	utf8_print_wrapped(out, WIDTH, (unsigned)indent, (unsigned)at, text);
}

static void print_option(FILE *out, const struct option_spec *spec)
{
	char letter[] = "    ";
	char left[64];

	if (spec->letter)
		(void)snprintf(letter, sizeof(letter), "-%c, ", spec->letter);
	(void)snprintf(left, sizeof(left), "  %s--%s%s%s", letter, spec->name,
		       spec->argument ? " " : "", spec->argument ? spec->argument : "");
	print_row(out, left, OPTION_INDENT, spec->help);
}

/* The group's options that the command takes; no heading without any. */
static void print_group(FILE *out, enum option_group group, const struct command *command)
{
	bool headed = false;

	for (const struct option_spec *spec = option_specs; spec->help; spec++) {
		if (spec->group != group || !(spec->commands & command->bit))
			continue;
		if (!headed)
			fprintf(out, "\n%s:\n", group_names[group]);
		headed = true;
		print_option(out, spec);
	}
}

static void print_example(FILE *out, const struct example *example)
{
	char left[128];

	(void)snprintf(left, sizeof(left), "  tcpstate %s", example->words);
	print_row(out, left, EXAMPLE_INDENT, example->effect);
}

void help_print(FILE *out, const struct command *commands)
{
	static const struct example examples[] = {
		{ "-L 443 --failed", "trace failed connections to port 443" },
		{ "list -l", "list listeners with their processes" },
		{ "stuck", "find leaked sockets and their owners" },
	};

	fputs("Usage: tcpstate [COMMAND] [OPTION...]\n\n", out);
	print_row(out, "", 0,
		  "Prints every TCP state transition of this host as it happens, with the process "
		  "that owns the socket. Tracing needs root.");
	fputs("\nCommands:\n", out);
	for (const struct command *c = commands; c->name; c++) {
		char left[32];

		(void)snprintf(left, sizeof(left), "  %s", c->name);
		print_row(out, left, COMMAND_INDENT, c->summary);
	}
	fputs("\nCommon options:\n", out);
	for (const char *const *name = common; *name; name++)
		for (const struct option_spec *spec = option_specs; spec->help; spec++)
			if (!strcmp(*name, spec->name))
				print_option(out, spec);
	fputs("\nExamples:\n", out);
	for (size_t i = 0; i < sizeof(examples) / sizeof(*examples); i++)
		print_example(out, &examples[i]);
	fputs("\n\"tcpstate COMMAND --help\" lists the options of a command. Manual: tcpstate(8).\n",
	      out);
}

void help_print_command(FILE *out, const struct command *command)
{
	fprintf(out, "Usage: tcpstate %s [OPTION...]%s%s\n\n", command->name,
		*command->synopsis ? " " : "", command->synopsis);
	fprintf(out, "%c%s.\n\nExamples:\n", toupper((unsigned char)*command->summary),
		command->summary + 1);
	for (int i = 0; i < EXAMPLES && command->examples[i].words; i++)
		print_example(out, &command->examples[i]);
	for (enum option_group group = 0; group < GROUPS; group++)
		print_group(out, group, command);
}
