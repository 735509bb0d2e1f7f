// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Differences and rates of two snapshots, and sockets per state from transitions. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "counts/counts.h"

static void adds_transitions_up(void **state)
{
	static struct counts before, now;

	before.total.transitions[TS_CLOSED][TS_SYN_SENT] = 5;
	now.total.transitions[TS_CLOSED][TS_SYN_SENT] = 8;
	now.total.transitions[TS_SYN_SENT][TS_ESTABLISHED] = 2;
	now.total.transitions[TS_SYN_SENT][TS_CLOSED] = 1;
	assert_int_equal(counts_transitions(&before, &now, TS_CLOSED, TS_SYN_SENT), 3);
	assert_int_equal(counts_transitions(&before, &now, TS_SYN_SENT, TS_STATE_NONE), 3);
	assert_int_equal(counts_transitions(&before, &now, TS_STATE_NONE, TS_CLOSED), 1);
	assert_int_equal(counts_transitions(&before, &now, TS_STATE_NONE, TS_STATE_NONE), 6);
	assert_int_equal(counts_transitions(&now, &now, TS_STATE_NONE, TS_STATE_NONE), 0);
}

static void rates_are_per_second(void **state)
{
	static struct counts before = {.mono_ns = 1000}, now = {.mono_ns = 1000 + 250000000};

	assert_true(counts_rate(&before, &now, 50) == 200);
	assert_true(counts_rate(&before, &now, 0) == 0);
	assert_true(counts_rate(&now, &now, 50) == 0);
}

/* The number is a difference of two counters that are read one after the other. */
static void missed_is_never_negative(void **state)
{
	static struct counts before, now;

	before.total.missed = 4;
	now.total.missed = 6;
	assert_int_equal(counts_missed(&before, &now), 2);
	assert_int_equal(counts_missed(&now, &before), 0);
}

static void sockets_follow_from_transitions(void **state)
{
	static struct counters c = {.underived = true};

	c.sockets[TS_LISTEN] = 1; /* from the first scan */
	c.sockets[TS_ESTABLISHED] = 10;
	c.transitions[TS_LISTEN][TS_SYN_RECV] = 4; /* the listener stays */
	c.transitions[TS_SYN_RECV][TS_ESTABLISHED] = 3;
	c.transitions[TS_ESTABLISHED][TS_CLOSED] = 5;
	c.transitions[TS_CLOSED][TS_SYN_SENT] = 2;
	c.transitions[TS_CLOSED][TS_LISTEN] = 1;
	c.transitions[TS_LISTEN][TS_CLOSED] = 2;
	counts_derive_sockets(&c);
	assert_false(c.underived);
	assert_int_equal(c.sockets[TS_LISTEN], 0);
	assert_int_equal(c.sockets[TS_SYN_RECV], 1);
	assert_int_equal(c.sockets[TS_ESTABLISHED], 8);
	assert_int_equal(c.sockets[TS_SYN_SENT], 2);
	assert_int_equal(c.sockets[TS_CLOSED], 0);
}

/* Request sockets are in SYN_RECV, timewait sockets in TIME_WAIT and, of orphans, FIN_WAIT_2. */
static void only_states_of_minisockets_are_unknown(void **state)
{
	static struct counts counts;

	for (unsigned s = TS_STATE_NONE + 1; s < TS_STATES; s++) {
		bool has = s == TS_SYN_RECV || s == TS_TIME_WAIT || s == TS_FIN_WAIT_2;

		counts = (struct counts){0};
		assert_int_equal(counts_state_known(&counts, s), !has);
		assert_false(counts_state_scanned(&counts, s));
		counts.minisocks_scanned = counts.minisocks_known = true;
		assert_true(counts_state_known(&counts, s));
		assert_int_equal(counts_state_scanned(&counts, s), has);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(adds_transitions_up),
		cmocka_unit_test(rates_are_per_second),
		cmocka_unit_test(missed_is_never_negative),
		cmocka_unit_test(sockets_follow_from_transitions),
		cmocka_unit_test(only_states_of_minisockets_are_unknown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
