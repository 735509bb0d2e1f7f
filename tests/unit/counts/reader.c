// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* When a snapshot scans for request and timewait sockets, over a tracer that is made up. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "counts/counts.h"

static struct {
	bool follows;
	struct counters counters;
	int scan_result;
	long scan_cost_ns;
	unsigned scans, resolved, copies, rescans, ended;
} kernel;

bool tracer_follows_minisocks(const struct tracer *tracer)
{
	(void)tracer;
	return kernel.follows;
}

void tracer_count(const struct tracer *tracer, struct counters *counters)
{
	(void)tracer;
	*counters = kernel.counters;
}

int tracer_count_minisocks(struct tracer *tracer, struct counters *counters)
{
	struct timespec cost = {.tv_nsec = kernel.scan_cost_ns};

	tracer_count(tracer, counters);
	kernel.scans++;
	(void)nanosleep(&cost, NULL);
	if (kernel.scan_result >= 0)
		counters->sockets[TS_TIME_WAIT] += 7;
	return kernel.scan_result;
}

int tracer_each_port(struct tracer *tracer, int (*report)(void *context, uint64_t id, uint16_t port),
		     void *context)
{
	(void)tracer;
	assert_null(report);
	kernel.resolved++;
	return 0;
}

int tracer_each_half_open_end(struct tracer *tracer, bool last,
			      int (*report)(void *context, const struct ts_frame *transition),
			      void *context)
{
	(void)tracer;
	assert_false(last);
	assert_null(report);
	kernel.ended++;
	return 0;
}

int tracer_rescan(struct tracer *tracer)
{
	(void)tracer;
	kernel.rescans++;
	return 0;
}

int tracer_add_copy(struct tracer *tracer)
{
	(void)tracer;
	kernel.copies++;
	return 0;
}

static int begin(void **state)
{
	memset(&kernel, 0, sizeof(kernel));
	return 0;
}

static void does_not_scan_where_transitions_are_reported(void **state)
{
	struct counts_reader reader = {0};
	struct counts counts;

	kernel.follows = true;
	kernel.counters.sockets[TS_TIME_WAIT] = 3;
	assert_int_equal(counts_read(&reader, &counts), 0);
	counts_read_last(&reader, &counts);
	assert_int_equal(kernel.scans, 0);
	assert_int_equal(kernel.resolved, 2);
	assert_int_equal(kernel.rescans, 1);
	assert_int_equal(kernel.ended, 1);
	assert_int_equal(counts.total.sockets[TS_TIME_WAIT], 3);
	assert_true(counts.minisocks_known);
	assert_false(counts.minisocks_scanned);
}

/* One that moves from the pending ports to the counters may be in neither for a moment. */
static void never_counts_less_than_before(void **state)
{
	uint64_t *connects = &kernel.counters.transitions[TS_CLOSED][TS_SYN_SENT];
	struct counts_reader reader = {0};
	struct counts first, now;

	kernel.follows = true;
	*connects = 100;
	assert_int_equal(counts_read(&reader, &first), 0);
	*connects = 14;
	assert_int_equal(counts_read(&reader, &now), 0);
	assert_int_equal(counts_transitions(&first, &now, TS_CLOSED, TS_SYN_SENT), 0);
	*connects = 103;
	counts_read_last(&reader, &now);
	assert_int_equal(counts_transitions(&first, &now, TS_CLOSED, TS_SYN_SENT), 3);
}

/* A scan of 40 ms: the next one is due 0.8 s later. */
static void limits_the_time_of_scans(void **state)
{
	struct counts_reader reader = {0};
	struct counts counts;

	kernel.scan_cost_ns = 40000000;
	kernel.scan_result = 2;
	assert_int_equal(counts_read(&reader, &counts), 0);
	assert_true(counts.minisocks_known && counts.minisocks_scanned);
	assert_int_equal(counts.total.sockets[TS_TIME_WAIT], 7);
	assert_int_equal(counts.netns_missed, 2);
	assert_int_equal(counts_read(&reader, &counts), 0);
	assert_int_equal(kernel.scans, 1);
	assert_false(counts.minisocks_known || counts.minisocks_scanned);
	assert_int_equal(counts.netns_missed, 2); /* still those of the latest scan */
	reader.scanned_ns -= 20 * reader.scan_cost_ns;
	assert_int_equal(counts_read(&reader, &counts), 0);
	assert_int_equal(kernel.scans, 2);
	counts_read_last(&reader, &counts); /* always */
	assert_int_equal(kernel.scans, 3);
}

static void reports_a_scan_that_fails(void **state)
{
	struct counts_reader reader = {0};
	struct counts counts;

	kernel.scan_result = -EACCES;
	kernel.counters.transitions[TS_CLOSED][TS_LISTEN] = 1;
	assert_int_equal(counts_read(&reader, &counts), -EACCES);
	counts_read_last(&reader, &counts);
	assert_false(counts.minisocks_known || counts.minisocks_scanned);
	assert_int_equal(counts.total.transitions[TS_CLOSED][TS_LISTEN], 1);
}

/* Minisockets have no process, so a filter by process leaves their number unknown. */
static void knows_what_the_filter_leaves_unknown(void **state)
{
	struct counts_reader reader = {.minisocks_unknown = true};
	struct counts counts;

	assert_int_equal(counts_read(&reader, &counts), 0);
	assert_true(counts.minisocks_scanned);
	assert_false(counts.minisocks_known);
}

static void derives_sockets_only_where_the_kernel_does_not(void **state)
{
	struct counts_reader reader = {0};
	struct counts counts;

	kernel.follows = true;
	kernel.counters.transitions[TS_CLOSED][TS_LISTEN] = 2;
	assert_int_equal(counts_read(&reader, &counts), 0);
	assert_int_equal(counts.total.sockets[TS_LISTEN], 0);
	kernel.counters.underived = true;
	assert_int_equal(counts_read(&reader, &counts), 0);
	assert_int_equal(counts.total.sockets[TS_LISTEN], 2);
}

static void adds_a_copy_where_transitions_are_missed(void **state)
{
	struct counts_reader reader = {0};
	struct counts counts;

	assert_int_equal(counts_read(&reader, &counts), 0);
	assert_int_equal(kernel.copies, 0);
	kernel.counters.missed = 1;
	counts_read_last(&reader, &counts); /* the tracer is detached */
	assert_int_equal(kernel.copies, 0);
	assert_int_equal(counts_read(&reader, &counts), 0);
	assert_int_equal(kernel.copies, 1);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(does_not_scan_where_transitions_are_reported, begin),
		cmocka_unit_test_setup(never_counts_less_than_before, begin),
		cmocka_unit_test_setup(limits_the_time_of_scans, begin),
		cmocka_unit_test_setup(reports_a_scan_that_fails, begin),
		cmocka_unit_test_setup(knows_what_the_filter_leaves_unknown, begin),
		cmocka_unit_test_setup(derives_sockets_only_where_the_kernel_does_not, begin),
		cmocka_unit_test_setup(adds_a_copy_where_transitions_are_missed, begin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
