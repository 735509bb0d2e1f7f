// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The field table: defaults, selection by name, and what a getter gives of odd transitions. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "field.h"

/* The names that `columns` selects, with commas. */
static int select_names(const char *columns, enum field_in in, char *names, struct error *error)
{
	const struct field *list[FIELDS_MAX];
	size_t count;
	int err = field_select(columns, in, list, &count, error);

	*names = '\0';
	for (size_t i = 0; !err && i < count; i++) {
		strcat(names, i ? "," : "");
		strcat(names, list[i]->name);
	}
	return err;
}

static void expect_names(const char *columns, enum field_in in, const char *wanted)
{
	struct error error = { "" };
	char names[1024];

	assert_int_equal(select_names(columns, in, names, &error), 0);
	assert_string_equal(names, wanted);
}

static void expect_refusal(const char *columns, const char *wanted)
{
	struct error error = { "" };
	char names[1024];

	assert_int_equal(select_names(columns, FIELD_IN_TEXT, names, &error), -EINVAL);
	assert_string_equal(error.text, wanted);
}

#define PRODUCT_KEYS                                                                               \
	"ts,mono_ns,id,family,laddr,lport,raddr,rport,old,new,duration_us,role,pid,comm,uid,"      \
	"owner,netns,cgroup,reason,errno,by_pid,by_comm,inferred"
#define TEXT_COLUMNS "time,pid,comm,local,peer,transition,duration,reason"

static void selects_defaults(void **state)
{
	(void)state;
	expect_names(NULL, FIELD_IN_JSON, PRODUCT_KEYS);
	expect_names(NULL, FIELD_IN_CSV, PRODUCT_KEYS);
	expect_names(NULL, FIELD_IN_TEXT, TEXT_COLUMNS);
}

static void selects_by_name(void **state)
{
	(void)state;
	expect_names("pid,comm", FIELD_IN_TEXT, "pid,comm");
	expect_names("comm,pid,comm", FIELD_IN_JSON, "comm,pid");
	expect_names("+sk", FIELD_IN_TEXT, TEXT_COLUMNS ",sk");
	expect_names("+sk,user,+pid", FIELD_IN_TEXT, TEXT_COLUMNS ",sk,user");
	expect_names("+sk", FIELD_IN_JSON, PRODUCT_KEYS ",sk");
}

static void refuses_unknown_names(void **state)
{
	(void)state;
	expect_refusal("comn", "no column is called 'comn' (is it 'comm'?); see -o help");
	expect_refusal("pid,xyzzy", "no column is called 'xyzzy'; see -o help");
	expect_refusal("PID ", "no column is called 'PID '; see -o help");
	expect_refusal("", "an empty column name; see -o help");
	expect_refusal("pid,", "an empty column name; see -o help");
	expect_refusal("+", "an empty column name; see -o help");
}

static struct value get(const char *name, const struct ts_transition *t)
{
	struct row row = { .t = t, .clock_offset = 1000 };
	struct error error = { "" };
	const struct field *field;
	struct value value = { 0 };
	size_t count;

	assert_int_equal(field_select(name, FIELD_IN_TEXT, &field, &count, &error), 0);
	field->get(&row, &value);
	return value;
}

static struct ts_transition ordinary(void)
{
	return (struct ts_transition){
		.mono_ns = 5000,
		.since_ns = 4000,
		.id = 255,
		.family = 4,
		.lport = 80,
		.rport = 1234,
		.raddr = { 10 },
		.pid = 7,
		.uid = 33,
		.comm = "worker",
		.owner = TS_OWNER_ACCEPT,
		.old_state = TS_ESTABLISHED,
		.new_state = TS_CLOSE_WAIT,
	};
}

