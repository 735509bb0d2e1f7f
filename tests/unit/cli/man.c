// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The lists of the man pages say what the tables say, in mdoc. */
#include <ctype.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cli/options.h"
#include "cli/table.h"
#include "fields/field.h"
#include "stuck/fields.h"

static const struct command commands[] = {
	{ .name = "trace", .bit = COMMAND_TRACE },
	{ .name = "list", .bit = COMMAND_LIST },
	{ .name = "stuck", .bit = COMMAND_STUCK },
	{ 0 },
};

/* What man_print() prints; the caller frees it. */
static char *printed(char *first, char *second, int wanted)
{
	char *words[] = { first, second, NULL }, *text;
	struct error error = { 0 };
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	assert_int_equal(man_print(out, commands, second ? 2 : 1, words, &error), wanted);
	(void)fclose(out);
	assert_int_equal(*error.text != '\0', wanted != 0);
	return text;
}

/* Takes mdoc's escapes out of the text. None of its lines is empty or a request but .It. */
static void read_mdoc(char *text)
{
	char *to = text;

	for (const char *at = text, *line = text; *at; at++) {
		if (at == line) {
			assert_int_not_equal(*at, '\n');
			assert_int_not_equal(*at, '\'');
			assert_true(*at != '.' || !strncmp(at, ".It ", 4));
		}
		if (!strncmp(at, "\\&", 2)) {
			assert_ptr_equal(at, line);
			assert_true(at[2] == '.' || at[2] == '\'');
			at += 2;
		} else if (*at == '\\') {
			assert_int_equal(*++at, 'e');
			*to++ = '\\';
			continue;
		}
		*to++ = *at;
		if (*at == '\n')
			line = at + 1;
	}
	*to = '\0';
}

/* One option as the table has it. */
static void print_spec(FILE *out, const struct option_spec *spec)
{
	fputs(".It ", out);
	if (spec->letter)
		fprintf(out, "Fl %c , ", spec->letter);
	fprintf(out, "Fl -%s%s%s\n", spec->name, spec->argument ? " Ar " : "",
		spec->argument ? spec->argument : "");
	fprintf(out, "%c%s.\n", toupper((unsigned char)spec->help[0]), spec->help + 1);
	if (spec->detail)
		fprintf(out, "%s\n", spec->detail);
}

static void test_options(void **state)
{
	(void)state;
	for (const struct command *command = commands; command->name; command++) {
		char *text = printed("options", (char *)command->name, 0), *wanted;
		size_t size;
		FILE *out = open_memstream(&wanted, &size);

		assert_non_null(out);
		for (const struct option_spec *spec = option_specs; spec->help; spec++)
			if (spec->commands & command->bit)
				print_spec(out, spec);
		(void)fclose(out);
		read_mdoc(text);
		assert_string_equal(text, wanted);
		free(text);
		free(wanted);
	}
}

/* Each column is an item with a sentence, in the order of the table; the base's come after its own. */
static void assert_columns(char *list, const struct field_table *table, bool with_base)
{
	char *text = printed(list, NULL, 0), *at = text, item[64];

	for (; table; table = with_base ? table->base : NULL) {
		for (size_t i = 0; i < table->n; i++) {
			size_t length = (size_t)snprintf(item, sizeof(item), ".It Cm %s\n",
							 table->fields[i].name);

			assert_int_equal(strncmp(at, item, length), 0);
			at += length;
			length = strcspn(at, "\n");
			assert_true(length > 1 && *at != '.' && at[length - 1] == '.');
			at += length + 1;
		}
	}
	assert_string_equal(at, "");
	free(text);
}

static void test_columns(void **state)
{
	(void)state;
	assert_columns("columns", &transition_fields, true);
	assert_columns("socket-columns", &socket_fields, true);
	assert_columns("stuck-columns", &stuck_fields, false);
}

static void test_unknown_lists(void **state)
{
	(void)state;
	free(printed("rows", NULL, -EINVAL));
	free(printed("options", NULL, -EINVAL));
	free(printed("options", "dance", -EINVAL));
	free(printed("columns", "list", -EINVAL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_options),
		cmocka_unit_test(test_columns),
		cmocka_unit_test(test_unknown_lists),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
