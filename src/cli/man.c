// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Build tool: prints the parts of the man page that the program's own tables know, as mdoc. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fields/field.h"
#include "cli/options.h"

/* main.c's without its functions, which would bring the whole program along. */
const struct command commands[] = {
	{ .name = "trace", .bit = COMMAND_TRACE },     { .name = "count", .bit = COMMAND_COUNT },
	{ .name = "record", .bit = COMMAND_RECORD },   { .name = "replay", .bit = COMMAND_REPLAY },
	{ .name = "doctor", .bit = COMMAND_DOCTOR },   { .name = "list", .bit = COMMAND_LIST },
	{ .name = "stuck", .bit = COMMAND_STUCK },     { .name = "stats", .bit = COMMAND_STATS },
	{ .name = "explain", .bit = COMMAND_EXPLAIN }, { .name = NULL },
};

static void print_columns(FILE *out)
{
	field_print_man(&transition_fields, out);
}

static void print_socket_columns(FILE *out)
{
	field_print_man(&socket_fields, out);
}

/* Its own; the rest is a socket's. */
static void print_stuck_columns(FILE *out)
{
	const struct field_table own = { stuck_fields.fields, stuck_fields.n, NULL };

	field_print_man(&own, out);
}

static const struct {
	const char *name;
	void (*print)(FILE *out);
} parts[] = {
	{ "options", option_print_man },
	{ "columns", print_columns },
	{ "socket-columns", print_socket_columns },
	{ "stuck-columns", print_stuck_columns },
};

int main(int argc, char **argv)
{
	for (size_t i = 0; argc == 2 && i < sizeof(parts) / sizeof(parts[0]); i++) {
		if (strcmp(argv[1], parts[i].name))
			continue;
		parts[i].print(stdout);
		if (!fflush(stdout) && !ferror(stdout))
			return EXIT_SUCCESS;
		perror("man");
		return EXIT_FAILURE;
	}
	fputs("Usage: man options|columns|socket-columns|stuck-columns\n", stderr);
	return EXIT_FAILURE;
}
