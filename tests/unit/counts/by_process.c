// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Transitions by process: who is the same, the busiest, and more processes than the table has. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "counts/by_process.h"

static void add(struct by_process *counts, uint32_t pid, const char *comm, unsigned times)
{
	struct ts_transition t = {.owner = TS_OWNER_ACCEPT, .pid = pid};

	memcpy(t.comm, comm, strlen(comm));
	while (times--)
		by_process_add(counts, &t);
}

static void the_busiest_come_first(void **state)
{
	struct process_count top[3];
	struct by_process *counts;

	assert_int_equal(by_process_new(&counts), 0);
	assert_int_equal(by_process_top(counts, top, 3), 0);
	add(counts, 1, "a", 2);
	assert_int_equal(by_process_top(counts, top, 3), 1);
	add(counts, 2, "b", 5);
	add(counts, 2, "renamed", 1); /* another program by exec */
	add(counts, 3, "c", 3);
	add(counts, 4, "d", 4);
	add(counts, 1, "a", 4);
	assert_int_equal(by_process_top(counts, top, 3), 3);
	assert_int_equal(top[0].transitions, 6);
	assert_string_equal(top[0].comm, "a");
	assert_int_equal(top[1].pid, 2);
	assert_string_equal(top[1].comm, "b");
	assert_int_equal(top[2].pid, 4);
	assert_int_equal(counts->n, 5);
	assert_int_equal(counts->total, 19);
	assert_int_equal(counts->beyond, 0);
	by_process_free(counts);
	by_process_free(NULL);
}

static void counts_those_beyond_its_size(void **state)
{
	struct process_count top[1];
	struct by_process *counts;

	assert_int_equal(by_process_new(&counts), 0);
	for (uint32_t pid = 1; pid <= BY_PROCESS_MAX + 2; pid++)
		add(counts, pid, "x", pid == 5 ? 3 : 2);
	assert_int_equal(counts->n, BY_PROCESS_MAX);
	assert_int_equal(counts->beyond, 4);
	assert_int_equal(counts->total, 2 * (BY_PROCESS_MAX + 2) + 1);
	assert_int_equal(by_process_top(counts, top, 1), 1);
	assert_int_equal(top[0].pid, 5);
	by_process_free(counts);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_busiest_come_first),
		cmocka_unit_test(counts_those_beyond_its_size),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
