// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The JSON writer: commas, quotes, strings and lines of any length, errors. */
#include <errno.h>
#include <fcntl.h>
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

#include "lib/json.h"
#include "lib/sink.h"

static void write_all_kinds(struct json *json)
{
	char *at;

	json_begin_object(json);
	json_u64(json_key(json, "v"), 1);
	json_text(json_key(json, "type"), "x");
	json_null(json_key(json, "null"));
	json_text(json_key(json, "none"), NULL);
	json_bool(json_key(json, "yes"), true);
	json_bool(json_key(json, "no"), false);
	json_i64(json_key(json, "least"), INT64_MIN);
	json_u64(json_key(json, "most"), UINT64_MAX);
	json_begin_array(json_key(json, "empty"));
	json_end_array(json);
	json_begin_object(json_key(json, "object"));
	json_end_object(json);
	json_begin_array(json_key(json, "list"));
	json_u64(json, 1);
	json_text(json, "two");
	json_begin_object(json);
	json_i64(json_key(json, "a"), -3);
	json_end_object(json);
	json_begin_array(json);
	json_null(json);
	json_end_array(json);
	json_end_array(json);
	at = json_begin_raw(json_key(json, "raw"));
	memcpy(at, "1.50", 4);
	json_end_raw(json, at + 4);
	json_bytes(json_key(json, "bytes"), "\"\\\x1b\n\xff" "\0é", 8);
	json_end_object(json);
}

static const char all_kinds[] =
	"{\"v\":1,\"type\":\"x\",\"null\":null,\"none\":null,\"yes\":true,\"no\":false,"
	"\"least\":-9223372036854775808,\"most\":18446744073709551615,\"empty\":[],\"object\":{},"
	"\"list\":[1,\"two\",{\"a\":-3},[null]],\"raw\":1.50,"
	"\"bytes\":\"\\\"\\\\\\u001b\\u000a\\ufffd\\u0000é\"}\n";

/* To a file in memory; `text` is to be freed. */
static void to_file(void (*write)(struct json *json), char **text)
{
	struct json json;
	size_t n;
	FILE *file = open_memstream(text, &n);

	assert_non_null(file);
	json_to_file(&json, file);
	write(&json);
	assert_int_equal(json_end_line(&json), 0);
	assert_int_equal(fclose(file), 0);
}

/* The same by a sink. */
static void to_sink(void (*write)(struct json *json), char **text)
{
	int fd = memfd_create("json", MFD_CLOEXEC);
	struct sink *sink;
	struct json json;
	off_t n;

	assert_true(fd >= 0);
	assert_int_equal(sink_new(fd, -1, &sink), 0);
	json_to_sink(&json, sink);
	write(&json);
	assert_int_equal(json_end_line(&json), 0);
	assert_int_equal(sink_flush(sink), 0);
	n = lseek(fd, 0, SEEK_END);
	*text = calloc(1, (size_t)n + 1);
	assert_non_null(*text);
	assert_int_equal(pread(fd, *text, (size_t)n, 0), n);
	sink_free(sink);
	assert_int_equal(close(fd), 0);
}

static void test_kinds(void **state)
{
	char *text;

	(void)state;
	to_file(write_all_kinds, &text);
	assert_string_equal(text, all_kinds);
	free(text);
	to_sink(write_all_kinds, &text);
	assert_string_equal(text, all_kinds);
	free(text);
}

enum { MANY = 20000 };

/* Longer than the sink's buffer; a character of three bytes is cut by no piece. */
static void write_long(struct json *json)
{
	static char bytes[3 * MANY + 1];

	bytes[0] = 'x';
	for (size_t i = 0; i < MANY; i++)
		memcpy(bytes + 1 + 3 * i, "→", 3);
	json_begin_array(json);
	for (unsigned i = 0; i < MANY; i++)
		json_u64(json, 1000000000 + i);
	json_bytes(json, bytes, sizeof(bytes));
	memset(bytes, '\x80', sizeof(bytes)); /* in no character */
	json_bytes(json, bytes, sizeof(bytes));
	json_end_array(json);
}

static void test_long(void **state)
{
	void (*const to[])(void (*)(struct json *), char **) = { to_file, to_sink };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		char *text, *at;

		to[i](write_long, &text);
		assert_int_equal(strlen(text), 11 * MANY + 1 + 3 + 3 * MANY + 3 + 6 * (3 * MANY + 1) + 2);
		assert_memory_equal(text, "[1000000000,1000000001,", 23);
		at = text + 11 * MANY + 1;
		assert_memory_equal(at, "\"x→→", 8);
		at += 2 + 3 * MANY;
		assert_memory_equal(at, "\",\"\\ufffd", 9);
		assert_null(memchr(text, '\xff', strlen(text)));
		assert_string_equal(text + strlen(text) - 9, "\\ufffd\"]\n");
		free(text);
	}
}

/* A sink that has failed takes nothing, and its error comes out at the end of the line. */
static void test_error(void **state)
{
	int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);
	struct sink *sink;
	struct json json;

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(sink_new(fd, -1, &sink), 0);
	json_to_sink(&json, sink);
	write_long(&json);
	assert_int_equal(json_end_line(&json), -ENOSPC);
	json_begin_object(&json);
	json_end_object(&json);
	assert_int_equal(json_end_line(&json), -ENOSPC);
	sink_free(sink);
	assert_int_equal(close(fd), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_long),
		cmocka_unit_test(test_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
