// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Numbers, times, addresses and bytes from outside, as characters. */
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "lib/format.h"
#include "lib/utf8.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

static void expect(const char *start, const char *end, const char *wanted)
{
	assert_int_equal(end - start, strlen(wanted));
	assert_memory_equal(start, wanted, strlen(wanted));
}

static void formats_numbers_as_printf_does(void **state)
{
	uint64_t number = 1;
	char buffer[FORMAT_U64], wanted[FORMAT_U64 + 1];

	(void)state;
	for (int i = 0; i < 200; i++, number = number * 7 / 4 + 1) {
		(void)snprintf(wanted, sizeof(wanted), "%llu", (unsigned long long)number);
		expect(buffer, format_u64(buffer, number), wanted);
		(void)snprintf(wanted, sizeof(wanted), "%llx", (unsigned long long)number);
		expect(buffer, format_hex(buffer, number), wanted);
	}
	expect(buffer, format_u64(buffer, 0), "0");
	expect(buffer, format_hex(buffer, 0), "0");
	expect(buffer, format_u64(buffer, UINT64_MAX), "18446744073709551615");
	expect(buffer, format_u64(buffer, 10000000000000000000u), "10000000000000000000");
	expect(buffer, format_u64(buffer, 9999), "9999");
	expect(buffer, format_u64(buffer, 10000), "10000");
}

static void formats_addresses(void **state)
{
	static const struct {
		uint8_t address[16];
		const char *text;
	} cases[] = {
		{ { 0 }, "::" },
		{ { [15] = 1 }, "::1" },
		{ { [1] = 1 }, "1::" },
		{ { [3] = 1, [13] = 2 }, "0:1::2:0" },
		{ { 0x20, 1, 0xd, 0xb8, [7] = 1, [9] = 1, [11] = 1, [13] = 1, [15] = 1 },
		  "2001:db8:0:1:1:1:1:1" },
		{ { 0x20, 1, 0xd, 0xb8, [9] = 1, [15] = 1 }, "2001:db8::1:0:0:1" },
		{ { 0xfe, 0x80, [8] = 2, 0, 0x5e, 0xff, 0xfe, 0, 0x53, 1 },
		  "fe80::200:5eff:fe00:5301" },
		{ { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
		    0xff, 0xff, 0xff },
		  "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff" },
		{ { 0x10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10 }, "1000::10" },
	};
	char buffer[FORMAT_IPV6];

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		expect(buffer, format_ipv6(buffer, cases[i].address), cases[i].text);
	expect(buffer, format_ipv4(buffer, (const uint8_t[]){ 255, 0, 10, 100 }), "255.0.10.100");
}

static void formats_times(void **state)
{
	struct format_second utc = { .length = 0 }, local = { .length = 0 };
	char buffer[FORMAT_TIMESTAMP];

	(void)state;
	assert_int_equal(setenv("TZ", "Asia/Kolkata", 1), 0);
	tzset();
	expect(buffer, format_timestamp(buffer, 1769851800123456789, &utc),
	       "2026-01-31T09:30:00.123456789Z");
	expect(buffer, format_timestamp(buffer, 1769851800999999999, &utc),
	       "2026-01-31T09:30:00.999999999Z");
	expect(buffer, format_timestamp(buffer, 1769851801000000000, &utc),
	       "2026-01-31T09:30:01.000000000Z");
	expect(buffer, format_timestamp(buffer, 1769851800000000001, &utc),
	       "2026-01-31T09:30:00.000000001Z");
	expect(buffer, format_timestamp(buffer, 1709164800000000000, &utc),
	       "2024-02-29T00:00:00.000000000Z");
	expect(buffer, format_timestamp(buffer, -1, &utc), "1969-12-31T23:59:59.999999999Z");
	expect(buffer, format_timestamp(buffer, INT64_MAX, &utc), "2262-04-11T23:47:16.854775807Z");
	expect(buffer, format_timestamp(buffer, INT64_MIN, &utc), "1677-09-21T00:12:43.145224192Z");
	expect(buffer, format_time(buffer, 1769851800123999999, &local), "15:00:00.123");
	expect(buffer, format_time(buffer, 1769851859000000000, &local), "15:00:59.000");
}

static void formats_durations(void **state)
{
	static const struct {
		uint64_t ns;
		const char *text;
	} cases[] = {
		{ 0, "0ns" },
		{ 999, "999ns" },
		{ 1000, "1µs" },
		{ 999999, "999µs" },
		{ 1000000, "1.00ms" },
		{ 1532401, "1.53ms" },
		{ 9999999, "9.99ms" },
		{ 10000000, "10.0ms" },
		{ 99999999, "99.9ms" },
		{ 999999999, "999ms" },
		{ 1000000000, "1.00s" },
		{ 59999999999, "59.9s" },
		{ 60000000000, "1m00s" },
		{ 192000000000, "3m12s" },
		{ 3599999999999, "59m59s" },
		{ 3600000000000, "1h00m" },
		{ 86399999999999, "23h59m" },
		{ 86400000000000, "1d00h" },
		{ UINT64_MAX, "213503d23h" },
	};
	char buffer[FORMAT_DURATION];

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		expect(buffer, format_duration(buffer, cases[i].ns, "µ"), cases[i].text);
	expect(buffer, format_us(buffer, 1532401), "1532.401");
	expect(buffer, format_us(buffer, 7), "0.007");
}

