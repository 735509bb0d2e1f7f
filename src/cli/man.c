// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The lists of the man pages as mdoc, from the tables of options and fields: tcpstate --mdoc. */
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "cli/table.h"
#include "fields/field.h"

/* Prints one text line, no character of which mdoc takes for a request. */
static void print_text(FILE *out, const char *text, size_t length)
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

static void print_help(FILE *out, const char *help)
{
	fputc(toupper((unsigned char)*help), out);
	print_text(out, help + 1, strlen(help + 1));
	fputs(".\n", out);
}

static void print_lines(FILE *out, const char *lines)
{
	while (*lines) {
		size_t length = strcspn(lines, "\n");

		print_text(out, lines, length);
		fputc('\n', out);
		lines += length + (lines[length] == '\n');
	}
}

/* Prints "Taken by trace, count and record.", unless all commands take the option. */
static void print_takers(FILE *out, const struct command *commands, unsigned bits)
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

static void print_option(FILE *out, const struct option_spec *spec)
{
	fputs(".It", out);
	if (spec->letter)
		fprintf(out, " Fl %c ,", spec->letter);
	fprintf(out, " Fl -%s", spec->name);
	if (spec->argument)
		fprintf(out, " Ar %s", spec->argument);
	fputc('\n', out);
	print_help(out, spec->help);
	if (spec->detail)
		print_lines(out, spec->detail);
}

/* Prints the items of one command's options. */
static void print_command(FILE *out, const struct command *command)
{
	for (const struct option_spec *spec = option_specs; spec->help; spec++)
		if (spec->commands & command->bit)
			print_option(out, spec);
}

/* Prints all options in a section and list per group, with the commands that take them. */
static void print_all(FILE *out, const struct command *commands)
{
	for (enum option_group group = 0; group < GROUPS; group++) {
		fprintf(out, ".Ss %s\n.Bl -tag -width Ds\n", option_group_names[group]);
		for (const struct option_spec *spec = option_specs; spec->help; spec++) {
			if (spec->group != group)
				continue;
			print_option(out, spec);
			print_takers(out, commands, spec->commands);
		}
		fputs(".El\n", out);
	}
}

int man_print(FILE *out, const struct command *commands, int argc, char **argv, struct error *error)
{
	/* The columns of stuck without those of a socket. */
	const struct field_table stuck_own = { stuck_fields.fields, stuck_fields.n, NULL };
	const struct {
		const char *name;
		const struct field_table *table;
	} lists[] = {
		{ "columns", &transition_fields },
		{ "socket-columns", &socket_fields },
		{ "stuck-columns", &stuck_own },
	};
	const struct command *only = commands;

	for (size_t i = 0; argc == 1 && i < sizeof(lists) / sizeof(*lists); i++) {
		if (strcmp(argv[0], lists[i].name))
			continue;
		field_print_man(lists[i].table, out);
		return 0;
	}
	if (argc == 1 && !strcmp(argv[0], "options")) {
		print_all(out, commands);
		return 0;
	}
	while (argc == 2 && only->name && strcmp(only->name, argv[1]))
		only++;
	if (argc != 2 || strcmp(argv[0], "options") || !only->name)
		return error_set(error, EINVAL,
				 "--mdoc: unknown list: use options [COMMAND], columns, "
				 "socket-columns or stuck-columns");
	print_command(out, only);
	return 0;
}
