// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Columns of stuck sockets, and tables of columns that begin with those of another kind. */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "fields/field.h"
#include "stuck/fields.h"
#include "sockets/view.h"
#include "world.h"

/* ---- tables with a base ---- */

static bool get_nothing(const struct row *row, struct value *value)
{
	(void)row;
	(void)value;
	return false;
}

static const struct field low[] = {
	{ "alpha", "A", get_nothing, VALUE_U64, 1, NULL, FIELD_IN_JSON, "bytes", "of the base" },
	{ "beta", "B", get_nothing, VALUE_U64, 1, NULL, FIELD_IN_JSON, NULL, "hidden" },
	{ "gamma", "C", get_nothing, VALUE_U64, 1, NULL, 0, NULL, "of the base, too" },
};
static const struct field high[] = {
	{ "delta", "D", get_nothing, VALUE_U64, 1, NULL, 0, NULL, "of its own" },
	{ "beta", "B2", get_nothing, VALUE_U64, 1, NULL, FIELD_IN_CSV, NULL,
	  "in place of the base's" },
};
static const struct field_table base = { low, COUNT(low), NULL, "alpha,gamma", NULL };
static const struct field_table none = { .base = &base };
static const struct field_table derived = { high, COUNT(high), &none, "delta,alpha,gamma", NULL };
/* The same with data in an order of its own, with what is not named or without. */
static const struct field_table ordered = { high, COUNT(high), &base, NULL, "alpha,delta,*" };
static const struct field_table closed = { .base = &derived, .data = "gamma,alpha" };

static void one_after_the_other(void **state)
{
	static const struct field *const wanted[] = { &high[0], &high[1], &low[0], &low[1],
						      &low[2] };

	(void)state;
	for (size_t i = 0; i < COUNT(wanted); i++)
		assert_ptr_equal(field_at(&derived, i), wanted[i]);
	assert_null(field_at(&derived, COUNT(wanted)));
	assert_null(field_at(&derived, 1000));
	assert_ptr_equal(field_at(&base, 2), &low[2]);
	assert_null(field_at(&base, 3));
}

static void found_by_name(void **state)
{
	struct error error = { "" }, other = { "" };

	(void)state;
	assert_ptr_equal(field_find(&derived, "gamma", 5, &error), &low[2]);
	assert_ptr_equal(field_find(&derived, "beta", 4, &error), &high[1]); /* its own first */
	assert_ptr_equal(field_find(&base, "beta", 4, &error), &low[1]);
	assert_string_equal(error.text, "");
	assert_null(field_find(&base, "delta", 5, &other));
	assert_string_equal(other.text, "unknown column \"delta\": \"-o help\" lists the columns");
	assert_null(field_find(&derived, "gama", 4, &error)); /* what is near is the base's */
	assert_string_equal(error.text, "unknown column \"gama\": use \"gamma\"? \"-o help\" lists the columns");
}

static void expect_names(const struct field_table *table, const char *columns, enum field_in in,
			 const char *wanted)
{
	const struct field *list[FIELDS_MAX];
	struct error error = { "" };
	char names[256] = "";
	size_t n;

	assert_int_equal(field_select(table, columns, in, list, &n, &error), 0);
	for (size_t i = 0; i < n; i++)
		(void)strcat(strcat(names, i ? "," : ""), list[i]->header);
	assert_string_equal(names, wanted);
}

static void selected(void **state)
{
	(void)state;
	expect_names(&derived, NULL, FIELD_IN_TEXT, "D,A,C");
	expect_names(&derived, NULL, FIELD_IN_JSON, "A,B");
	expect_names(&derived, "gamma,delta,gamma", FIELD_IN_TEXT, "C,D");
	expect_names(&derived, "+beta", FIELD_IN_TEXT, "D,A,C,B2");
	expect_names(&derived, "+gamma,+beta", FIELD_IN_CSV, "B2,C");
	expect_names(&ordered, NULL, FIELD_IN_TEXT, "A,C"); /* the base's */
	expect_names(&ordered, NULL, FIELD_IN_CSV, "A,D,B2");
	expect_names(&ordered, NULL, FIELD_IN_JSON, "A,D,B");
	expect_names(&ordered, "+gamma,alpha", FIELD_IN_JSON, "A,D,B,C");
	expect_names(&closed, NULL, FIELD_IN_TEXT, "D,A,C");
	expect_names(&closed, NULL, FIELD_IN_JSON, "C,A");
	expect_names(&closed, "+delta", FIELD_IN_CSV, "C,A,D");
}

