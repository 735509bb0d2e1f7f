// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Each type of value in text, CSV and JSON, of a table that no kind of row knows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "output/output.h"

/* Without a value in every row whose mark is '-'. */
#define MAKE_GETTER(name, ...)                                                                          \
	static bool get_##name(const struct row *row, struct value *value)                         \
	{                                                                                          \
		__VA_ARGS__;                                                                       \
		return row->mark != '-';                                                           \
	}

struct item {
	const char *name;
	uint64_t number; /* 0: unknown */
};

static const struct item items[] = { { "one \"1\"", 1 }, { "two", 0 } };

static const void *next_item(const void *context, const void *item)
{
	const struct item *next = (const struct item *)item + 1;

	return next < items + *(const size_t *)context ? next : NULL;
}

static bool get_item_name(const void *item, struct value *value)
{
	return value_string(value, ((const struct item *)item)->name);
}

static bool get_item_number(const void *item, struct value *value)
{
	const struct item *i = item;

	return value_number(value, i->number) && i->number;
}

static const struct value_member members[] = {
	{ "name", VALUE_TEXT, get_item_name },
	{ "number", VALUE_U64, get_item_number },
	{ 0 },
};

static size_t item_count = 2;
static const uint8_t address[16] = { 0x20, 1, 0xd, 0xb8, [15] = 1 };
static struct value_process process;

MAKE_GETTER(number, value->number = row->mark == '-' ? 0 : 1234567)
MAKE_GETTER(truth, value->number = 1)
static const char *text_of_row = "a,\"b\" \x1b\\";
MAKE_GETTER(text, value_text(value, text_of_row, strlen(text_of_row)))
MAKE_GETTER(name, value->text = "word")
MAKE_GETTER(change, value->text = "OLD"; value->second = "NEW"; value->mark = '~')
MAKE_GETTER(address, value->family = 6; value->address = address; value->number = 443)
MAKE_GETTER(process, value->process = process)
MAKE_GETTER(list, value_text(value, "one two", 7);
       value->list = (struct value_list){ members, item_count ? items : NULL, next_item, &item_count })

enum { DATA = FIELD_IN_CSV | FIELD_IN_JSON };

static bool is_marked(const struct row *row)
{
	return row->mark == '+';
}

static const struct field fields[] = {
	{ "u64", "U64", get_number, VALUE_U64, 4, NULL, DATA, NULL, "" },
	{ "pid", "PID", get_number, VALUE_PID, 9, NULL, DATA, NULL, "" },
	{ "us", "US", get_number, VALUE_US, 1, NULL, DATA, NULL, "" },
	{ "hex", "HEX", get_number, VALUE_HEX, 1, NULL, DATA, NULL, "" },
	{ "bytes", "BYTES", get_number, VALUE_BYTES, 1, NULL, DATA, NULL, "" },
	{ "yes", "YES", get_truth, VALUE_BOOL, 1, NULL, DATA, NULL, "" },
	{ "rare", "RARE", get_truth, VALUE_BOOL, 1, is_marked, DATA, NULL, "" },
	{ "name", "NAME", get_name, VALUE_NAME, 1, NULL, DATA, NULL, "" },
	{ "text", "TEXT", get_text, VALUE_TEXT, 1, NULL, DATA, NULL, "" },
	{ "change", "CHANGE", get_change, VALUE_CHANGE, 1, NULL, DATA, NULL, "" },
	{ "addr", "ADDR", get_address, VALUE_ADDRESS, 1, NULL, DATA, NULL, "" },
	{ "end", "END", get_address, VALUE_ENDPOINT, 1, NULL, DATA, NULL, "" },
	{ "list", "LIST", get_list, VALUE_LIST, 1, NULL, DATA, NULL, "" },
	{ "process", "PROCESS", get_process, VALUE_PROCESS, 1, NULL, DATA, NULL, "" },
};

static const struct field_table table = {
	.fields = fields,
	.n = sizeof(fields) / sizeof(fields[0]),
	.text = "u64,pid,us,hex,bytes,yes,rare,name,text,change,addr,end,list,process",
};

static struct output_config config_of(enum format format)
{
	return (struct output_config){ .format = format, .table = &table, .type = "thing",
				       .measured = true };
}

