// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The order of keys: of each type of value, of unknown values, and downwards. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "list/key.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))
#define TEXT(of)     { .type = VALUE_TEXT, .text = of, .length = sizeof(of) - 1 }
#define NAME(of)     { .type = VALUE_NAME, .text = of }
#define IPV4(d, of)  { .type = VALUE_ENDPOINT, .family = 4, .address = v4_##d, .number = of }
#define IPV6(d, of)  { .type = VALUE_ENDPOINT, .family = 6, .address = v6_##d, .number = of }
#define PROCESS(...) { .type = VALUE_PROCESS, .process = { __VA_ARGS__ } }
#define NUMBER(of)   { .type = VALUE_U64, .number = of }

/* IPv4 has four bytes: those behind do not count. */
static const uint8_t v4_1[TS_ADDR_LEN] = { 10, 0, 0, 1, 9 };
static const uint8_t v4_2[TS_ADDR_LEN] = { 10, 0, 0, 2, 7 };
static const uint8_t v4_same[TS_ADDR_LEN] = { 10, 0, 0, 2, 6 };
static const uint8_t v6_1[TS_ADDR_LEN] = { 1, [15] = 1 };
static const uint8_t v6_2[TS_ADDR_LEN] = { 1, [15] = 2 };
static const uint8_t v6_3[TS_ADDR_LEN] = { 2 };

static int sign(int order)
{
	return (order > 0) - (order < 0);
}

/* Each value is less than the next; unknown values are last in either direction. */
static void check(const struct value *values, size_t n)
{
	struct list_key unknown = { .value = { .type = VALUE_NULL } };

	for (int down = 0; down < 2; down++) {
		unknown.down = down;
		assert_int_equal(list_key_compare(&unknown, &unknown), 0);
		for (size_t i = 0; i < n; i++) {
			const struct list_key a = { .value = values[i], .down = down };

			assert_true(list_key_compare(&a, &unknown) < 0);
			assert_true(list_key_compare(&unknown, &a) > 0);
			for (size_t k = 0; k < n; k++) {
				const struct list_key b = { .value = values[k], .down = down };
				int wanted = sign((int)i - (int)k) * (down ? -1 : 1);

				assert_int_equal(sign(list_key_compare(&a, &b)), wanted);
			}
		}
	}
}

static void orders_each_type(void **state)
{
	static const struct value texts[] = { TEXT(""), TEXT("a"), TEXT("ab"), TEXT("b"), TEXT("ba") };
	static const struct value names[] = { NAME("a"), NAME("ab"), NAME("b") };
	static const struct value ends[] = { IPV4(1, 9), IPV4(2, 1), IPV4(2, 2), IPV6(1, 5),
					     IPV6(2, 1), IPV6(2, 4), IPV6(3, 0) };
	static const struct value processes[] = {
		PROCESS(.without = "closed"),
		PROCESS(.without = "kernel"),
		PROCESS(.pid = 9),
		PROCESS(.comm = "a", .pid = 8, .fd = 1),
		PROCESS(.comm = "a", .pid = 8, .fd = 2),
		PROCESS(.comm = "a", .pid = 9, .fd = 1),
		PROCESS(.comm = "b", .pid = 1, .fd = 1),
	};
	static const struct value numbers[] = { NUMBER(0), NUMBER(1), NUMBER(UINT64_MAX) };
	static const struct value digests[] = {
		{ .type = VALUE_DIGEST, .digest = { 0, 1 } },
		{ .type = VALUE_DIGEST, .digest = { 1, 0 } },
	};

	(void)state;
	check(texts, COUNT(texts));
	check(names, COUNT(names));
	check(ends, COUNT(ends));
	check(processes, COUNT(processes));
	check(numbers, COUNT(numbers));
	check(digests, COUNT(digests));
}

static void ipv4_has_four_bytes(void **state)
{
	const struct list_key a = { .value = IPV4(2, 5) }, b = { .value = IPV4(same, 5) };

	(void)state;
	assert_int_equal(list_key_compare(&a, &b), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(orders_each_type),
		cmocka_unit_test(ipv4_has_four_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