static void helped(void **state)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	(void)state;
	assert_non_null(out);
	field_print_help(&derived, out);
	field_print_man(&none, out);
	assert_int_equal(fclose(out), 0);
	assert_string_equal(text,
			    "Columns for -o (t: text, c: CSV, j: JSON show it by default):\n\n"
			    "  delta             t--  of its own\n"
			    "  beta              -c-  in place of the base's\n"
			    "  alpha             t-j  of the base (bytes)\n"
			    "  beta              --j  hidden\n"
			    "  gamma             t--  of the base, too\n"
			    "\n-o A,B,... shows these; -o +A,... adds to the default.\n"
			    ".It Cm alpha\nof the base (bytes).\n.It Cm beta\nhidden.\n"
			    ".It Cm gamma\nof the base, too.\n");
	free(text);
}

/* No name of the real ones hides another. */
static void no_name_twice(void **state)
{
	const struct field *a, *b;

	(void)state;
	for (size_t i = 0; (a = field_at(&stuck_fields, i)); i++) {
		assert_true(i < FIELDS_MAX);
		for (size_t j = 0; j < i && (b = field_at(&stuck_fields, j)); j++)
			assert_string_not_equal(a->name, b->name);
	}
	assert_non_null(field_find(&stuck_fields, "recv_q", 6, &(struct error){ "" }));
}

/* ---- stuck sockets ---- */

struct scene {
	struct world world;
	char text[SOCKET_TEXT];
	struct socket_view view;
	struct stuck_item item;
	struct stuck_event event;
	struct stuck_row row;
};

/* One socket with its holders, each a descriptor of the process of that number. */
static void begin(struct scene *scene, const uint32_t *pids, size_t n, const char *comm)
{
	memset(scene, 0, sizeof(*scene));
	world_begin(&scene->world, NOW);
	world_add(&scene->world, tcp(1, TS_CLOSE_WAIT));
	for (size_t i = 0; i < n; i++)
		world_hold(&scene->world, 1, pids[i], (uint32_t)i + 3, comm);
	scene->view =
		(struct socket_view){ .sockets = world_join(&scene->world), .text = scene->text };
	scene->item = item_of(scene->view.sockets, 1, TS_CLOSE_WAIT, 1234567890);
	scene->event = (struct stuck_event){ &scene->item, "stuck", NULL, NOW };
	stuck_row_set(&scene->row, &scene->view, &scene->event);
	scene->row.row.clock_offset = 5;
}

static void end(struct scene *scene)
{
	sockets_free(scene->world.sockets);
}

/* false: it does not apply. */
static bool get(const struct scene *scene, const char *name, struct value *value)
{
	struct error error = { "" };
	const struct field *field = field_find(&stuck_fields, name, strlen(name), &error);

	assert_non_null(field);
	return field_get(field, &scene->row.row, value);
}

static void expect_number(const struct scene *scene, const char *name, enum value_type type,
			  uint64_t number)
{
	struct value value;

	assert_true(get(scene, name, &value));
	assert_int_equal(value.type, type);
	assert_true(value.number == number);
}

static void expect_text(const struct scene *scene, const char *name, enum value_type type,
			const char *text)
{
	struct value value;

	assert_true(get(scene, name, &value));
	assert_int_equal(value.type, type);
	if (type != VALUE_NAME)
		assert_int_equal(value.length, strlen(text));
	assert_memory_equal(value.text, text, strlen(text) + (type == VALUE_NAME));
}

