// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Fields by name: -o, its help, and the same for the man page; of any table. */
#include "fields/field.h"

#include <errno.h>
#include <string.h>

#include "lib/suggest.h"
#include "lib/utf8.h"

/* A name of the same length is more similar than others. */
static const char *find_similar(const struct field_table *table, const char *name, size_t length)
{
	const struct field *field;
	const char *similar = NULL;

	for (size_t i = 0; (field = field_at(table, i)); i++) {
		if (!suggest_near(name, length, field->name))
			continue;
		if (strlen(field->name) == length)
			return field->name;
		if (!similar)
			similar = field->name;
	}
	return similar;
}

static int refuse_name(const struct field_table *table, const char *name, size_t length,
		       struct error *error)
{
	const char *similar = find_similar(table, name, length);

	if (!length)
		return error_set(error, EINVAL, "a column name is empty: \"-o help\" lists them");
	if (!similar)
		return error_set(error, EINVAL,
				 "unknown column \"%.*s\": \"-o help\" lists the columns",
				 length < 64 ? (int)length : 64, name);
	return error_set(error, EINVAL,
			 "unknown column \"%.*s\": use \"%s\"? \"-o help\" lists the columns",
			 length < 64 ? (int)length : 64, name, similar);
}

static const struct field *check_support(const struct field *field, struct error *error)
{
	if (field->type != VALUE_DIGEST || community_id_is_supported())
		return field;
	(void)error_set(error, EINVAL,
			"column %s is missing: this tcpstate was built without libmd: build it "
			"where libmd-dev is installed",
			field->name);
	return NULL;
}

const struct field *field_find(const struct field_table *table, const char *name, size_t length,
			       struct error *error)
{
	const struct field *field;

	for (size_t i = 0; (field = field_at(table, i)); i++)
		if (strlen(field->name) == length && !memcmp(field->name, name, length))
			return check_support(field, error);
	(void)refuse_name(table, name, length, error);
	return NULL;
}

struct selection {
	const struct field *list[FIELDS_MAX];
	size_t n;
};

static void add_field(struct selection *selection, const struct field *field)
{
	for (size_t i = 0; i < selection->n; i++)
		if (selection->list[i] == field)
			return;
	selection->list[selection->n++] = field;
}

/* Returns 0 or -EINVAL. `*` is skipped, and reported by *rest. */
static int add_names(const struct field_table *table, const char *names,
		     struct selection *selection, bool *rest, struct error *error)
{
	while (names) {
		size_t length = strcspn(names, ",");
		const struct field *field = NULL;

		if (rest && *names == '*') {
			*rest = true;
		} else {
			names += *names == '+';
			length = strcspn(names, ",");
			field = field_find(table, names, length, error);
			if (!field)
				return -EINVAL;
			add_field(selection, field);
		}
		names = names[length] ? names + length + 1 : NULL;
	}
	return 0;
}

static const char *text_names(const struct field_table *table)
{
	while (!table->text && table->base)
		table = table->base;
	return table->text;
}

bool field_is_default(const struct field_table *table, const struct field *field)
{
	const char *names = text_names(table);

	while (names) {
		size_t length = strcspn(names, ",");

		if (strlen(field->name) == length && !memcmp(field->name, names, length))
			return true;
		names = names[length] ? names + length + 1 : NULL;
	}
	return false;
}

static int add_defaults(const struct field_table *table, enum field_in in,
			struct selection *selection, struct error *error)
{
	bool rest = !table->data;

	if (in == FIELD_IN_TEXT)
		return add_names(table, text_names(table), selection, NULL, error);
	if (add_names(table, table->data, selection, &rest, error))
		return -EINVAL;
	for (size_t i = 0; rest && i < table->n; i++)
		if (table->fields[i].in & in)
			add_field(selection, &table->fields[i]);
	return rest && table->base ? add_defaults(table->base, in, selection, error) : 0;
}

int field_select(const struct field_table *table, const char *columns, enum field_in in,
		 const struct field **list, size_t *count, struct error *error)
{
	struct selection selection = { .n = 0 };
	int err = 0;

	if (!columns || *columns == '+')
		err = add_defaults(table, in, &selection, error);
	if (!err)
		err = add_names(table, columns, &selection, NULL, error);
	if (err)
		return err;
	memcpy(list, selection.list, selection.n * sizeof(selection.list[0]));
	*count = selection.n;
	return 0;
}

static bool is_default(const struct field_table *table, const struct field *field, enum field_in in)
{
	struct selection selection = { .n = 0 };

	(void)add_defaults(table, in, &selection, NULL);
	for (size_t i = 0; i < selection.n; i++)
		if (selection.list[i] == field)
			return true;
	return false;
}

enum { MEANING_MAX = 256 };

static const char *meaning_of(const struct field *field, char text[MEANING_MAX])
{
	if (field->unit)
		(void)snprintf(text, MEANING_MAX, "%s (%s)", field->help, field->unit);
	return field->unit ? text : field->help;
}

void field_print_help(const struct field_table *table, FILE *out)
{
	enum { WIDTH = 80, INDENT = 25 };
	char meaning[MEANING_MAX];
	const struct field *f;

	fputs("Columns for -o (t: text, c: CSV, j: JSON show it by default):\n\n", out);
	for (size_t i = 0; (f = field_at(table, i)); i++) {
		fprintf(out, "  %-16s  %c%c%c  ", f->name,
			is_default(table, f, FIELD_IN_TEXT) ? 't' : '-',
			is_default(table, f, FIELD_IN_CSV) ? 'c' : '-',
			is_default(table, f, FIELD_IN_JSON) ? 'j' : '-');
		utf8_print_wrapped(out, WIDTH, INDENT, INDENT, meaning_of(f, meaning));
	}
	fputs("\n-o A,B,... shows these; -o +A,... adds to the default.\n", out);
}

void field_print_man(const struct field_table *table, FILE *out)
{
	char meaning[MEANING_MAX];
	const struct field *f;

	for (size_t i = 0; (f = field_at(table, i)); i++)
		fprintf(out, ".It Cm %s\n%s.\n", f->name, meaning_of(f, meaning));
}