static void gives_values(void **state)
{
	struct ts_transition t = ordinary();

	(void)state;
	assert_int_equal(get("ts", &t).number, 6000);
	assert_int_equal(get("duration_us", &t).number, 1000);
	assert_int_equal(get("pid", &t).number, 7);
	assert_int_equal(get("pid", &t).mark, 0);
	assert_int_equal(get("peer", &t).port, 1234);
	assert_int_equal(get("reason", &t).type, VALUE_NULL);
	assert_null(get("reason", &t).by_comm);
	assert_int_equal(get("inferred", &t).type, VALUE_NULL);
	t.owner = TS_OWNER_LISTENER;
	assert_int_equal(get("pid", &t).mark, '*');
	t.frame.flags = TS_F_INFERRED | TS_F_ACTOR;
	t.by_pid = 9;
	assert_int_equal(get("inferred", &t).type, VALUE_TRUE);
	assert_int_equal(get("transition", &t).mark, '~');
	assert_int_equal(get("by_pid", &t).number, 9);
	assert_int_equal(get("reason", &t).by_pid, 9);
}

/* Never a number made up: what is not known has no value. */
static void gives_null_for_unknown(void **state)
{
	struct ts_transition t = ordinary();

	(void)state;
	t.owner = TS_OWNER_UNKNOWN;
	assert_int_equal(get("pid", &t).type, VALUE_NULL);
	assert_int_equal(get("comm", &t).type, VALUE_NULL);
	assert_int_equal(get("uid", &t).type, VALUE_NULL);
	t.owner = TS_OWNER_KERNEL;
	assert_int_equal(get("pid", &t).type, VALUE_NULL);
	assert_int_equal(get("user", &t).type, VALUE_NULL);
	t.owner = TS_OWNER_USE;
	t.frame.flags = TS_F_PID_HIDDEN;
	assert_int_equal(get("pid", &t).type, VALUE_NULL);
	assert_int_equal(get("comm", &t).length, 6);
	t.by_pid = 9; /* without TS_F_ACTOR it means nothing */
	assert_int_equal(get("by_pid", &t).type, VALUE_NULL);
	t.since_ns = 0;
	assert_int_equal(get("duration_us", &t).type, VALUE_NULL);
	t.since_ns = 5001;
	assert_int_equal(get("duration", &t).type, VALUE_NULL);
	t.lport = 0;
	assert_int_equal(get("lport", &t).type, VALUE_NULL);
	t.rport = 0;
	t.new_state = TS_LISTEN;
	assert_int_equal(get("raddr", &t).type, VALUE_NULL);
	assert_int_equal(get("peer", &t).type, VALUE_NULL);
	assert_int_equal(get("cgroup", &t).type, VALUE_NULL);
	memset(t.comm, 'x', sizeof(t.comm));
	assert_int_equal(get("comm", &t).length, sizeof(t.comm));
}

static enum tone tone_of(unsigned new_state, unsigned reason)
{
	struct ts_transition t = { .new_state = (__u8)new_state, .reason = (__u8)reason };
	struct row row = { .t = &t };

	return field_tone(&row);
}

static void tells_how_it_went(void **state)
{
	(void)state;
	assert_int_equal(tone_of(TS_ESTABLISHED, TS_REASON_NONE), TONE_GOOD);
	assert_int_equal(tone_of(TS_CLOSED, TS_REASON_NORMAL), TONE_DONE);
	assert_int_equal(tone_of(TS_CLOSED, TS_REASON_REFUSED), TONE_BAD);
	assert_int_equal(tone_of(TS_CLOSE_WAIT, TS_REASON_NONE), TONE_WAITING);
	assert_int_equal(tone_of(TS_SYN_SENT, TS_REASON_NONE), TONE_PLAIN);
}

/* Help and manual list every field, each once. */
static void lists_every_field(void **state)
{
	static void (*const prints[])(FILE *) = { field_print_help, field_print_man };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		char *text = NULL;
		size_t size;
		FILE *out = open_memstream(&text, &size);

		assert_non_null(out);
		prints[i](out);
		assert_int_equal(fclose(out), 0);
		assert_non_null(strstr(text, "duration_us"));
		assert_non_null(strstr(text, "as ss -e prints it"));
		free(text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(selects_defaults),	  cmocka_unit_test(selects_by_name),
		cmocka_unit_test(refuses_unknown_names),  cmocka_unit_test(gives_values),
		cmocka_unit_test(gives_null_for_unknown), cmocka_unit_test(tells_how_it_went),
		cmocka_unit_test(lists_every_field),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
