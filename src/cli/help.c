// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The table of options as --help and as mdoc. */
#include <ctype.h>
#include <string.h>

#include "cli/table.h"
#include "lib/utf8.h"

enum { HELP_INDENT = 24, HELP_WIDTH = 80 };

static const char *const group_names[GROUPS] = {
	[GROUP_FILTER] = "Filters",
	[GROUP_OUTPUT] = "Output",
	[GROUP_OTHER] = "Other",
};

/* `left` in the first column, `text` beside it, or below it where it is too wide. */
static void print_row(FILE *out, const char *left, const char *text)
{
	int at = fprintf(out, "  %s", left);

	if (at + 2 > HELP_INDENT) {
		fputc('\n', out);
		at = 0;
	}
	at += fprintf(out, "%*s", HELP_INDENT - at, "");
	utf8_print_wrapped(out, HELP_WIDTH, HELP_INDENT, (unsigned)at, text);
}

static void print_option(FILE *out, const struct option_spec *spec)
{
	char letter[] = "    ";
	char left[64];

	if (spec->letter)
		(void)snprintf(letter, sizeof(letter), "-%c, ", spec->letter);
	(void)snprintf(left, sizeof(left), "%s--%s%s%s", letter, spec->name,
		       spec->argument ? " " : "", spec->argument ? spec->argument : "");
	print_row(out, left, spec->help);
}

/* The group's options that one of `bits` takes; no heading without any. */
static void print_group(FILE *out, enum option_group group, unsigned bits)
{
	bool headed = false;

	for (const struct option_spec *spec = option_specs; spec->help; spec++) {
		if (spec->group != group || !(spec->commands & bits))
			continue;
		if (!headed)
			fprintf(out, "\n%s:\n", group_names[group]);
		headed = true;
		print_option(out, spec);
	}
}

static void print_commands(FILE *out)
{
	fputs("Usage: tcpstate [COMMAND] [OPTION...]\n\n", out);
	utf8_print_wrapped(
		out, HELP_WIDTH, 0, 0,
		"Shows every TCP state transition of this machine as it happens, with the process "
		"that owns the socket.");
	fputs("\nCommands:\n", out);
	for (const struct command *c = commands; c->name; c++) {
		char left[64];

		(void)snprintf(left, sizeof(left), "%s%s%s", c->name, *c->synopsis ? " " : "",
			       c->synopsis);
		print_row(out, left, c->summary);
	}
	fprintf(out, "\nWithout a command: %s. \"tcpstate COMMAND --help\" shows what one takes.\n",
		commands->name);
}

static void print_command(FILE *out, const struct command *command)
{
	fprintf(out, "Usage: tcpstate %s [OPTION...]%s%s\n\n", command->name,
		*command->synopsis ? " " : "", command->synopsis);
	utf8_print_wrapped(out, HELP_WIDTH, 0, (unsigned)fprintf(out, "%s: ", command->name),
			   command->summary);
}

void option_print_help(FILE *out, const struct command *command)
{
	if (command)
		print_command(out, command);
	else
		print_commands(out);
	for (enum option_group group = 0; group < GROUPS; group++)
		print_group(out, group, command ? command->bit : COMMAND_ALL);
}

/* One text line of mdoc: no character of it is read as a request. */
static void print_mdoc_text(FILE *out, const char *text, size_t length)
{
	if (*text == '.' || *text == '\'')
		fputs("\\&", out);
	for (size_t i = 0; i < length; i++) {
		if (text[i] == '\\')
			fputs("\\e", out);
		else
			fputc(text[i], out);
	}
}

static void print_mdoc_help(FILE *out, const char *help)
{
	fputc(toupper((unsigned char)*help), out);
	print_mdoc_text(out, help + 1, strlen(help + 1));
	fputs(".\n", out);
}

static void print_mdoc_lines(FILE *out, const char *lines)
{
	while (*lines) {
		size_t length = strcspn(lines, "\n");

		print_mdoc_text(out, lines, length);
		fputc('\n', out);
		lines += length + (lines[length] == '\n');
	}
}

/* "Taken by trace, count and record.", unless all commands take it. */
static void print_mdoc_takers(FILE *out, unsigned bits)
{
	const char *before = "Taken by";
	const struct command *last = NULL;
	unsigned missing = 0;

	for (const struct command *c = commands; c->name; c++) {
		if (c->bit & bits)
			last = c;
		else
			missing++;
	}
	if (!last || !missing)
		return;
	for (const struct command *c = commands; c->name; c++) {
		if (!(c->bit & bits))
			continue;
		if (c == last && before[0] == ',')
			before = " and";
		fprintf(out, "%s %s", before, c->name);
		before = ",";
	}
	fputs(".\n", out);
}

static void print_mdoc_option(FILE *out, const struct option_spec *spec)
{
	fputs(".It", out);
	if (spec->letter)
		fprintf(out, " Fl %c ,", spec->letter);
	fprintf(out, " Fl -%s", spec->name);
	if (spec->argument)
		fprintf(out, " Ar %s", spec->argument);
	fputc('\n', out);
	print_mdoc_help(out, spec->help);
	if (spec->detail)
		print_mdoc_lines(out, spec->detail);
	print_mdoc_takers(out, spec->commands);
}

void option_print_man(FILE *out)
{
	for (enum option_group group = 0; group < GROUPS; group++) {
		fprintf(out, ".Ss %s\n.Bl -tag -width Ds\n", group_names[group]);
		for (const struct option_spec *spec = option_specs; spec->help; spec++) {
			if (spec->group == group)
				print_mdoc_option(out, spec);
		}
		fputs(".El\n", out);
	}
}