static void escapes_what_is_not_plain(void **state)
{
	static const struct {
		const char *bytes, *utf8, *ascii, *json;
	} cases[] = {
		{ "nginx", "nginx", "nginx", "nginx" },
		{ "a\\\"", "a\\x5c\"", "a\\x5c\"", "a\\\\\\\"" },
		{ "\033[m\n\x7f", "\\x1b[m\\x0a\\x7f", "\\x1b[m\\x0a\\x7f",
		  "\\u001b[m\\u000a\\u007f" },
		{ "caf\xc3\xa9", "caf\xc3\xa9", "caf\\xc3\\xa9", "caf\xc3\xa9" },
		{ "\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80", "\\xf0\\x9f\\x98\\x80",
		  "\xf0\x9f\x98\x80" },
		/* C1 controls, a right-to-left override, a tag character */
		{ "\xc2\x9b", "\\xc2\\x9b", "\\xc2\\x9b", "\\u009b" },
		{ "\xe2\x80\xae", "\\xe2\\x80\\xae", "\\xe2\\x80\\xae", "\\u202e" },
		{ "\xf3\xa0\x81\x81", "\\xf3\\xa0\\x81\\x81", "\\xf3\\xa0\\x81\\x81",
		  "\\udb40\\udc41" },
		/* stray, overlong, surrogate, too large, cut */
		{ "\x80", "\\x80", "\\x80", "\\ufffd" },
		{ "\xc0\xaf", "\\xc0\\xaf", "\\xc0\\xaf", "\\ufffd\\ufffd" },
		{ "\xe0\x80\xaf", "\\xe0\\x80\\xaf", "\\xe0\\x80\\xaf", "\\ufffd\\ufffd\\ufffd" },
		{ "\xed\xa0\x80", "\\xed\\xa0\\x80", "\\xed\\xa0\\x80", "\\ufffd\\ufffd\\ufffd" },
		{ "\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80", "\\xf4\\x90\\x80\\x80",
		  "\\ufffd\\ufffd\\ufffd\\ufffd" },
		{ "x\xe6\x9c", "x\\xe6\\x9c", "x\\xe6\\x9c", "x\\ufffd\\ufffd" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		size_t n = strlen(cases[i].bytes);
		char *bytes = malloc(n); /* exactly: a byte too far is seen */
		char text[64];

		assert_non_null(bytes);
		memcpy(bytes, cases[i].bytes, n);
		expect(text, format_text(text, bytes, n, true), cases[i].utf8);
		expect(text, format_text(text, bytes, n, false), cases[i].ascii);
		expect(text, format_json(text, bytes, n), cases[i].json);
		free(bytes);
	}
}

/* As long as it was, whatever it is; what steers a terminal has gone. */
static void masks_bytes(void **state)
{
	static const struct {
		const char *bytes, *masked;
	} cases[] = {
		{ "", "" },
		{ "a\\b \"c'd)", "a\\b \"c'd)" },
		{ "\033[m\n\x7f\t", "?[m???" },
		{ "caf\xc3\xa9 \xf0\x9f\x98\x80", "caf\xc3\xa9 \xf0\x9f\x98\x80" },
		{ "caf\xe9", "caf\xe9" },
		{ "caf\xe9s", "caf\xe9s" },
		{ "a\xc2\x9b" "b", "a??b" },
		{ "\x9b" "b\x80", "?b?" },
		{ "\xe2\x80\xae", "???" },
		/* cut: it stays at the end, and only there */
		{ "x\xe6\x9c", "x\xe6\x9c" },
		{ "x\xe6\x9cy", "x\xe6?y" },
		{ "\xf0\x9f\x98", "\xf0\x9f\x98" },
		{ "\xc2", "\xc2" },
		/* overlong, surrogate */
		{ "\xc0\xaf", "\xc0\xaf" },
		{ "\xe0\x80\xaf", "\xe0?\xaf" },
		{ "\xed\xa0\x80", "\xed\xa0?" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		size_t n = strlen(cases[i].bytes);
		char *bytes = malloc(n), text[64]; /* exactly: a byte too far is seen */

		assert_true(!n || bytes);
		memcpy(bytes, cases[i].bytes, n);
		expect(text, format_masked(text, bytes, n), cases[i].masked);
		assert_int_equal(strlen(cases[i].masked), n);
		free(bytes);
	}
}

/* Every byte sequence of two: within the room that is promised, and never a control. */
static void escapes_within_its_room(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 65536; i++) {
		const char bytes[] = { (char)(i >> 8), (char)i };
		char *text = malloc(2 * FORMAT_TEXT_BYTE), *json = malloc(2 * FORMAT_JSON_BYTE);
		char *end = format_text(text, bytes, 2, true);

		for (char *c = text; c < end; c++)
			assert_true((unsigned char)*c >= 0x20 && *c != 0x7f);
		end = format_masked(text, bytes, 2);
		assert_ptr_equal(end, text + 2);
		for (char *c = text; c < end; c++)
			assert_true((unsigned char)*c >= 0x20 && *c != 0x7f);
		end = format_json(json, bytes, 2);
		for (char *c = json; c < end; c++)
			assert_true((unsigned char)*c >= 0x20 && *c != 0x7f);
		free(text);
		free(json);
	}
}

static void measures_cells(void **state)
{
	(void)state;
	if (!setlocale(LC_CTYPE, "C.UTF-8"))
		skip();
	assert_int_equal(utf8_width("CLOSED→LISTEN", strlen("CLOSED→LISTEN")), 13);
	assert_int_equal(utf8_width("服务", strlen("服务")), 4);
	assert_int_equal(utf8_width("", 0), 0);
}

static void formats_bytes(void **state)
{
	static const struct {
		uint64_t bytes;
		const char *text;
	} cases[] = {
		{ 0, "0B" },
		{ 1023, "1023B" },
		{ 1024, "1.00K" },
		{ 1536, "1.50K" },
		{ 10239, "9.99K" },
		{ 35000, "34.1K" },
		{ 1048575, "1023K" },
		{ 1048576, "1.00M" },
		{ UINT64_C(128849018880), "120G" },
		{ UINT64_C(1) << 40, "1.00T" },
		{ UINT64_MAX, "16777215T" },
	};
	char buffer[FORMAT_DURATION];

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		expect(buffer, format_bytes(buffer, cases[i].bytes), cases[i].text);
}

static size_t encode(uint32_t c, char *to)
{
	if (c < 0x80) {
		to[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		to[0] = (char)(0xc0 | c >> 6);
		to[1] = (char)(0x80 | (c & 0x3f));
		return 2;
	}
	if (c < 0x10000) {
		to[0] = (char)(0xe0 | c >> 12);
		to[1] = (char)(0x80 | (c >> 6 & 0x3f));
		to[2] = (char)(0x80 | (c & 0x3f));
		return 3;
	}
	to[0] = (char)(0xf0 | c >> 18);
	to[1] = (char)(0x80 | (c >> 12 & 0x3f));
	to[2] = (char)(0x80 | (c >> 6 & 0x3f));
	to[3] = (char)(0x80 | (c & 0x3f));
	return 4;
}

/* Whether the character passes, in text, in JSON and with a mask alike. */
static bool passes(uint32_t c)
{
	char bytes[4], text[64], json[64], masked[64];
	size_t n = encode(c, bytes);
	size_t in_text = (size_t)(format_text(text, bytes, n, true) - text);
	size_t in_json = (size_t)(format_json(json, bytes, n) - json);
	bool good = in_text == n && !memcmp(text, bytes, n);

	assert_int_equal(format_masked(masked, bytes, n) - masked, n);
	assert_int_equal(in_json == n && !memcmp(json, bytes, n), good);
	assert_int_equal(!memcmp(masked, bytes, n), good);
	return good;
}

/* Both ends of each range that could hide or reorder its neighbours, and what is next to them. */
static void hides_no_more_than_it_must(void **state)
{
	static const uint32_t hidden[][2] = {
		{ 0x7f, 0x9f },	    { 0xad, 0xad },	{ 0x61c, 0x61c },   { 0x180e, 0x180e },
		{ 0x200b, 0x200f }, { 0x2028, 0x202e }, { 0x2060, 0x206f }, { 0xfeff, 0xfeff },
		{ 0xfff9, 0xfffb }, { 0xe0000, 0xe007f },
	};

	(void)state;
	assert_false(passes(0));
	assert_false(passes(0x1f));
	assert_true(passes(0x20));
	for (size_t i = 0; i < COUNT(hidden); i++) {
		assert_true(passes(hidden[i][0] - 1));
		assert_false(passes(hidden[i][0]));
		assert_false(passes(hidden[i][1]));
		assert_true(passes(hidden[i][1] + 1));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(formats_numbers_as_printf_does),
		cmocka_unit_test(formats_addresses),
		cmocka_unit_test(hides_no_more_than_it_must),
		cmocka_unit_test(formats_times),
		cmocka_unit_test(formats_durations),
		cmocka_unit_test(formats_bytes),
		cmocka_unit_test(escapes_what_is_not_plain),
		cmocka_unit_test(masks_bytes),
		cmocka_unit_test(escapes_within_its_room),
		cmocka_unit_test(measures_cells),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
