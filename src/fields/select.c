// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Fields by name: -o, its help, and the same for the man page; of any table. */
#include "fields/field.h"

#include <errno.h>
#include <string.h>

#include "lib/suggest.h"

static const char *find_similar(const struct field_table *table, const char *name, size_t length)
{
	const struct field *field;

	for (size_t i = 0; (field = field_at(table, i)); i++) {
		if (suggest_near(name, length, field->name))
			return field->name;
	}
	return NULL;
}

static int refuse_name(const struct field_table *table, const char *name, size_t length,
		       struct error *error)
{
	const char *similar = find_similar(table, name, length);

	if (!length)
		return error_set(error, EINVAL, "an empty column name; see -o help");
	return error_set(error, EINVAL, "no column is called '%.*s'%s%s%s; see -o help",
			 length < 64 ? (int)length : 64, name, similar ? " (is it '" : "",
			 similar ? similar : "", similar ? "'?)" : "");
}

const struct field *field_find(const struct field_table *table, const char *name, size_t length,
			       struct error *error)
{
	const struct field *field;

	for (size_t i = 0; (field = field_at(table, i)); i++)
		if (strlen(field->name) == length && !memcmp(field->name, name, length))
			return field;
	(void)refuse_name(table, name, length, error);
	return NULL;
}

static void add_field(const struct field *field, const struct field **list, size_t *count)
{
	for (size_t i = 0; i < *count; i++) {
		if (list[i] == field)
			return;
	}
	list[(*count)++] = field;
}

int field_select(const struct field_table *table, const char *columns, enum field_in in,
		 const struct field **list, size_t *count, struct error *error)
{
	const struct field *chosen[FIELDS_MAX], *field;
	bool adds = !columns || *columns == '+';
	size_t n = 0;

	for (size_t i = 0; adds && (field = field_at(table, i)); i++) {
		if (field->in & in)
			add_field(field, chosen, &n);
	}
	while (columns) {
		const char *name = columns + (*columns == '+');
		size_t length = strcspn(name, ",");

		field = field_find(table, name, length, error);
		if (!field)
			return -EINVAL;
		add_field(field, chosen, &n);
		columns = name[length] ? name + length + 1 : NULL;
	}
	memcpy(list, chosen, n * sizeof(chosen[0]));
	*count = n;
	return 0;
}

void field_print_help(const struct field_table *table, FILE *out)
{
	const struct field *f;

	fputs("Columns for -o (t: text, c: CSV, j: JSON show it by default):\n\n", out);
	for (size_t i = 0; (f = field_at(table, i)); i++) {
		fprintf(out, "  %-13s  %c%c%c  %s\n", f->name, f->in & FIELD_IN_TEXT ? 't' : '-',
			f->in & FIELD_IN_CSV ? 'c' : '-', f->in & FIELD_IN_JSON ? 'j' : '-',
			f->help);
	}
	fputs("\n-o A,B,... shows these; -o +A,... adds to the default.\n", out);
}

void field_print_man(const struct field_table *table, FILE *out)
{
	const struct field *f;

	for (size_t i = 0; (f = field_at(table, i)); i++)
		fprintf(out, ".It Cm %s\n%s.\n", f->name, f->help);
}