static void values(void **state)
{
	struct scene scene;
	struct value value;

	(void)state;
	begin(&scene, NULL, 0, "");
	expect_number(&scene, "ts", VALUE_WALL, NOW + 5);
	expect_number(&scene, "time", VALUE_CLOCK, NOW + 5);
	expect_number(&scene, "mono_ns", VALUE_U64, NOW);
	expect_text(&scene, "event", VALUE_NAME, "stuck");
	expect_text(&scene, "rule", VALUE_NAME, "CLOSE_WAIT>60s");
	expect_number(&scene, "stuck", VALUE_DURATION, 1234567890);
	expect_number(&scene, "stuck_us", VALUE_US, 1234567890);
	assert_true(get(&scene, "stuck", &value) && !value.mark);
	assert_true(get(&scene, "stuck_exact", &value) && value.type == VALUE_BOOL && value.number);
	scene.item.exact = false;
	assert_true(get(&scene, "stuck", &value) && value.mark == '>');
	assert_true(get(&scene, "stuck_exact", &value) && value.type == VALUE_BOOL && !value.number);
	scene.item.rule = STUCK_UNREAD;
	scene.item.rule_ns = 0;
	expect_text(&scene, "rule", VALUE_NAME, "ESTABLISHED:unread>0s");
	assert_true(get(&scene, "origin", &value) && value.type == VALUE_NULL);
	assert_true(get(&scene, "origin_kind", &value) && value.type == VALUE_NULL);
	end(&scene);
}

/* Only what is ended, or was not there any more, can have a reason why not. */
static void whys(void **state)
{
	static const char *const may[] = { "closed", "left", "gone" };
	struct scene scene;
	struct value value;

	(void)state;
	begin(&scene, NULL, 0, "");
	assert_false(get(&scene, "why", &value));
	scene.event.what = "recovered";
	assert_false(get(&scene, "why", &value));
	for (size_t i = 0; i < COUNT(may); i++) {
		scene.event.what = may[i];
		assert_true(get(&scene, "why", &value) && value.type == VALUE_NULL);
	}
	scene.event.why = "no process holds it";
	expect_text(&scene, "why", VALUE_NAME, "no process holds it");
	end(&scene);
}

/* 0: of another PID namespace, where it has no number. */
static void expect_pids(const struct value_list *list, const uint32_t *pids, size_t n)
{
	const void *item = list->first;

	assert_string_equal(list->members[0].name, "pid");
	for (size_t i = 0; i < n; i++, item = list->next(list->context, item)) {
		struct value pid;

		assert_non_null(item);
		assert_int_equal(list->members[0].get(item, &pid), pids[i] != 0);
		if (pids[i])
			assert_int_equal(pid.number, pids[i]);
	}
	assert_null(item);
}

static void holders(void **state)
{
	static const uint32_t pids[] = { 7, 7, 8, 0 };
	static const uint32_t many[12] = { 4294967295, 4294967295, 4294967295, 4294967295, 1, 2,
					   3,	       4,	   5,	       6,	   7, 8 };
	struct scene scene;
	struct value value;
	unsigned named = 0, left;
	const char *at;

	(void)state;
	begin(&scene, NULL, 0, "");
	expect_text(&scene, "holder_list", VALUE_LIST, "");
	end(&scene);
	begin(&scene, pids, 1, "web");
	expect_text(&scene, "holder_list", VALUE_LIST, "web[7]:3");
	end(&scene);
	begin(&scene, pids, COUNT(pids), "web"); /* 0: of another PID namespace */
	expect_text(&scene, "holder_list", VALUE_LIST, "web[7]:3 web[7]:4 web[8]:5 web:6");
	assert_true(get(&scene, "holder_list", &value));
	expect_pids(&value.list, pids, COUNT(pids));
	end(&scene);
	begin(&scene, many, COUNT(many), "fifteen-letters"); /* as many as there is room for */
	assert_true(get(&scene, "holder_list", &value));
	assert_true(value.length <= SOCKET_TEXT);
	scene.text[value.length] = '\0';
	for (at = value.text; (at = strstr(at, "fifteen-letters[")); at++)
		named++;
	at = strstr(value.text, " +");
	assert_non_null(at);
	assert_int_equal(sscanf(at, " +%u", &left), 1);
	assert_true(named > 2 && named + left == COUNT(many));
	end(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_after_the_other),
		cmocka_unit_test(found_by_name),
		cmocka_unit_test(selected),
		cmocka_unit_test(helped),
		cmocka_unit_test(no_name_twice),
		cmocka_unit_test(values),
		cmocka_unit_test(whys),
		cmocka_unit_test(holders),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
