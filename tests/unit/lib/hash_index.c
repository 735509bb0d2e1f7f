// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The hash table, and the cache of names that stands on it. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "lib/hash_index.h"
#include "lib/name_cache.h"

enum { N = 4096 };

static void test_put_set_get(void **state)
{
	struct hash_index index;
	uint32_t value = 7;

	(void)state;
	assert_int_equal(hash_index_new(&index, 3), 0);
	assert_false(hash_index_get(&index, 1, &value));
	assert_int_equal(value, 7);
	assert_int_equal(hash_index_put(&index, 1, 10), 10);
	assert_int_equal(hash_index_put(&index, 1, 11), 10); /* the earlier one stays */
	assert_int_equal(hash_index_set(&index, 1, 12), 10);
	assert_int_equal(hash_index_set(&index, UINT64_MAX, 13), 13);
	assert_true(hash_index_get(&index, 1, &value));
	assert_int_equal(value, 12);
	assert_true(hash_index_get(&index, UINT64_MAX, &value));
	assert_int_equal(value, 13);
	(void)hash_index_put(&index, 0, 14);
	assert_false(hash_index_get(&index, 0, &value));
	hash_index_free(&index);
	assert_false(hash_index_get(&index, 1, &value)); /* all zero: finds nothing */
}

static void test_remove(void **state)
{
	struct hash_index index;
	uint32_t value;

	(void)state;
	assert_int_equal(hash_index_new(&index, N), 0);
	for (unsigned turn = 0; turn < 4; turn++) {
		for (uint64_t key = 1; key <= N; key++)
			hash_index_set(&index, key, (uint32_t)key);
		hash_index_remove(&index, 5, 4); /* another value: stays */
		hash_index_remove(&index, N + 1, 0);
		for (uint64_t key = 1; key <= N; key += 3)
			hash_index_remove(&index, key, (uint32_t)key);
		for (uint64_t key = 1; key <= N; key++)
			assert_int_equal(hash_index_get(&index, key, &value), key % 3 != 1);
	}
	for (uint64_t key = 1; key <= N; key++)
		hash_index_remove(&index, key, (uint32_t)key);
	for (size_t i = 0; i <= index.mask; i++)
		assert_int_equal(index.slots[i].key, 0);
	hash_index_free(&index);
}

static size_t longest_run(const struct hash_index *index)
{
	size_t run = 0, longest = 0;

	for (size_t i = 0; i <= index->mask; i++) {
		run = index->slots[i].key ? run + 1 : 0;
		longest = run > longest ? run : longest;
	}
	return longest;
}

/* Keys that shared one slot before the table had a seed: multiples of the inverse of its factor. */
static void test_crafted_keys(void **state)
{
	static const uint64_t factor = 0x9e3779b97f4a7c15;
	uint64_t inverse = factor; /* right to 3 bits; each step doubles them */
	struct hash_index index;

	(void)state;
	for (int i = 0; i < 5; i++)
		inverse *= 2 - factor * inverse;
	assert_int_equal(factor * inverse, 1);
	assert_int_equal(hash_index_new(&index, N), 0);
	for (uint64_t i = 1; i <= N; i++)
		assert_int_equal(hash_index_put(&index, inverse * (i << 44), (uint32_t)i), i);
	assert_in_range(longest_run(&index), 1, 1000);
	hash_index_free(&index);
}

static void test_keys_of_bytes(void **state)
{
	static const char text[] = "0123456789abcdef012345";
	struct hash_index index, other;
	uint64_t key;

	(void)state;
	assert_int_equal(hash_index_new(&index, 1), 0);
	assert_int_equal(hash_index_new(&other, 1), 0);
	key = hash_index_key(&index, text, 16);
	assert_int_equal(hash_index_key(&index, "0123456789abcdef", 16), key);
	assert_int_not_equal(hash_index_key(&other, text, 16), key);
	for (size_t n = 0; n < sizeof(text); n++)
		if (n != 16)
			assert_int_not_equal(hash_index_key(&index, text, n), key);
	assert_int_not_equal(hash_index_key(&index, "\0\0", 1), hash_index_key(&index, "\0\0", 2));
	hash_index_free(&index);
	hash_index_free(&other);
}

static void test_names_replace_the_oldest(void **state)
{
	struct name_cache *names;
	char name[16];

	(void)state;
	assert_int_equal(name_cache_new(4, &names), 0);
	assert_null(name_cache_get(names, 0));
	assert_int_equal(name_cache_put(names, 0, "root"), 0);
	assert_string_equal(name_cache_get(names, 0), "root");
	assert_int_equal(name_cache_put(names, UINT64_MAX, "ignored"), 0);
	assert_null(name_cache_get(names, UINT64_MAX));
	for (uint64_t id = 1; id <= 6; id++) {
		(void)snprintf(name, sizeof(name), "name %d", (int)id);
		assert_int_equal(name_cache_put(names, id, name), 0);
	}
	assert_null(name_cache_get(names, 2));
	assert_string_equal(name_cache_get(names, 3), "name 3");
	assert_string_equal(name_cache_get(names, 6), "name 6");
	/* A new name makes the id the newest: the old entry goes, the new one stays. */
	assert_int_equal(name_cache_put(names, 4, "anew"), 0);
	assert_null(name_cache_get(names, 3));
	assert_int_equal(name_cache_put(names, 7, "name 7"), 0);
	assert_string_equal(name_cache_get(names, 4), "anew");
	assert_int_equal(name_cache_put(names, 8, "name 8"), 0);
	assert_int_equal(name_cache_put(names, 9, "name 9"), 0);
	assert_string_equal(name_cache_get(names, 4), "anew");
	assert_int_equal(name_cache_put(names, 10, "name 10"), 0);
	assert_null(name_cache_get(names, 4));
	name_cache_free(names);
	name_cache_free(NULL);
}

/* The address sanitizer ends the program for a size that no memory has, unless it is asked not to. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "allocator_may_return_null=1";
}

static void test_no_memory(void **state)
{
	struct name_cache *names = NULL;
	struct hash_index index;

	(void)state;
	assert_int_equal(hash_index_new(&index, SIZE_MAX / 4), -ENOMEM);
	hash_index_free(&index);
	assert_int_equal(name_cache_new(SIZE_MAX / 2, &names), -ENOMEM);
	assert_null(names);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_put_set_get),
		cmocka_unit_test(test_remove),
		cmocka_unit_test(test_crafted_keys),
		cmocka_unit_test(test_keys_of_bytes),
		cmocka_unit_test(test_names_replace_the_oldest),
		cmocka_unit_test(test_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