/* The rows with these marks, of one frame; to be freed. */
static char *print(const struct output_config *config, const char *marks, bool marked)
{
	int fd = memfd_create("output", MFD_CLOEXEC);
	struct error error = { "" };
	struct output *output;
	struct sink *sink;
	char *text;
	off_t n;

	assert_true(fd >= 0);
	assert_int_equal(sink_new(fd, -1, &sink), 0);
	assert_int_equal(output_new(config, sink, &output, &error), 0);
	assert_int_equal(output_begin_frame(output, 5, strlen(marks), marked), 0);
	for (; *marks; marks++) {
		const struct row row = { .mark = *marks, .type = *marks == '+' ? "plus" : NULL };

		assert_int_equal(output_row(output, &row), 0);
	}
	assert_int_equal(sink_flush(sink), 0);
	output_free(output);
	sink_free(sink);
	n = lseek(fd, 0, SEEK_END);
	text = calloc(1, (size_t)n + 1);
	assert_non_null(text);
	assert_int_equal(pread(fd, text, (size_t)n, 0), n);
	assert_int_equal(close(fd), 0);
	return text;
}

static void expect(const struct output_config *config, const char *marks, const char *expected)
{
	char *text = print(config, marks, false);

	assert_string_equal(text, expected);
	free(text);
}

/* A scan leaves out what no column needs, be it the first or the last one. */
static void needs_of_columns(void **state)
{
	static const struct {
		const char *columns;
		bool holders, defaults, age;
		enum format format;
	} cases[] = {
		{ .columns = "pid", .holders = true },
		{ .columns = "state,pid", .holders = true },
		{ .columns = "pid,state", .holders = true },
		{ .columns = "state", .defaults = true },
		{ .holders = true, .defaults = true, .age = true },
		{ .columns = "peer,send_q,age", .defaults = true, .age = true },
		{ .columns = "state,rtt" },
		{ .columns = "rtt,state" },
		{ .columns = "+rtt", .holders = true, .age = true },
		{ .columns = "age_us" },
		{ .holders = true, .format = FORMAT_JSON },
		{ .columns = "state", .format = FORMAT_CSV },
	};
	int fd = memfd_create("output", MFD_CLOEXEC);
	struct error error = { "" };
	struct output *output;
	struct sink *sink;

	(void)state;
	assert_int_equal(sink_new(fd, -1, &sink), 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct output_config config = { .table = &socket_fields, .type = "socket",
						      .columns = cases[i].columns,
						      .format = cases[i].format };

		assert_int_equal(output_new(&config, sink, &output, &error), 0);
		assert_int_equal(output_shows_holders(output), cases[i].holders);
		assert_int_equal(output_shows_defaults(output), cases[i].defaults);
		assert_int_equal(output_shows_age(output), cases[i].age);
		output_free(output);
	}
	sink_free(sink);
	(void)close(fd);
}

static void json(void **state)
{
	struct output_config config = config_of(FORMAT_JSON);

	(void)state;
	process = (struct value_process){ .comm = "we\"b", .pid = 7, .fd = 3, .others = 2 };
	expect(&config, " +",
	       "{\"v\":1,\"type\":\"thing\",\"u64\":1234567,\"pid\":1234567,\"us\":1234.567,"
	       "\"hex\":\"12d687\",\"bytes\":\"1.17M\",\"yes\":true,\"name\":\"word\","
	       "\"text\":\"a,\\\"b\\\" \\u001b\\\\\",\"change\":\"OLD->NEW\","
	       "\"addr\":\"2001:db8::1\",\"end\":\"[2001:db8::1]:443\","
	       "\"list\":[{\"name\":\"one \\\"1\\\"\",\"number\":1},{\"name\":\"two\",\"number\":null}],"
	       "\"process\":\"we\\\"b[7]:3 +2\"}\n"
	       "{\"v\":1,\"type\":\"plus\",\"u64\":1234567,\"pid\":1234567,\"us\":1234.567,"
	       "\"hex\":\"12d687\",\"bytes\":\"1.17M\",\"yes\":true,\"rare\":true,\"name\":\"word\","
	       "\"text\":\"a,\\\"b\\\" \\u001b\\\\\",\"change\":\"OLD->NEW\","
	       "\"addr\":\"2001:db8::1\",\"end\":\"[2001:db8::1]:443\","
	       "\"list\":[{\"name\":\"one \\\"1\\\"\",\"number\":1},{\"name\":\"two\",\"number\":null}],"
	       "\"process\":\"we\\\"b[7]:3 +2\"}\n");
	config.columns = "list,u64";
	item_count = 0;
	expect(&config, " ", "{\"v\":1,\"type\":\"thing\",\"list\":[],\"u64\":1234567}\n");
	item_count = 2;
	expect(&config, "-", ""); /* gone: text alone marks it */
}

