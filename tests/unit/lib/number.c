// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Numbers: the whole text or nothing, and the ends of the range. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lib/number.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

/* Not numbers for any of the three parsers. */
static const char *const nonsense[] = {
	"",    " ",   "-1",  "+1",   " 1",    "1 ",  "12abc", "a",    "0x10", "1e3",
	"1,2", "--1", "1-2", "\xd9", "1\n",   "inf", "nan",   "1..2", ".",    "1.",
	"..1", "K",   "1KK", "1KB",  "1.5.2", "M1",  "1T",    "-",    "1_0",
};

static void test_nonsense(void **state)
{
	uint64_t number = 77;
	double seconds = 7.5;

	(void)state;
	for (size_t i = 0; i < COUNT(nonsense); i++) {
		assert_int_equal(number_parse(nonsense[i], 0, UINT64_MAX, &number), -EINVAL);
		assert_int_equal(number_parse_size(nonsense[i], 0, UINT64_MAX, &number), -EINVAL);
		assert_int_equal(number_parse_seconds(nonsense[i], 0, 1e9, &seconds), -EINVAL);
	}
	assert_int_equal(number_parse("64K", 0, UINT64_MAX, &number), -EINVAL);
	assert_int_equal(number_parse("0.5", 0, UINT64_MAX, &number), -EINVAL);
	assert_int_equal(number_parse_size("0.5K", 0, UINT64_MAX, &number), -EINVAL);
	assert_int_equal(number, 77);
	assert_true(seconds == 7.5);
}

static void test_range(void **state)
{
	static const struct {
		const char *text;
		int result;
	} cases[] = {
		{"0", -ERANGE},
		{"1", 0},
		{"65535", 0},
		{"00065535", 0},
		{"65536", -ERANGE},
		{"18446744073709551615", -ERANGE},
		{"18446744073709551617", -ERANGE}, /* 1 but for the overflow */
		{"184467440737095516170000000000001", -ERANGE},
	};
	uint64_t number;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		number = 77;
		assert_int_equal(number_parse(cases[i].text, 1, 65535, &number), cases[i].result);
		if (cases[i].result)
			assert_int_equal(number, 77);
	}
	assert_int_equal(number_parse("18446744073709551615", 0, UINT64_MAX, &number), 0);
	assert_true(number == UINT64_MAX);
}

static void test_size(void **state)
{
	static const struct {
		const char *text;
		uint64_t bytes;
	} cases[] = {
		{"0", 0},	 {"4096", 4096},  {"64K", 65536},
		{"64k", 65536},	 {"8M", 8 << 20}, {"8m", 8 << 20},
		{"1G", 1 << 30}, {"1g", 1 << 30}, {"17179869183G", UINT64_C(17179869183) << 30},
	};
	uint64_t number;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_int_equal(number_parse_size(cases[i].text, 0, UINT64_MAX, &number), 0);
		assert_true(number == cases[i].bytes);
	}
	assert_int_equal(number_parse_size("17179869184G", 0, UINT64_MAX, &number), -ERANGE);
	assert_int_equal(number_parse_size("63K", 65536, 1 << 30, &number), -ERANGE);
	assert_int_equal(number_parse_size("1025M", 65536, 1 << 30, &number), -ERANGE);
}

static void test_seconds(void **state)
{
	static const struct {
		const char *text;
		double seconds;
	} cases[] = {
		{"1", 1},	{"0.5", 0.5},	  {".5", 0.5},
		{"2.25", 2.25}, {"0001.50", 1.5}, {"86400", 86400},
	};
	char endless[400];
	double seconds = 7.5;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_int_equal(number_parse_seconds(cases[i].text, 0.01, 86400, &seconds), 0);
		assert_true(seconds == cases[i].seconds);
	}
	seconds = 7.5;
	assert_int_equal(number_parse_seconds("0.009", 0.01, 86400, &seconds), -ERANGE);
	assert_int_equal(number_parse_seconds("86400.1", 0.01, 86400, &seconds), -ERANGE);
	for (size_t i = 0; i < sizeof(endless); i++)
		endless[i] = '9';
	endless[sizeof(endless) - 1] = '\0';
	assert_int_equal(number_parse_seconds(endless, 0.01, 86400, &seconds), -ERANGE);
	assert_true(seconds == 7.5);
	endless[1] = '.'; /* the nearest number that there is */
	assert_int_equal(number_parse_seconds(endless, 0.01, 86400, &seconds), 0);
	assert_true(seconds == 10);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nonsense),
		cmocka_unit_test(test_range),
		cmocka_unit_test(test_size),
		cmocka_unit_test(test_seconds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
