// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The lists of the man pages as mdoc, from the tables of options and fields: tcpstate --mdoc. */
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "cli/table.h"
#include "fields/field.h"
#include "stuck/fields.h"

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

int man_print(FILE *out, const struct command *commands, int argc, char **argv, struct error *error)
{
	/* The columns of stuck without those of a socket. */
	const struct field_table stuck_own = { .fields = stuck_fields.fields, .n = stuck_fields.n };
	const struct {
		const char *name;
		const struct field_table *table;
	} lists[] = {
		{ "columns", &transition_fields },
		{ "socket-columns", &socket_fields },
		{ "stuck-columns", &stuck_own },
	};
	const struct command *command = commands;

	for (size_t i = 0; argc == 1 && i < sizeof(lists) / sizeof(*lists); i++) {
		if (strcmp(argv[0], lists[i].name))
			continue;
		field_print_man(lists[i].table, out);
		return 0;
	}
	while (argc == 2 && command->name && strcmp(command->name, argv[1]))
		command++;
	if (argc != 2 || strcmp(argv[0], "options") || !command->name)
		return error_set(error, EINVAL,
				 "--mdoc: unknown list: use options COMMAND, columns, "
				 "socket-columns or stuck-columns");
	for (const struct option_spec *spec = option_specs; spec->help; spec++)
		if (spec->commands & command->bit)
			print_option(out, spec);
	return 0;
}