static void csv(void **state)
{
	struct output_config config = config_of(FORMAT_CSV);

	(void)state;
	process = (struct value_process){ .comm = "web", .pid = 0, .fd = 3 };
	expect(&config, " ",
	       "u64,pid,us,hex,bytes,yes,rare,name,text,change,addr,end,list,process\r\n"
	       "1234567,1234567,1234.567,12d687,1.17M,true,,word,\"a,\"\"b\"\" \\x1b\\x5c\",OLD->NEW,"
	       "2001:db8::1,[2001:db8::1]:443,one two,web:3\r\n");
}

/* RFC 4180: a comma and a quote need quotes; a blank at an end, too, or readers take it away. */
static void csv_quotes(void **state)
{
	static const char *const cases[][2] = {
		{ "", "" },	      { "a b", "a b" },	  { " a", "\" a\"" },	  { "a ", "\"a \"" },
		{ " ", "\" \"" },     { ",a", "\",a\"" }, { "a,", "\"a,\"" },   { "\"", "\"\"\"\"" },
		{ "a\"b", "\"a\"\"b\"" }, { "a;b", "a;b" },	  { "a\n", "a\\x0a" }, { "a\r\n", "a\\x0d\\x0a" },
		/* no spreadsheet takes a name for a formula */
		{ "=1+1", "\\x3d1+1" }, { "+1", "\\x2b1" }, { "-1", "\\x2d1" }, { "@a", "\\x40a" },
		{ "=", "\\x3d" },	  { "a=1", "a=1" },    { "\t=1", "\\x09=1" }, { "\r=1", "\\x0d=1" },
		{ "=a,\"b\"", "\"\\x3da,\"\"b\"\"\"" },	{ "\xef\xbc\x9d" "1", "\\xef\\xbc\\x9d1" },
		{ "\xef\xbc\x9e" "1", "\xef\xbc\x9e" "1" },
	};
	const char *const was = text_of_row;
	struct output_config config = config_of(FORMAT_CSV);
	char wanted[64];

	(void)state;
	config.columns = "text,u64";
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		text_of_row = cases[i][0];
		(void)snprintf(wanted, sizeof(wanted), "text,u64\r\n%s,1234567\r\n", cases[i][1]);
		expect(&config, " ", wanted);
	}
	text_of_row = was;
}

static void text(void **state)
{
	struct output_config config = config_of(FORMAT_TEXT);
	char *marked;

	(void)state;
	config.columns = "u64,pid,text,change";
	expect(&config, " ",
	       " U64 PID       TEXT CHANGE\n"
	       "1234567 1234567   a,\"b\" \\x1b\\x5c ~OLD->NEW\n");
	marked = print(&config, "+-", true);
	assert_string_equal(marked, "  U64 PID       TEXT CHANGE\n"
				    "+1234567 1234567   a,\"b\" \\x1b\\x5c ~OLD->NEW\n"
				    "-      - -         -              -\n");
	free(marked);
}

static void processes(void **state)
{
	static const struct {
		struct value_process process;
		const char *text;
	} cases[] = {
		{ { .comm = "web", .pid = 7, .fd = 3 }, "web[7]:3" },
		{ { .comm = "web", .fd = 3, .others = 1 }, "web:3 +1" },
		{ { .without = "orphan" }, "(orphan)" },
		{ { .without = "half-open", .comm = "web", .pid = 7 }, "(half-open, web[7])" },
		{ { .without = "orphan", .comm = "w\n", .pid = 7, .former = true },
		  "(orphan, was w\\x0a[7])" },
	};
	struct output_config config = config_of(FORMAT_TEXT);

	(void)state;
	config.columns = "process";
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char expected[64];

		process = cases[i].process;
		(void)snprintf(expected, sizeof(expected), "PROCESS\n%s\n", cases[i].text);
		expect(&config, " ", expected);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(needs_of_columns),
		cmocka_unit_test(json),
		cmocka_unit_test(csv),
		cmocka_unit_test(csv_quotes),
		cmocka_unit_test(text),
		cmocka_unit_test(processes),
	};

	(void)setenv("LC_ALL", "C", 1); /* the expected text is ASCII */
	return cmocka_run_group_tests(tests, NULL, NULL);
}
