// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The table of transitions, against the lists of RFC 9293 and of Linux written out. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tcp/state.h"
#include "tcp/transitions.h"

static const char regular[] =
	" CLOSED>LISTEN CLOSED>SYN_SENT LISTEN>SYN_RECV SYN_SENT>SYN_RECV SYN_SENT>ESTABLISHED"
	" SYN_RECV>ESTABLISHED ESTABLISHED>FIN_WAIT_1 ESTABLISHED>CLOSE_WAIT"
	" FIN_WAIT_1>FIN_WAIT_2 FIN_WAIT_1>CLOSING FIN_WAIT_2>TIME_WAIT CLOSING>TIME_WAIT"
	" CLOSE_WAIT>LAST_ACK LAST_ACK>CLOSED TIME_WAIT>CLOSED ";
static const char other[] =
	" LISTEN>CLOSED SYN_SENT>CLOSED SYN_RECV>FIN_WAIT_1 SYN_RECV>CLOSE_WAIT SYN_RECV>CLOSED"
	" ESTABLISHED>CLOSED FIN_WAIT_1>CLOSED FIN_WAIT_2>CLOSED CLOSING>CLOSED"
	" CLOSE_WAIT>CLOSED ";

static void test_table(void **state)
{
	char name[48];

	(void)state;
	for (unsigned old = 0; old <= 40; old++)
		for (unsigned new = 0; new <= 40; new++) {
			bool is_state = old > TS_STATE_NONE && old < TS_NEW_SYN_RECV &&
					new > TS_STATE_NONE && new < TS_NEW_SYN_RECV;
			bool is_regular, is_other;

			(void)snprintf(name, sizeof(name), " %s>%s ", state_name(old),
				       state_name(new));
			is_regular = is_state && strstr(regular, name);
			is_other = is_state && strstr(other, name);
			if (transition_is_regular(old, new) != is_regular ||
			    transition_is_legal(old, new) != (is_regular || is_other))
				fail_msg("%u>%u (%s)", old, new, name);
			assert_int_equal(transition_is_shown(old, new),
					 (is_regular || is_other) &&
						 !(old == TS_SYN_RECV && new == TS_CLOSE_WAIT));
		}
}

/* Without a reason, an end that is not in order is a failure, and so is one with an error. */
static void test_failed(void **state)
{
	static const struct {
		unsigned old, new, reason, err;
		bool failed;
	} cases[] = {
		{ TS_SYN_SENT, TS_CLOSED, TS_REASON_NONE, 0, true },
		{ TS_SYN_RECV, TS_CLOSED, TS_REASON_NONE, 0, true },
		{ TS_ESTABLISHED, TS_CLOSED, TS_REASON_NONE, 0, true },
		{ TS_CLOSE_WAIT, TS_CLOSED, TS_REASON_NONE, 0, true },
		{ TS_FIN_WAIT_1, TS_CLOSED, TS_REASON_NONE, ECONNRESET, true },
		{ TS_FIN_WAIT_2, TS_CLOSED, TS_REASON_NONE, ECONNRESET, true },
		{ TS_LAST_ACK, TS_CLOSED, TS_REASON_NONE, ECONNRESET, true },
		{ TS_LAST_ACK, TS_CLOSED, TS_REASON_NONE, 0, false },
		{ TS_LISTEN, TS_CLOSED, TS_REASON_NONE, 0, false },
		{ TS_TIME_WAIT, TS_CLOSED, TS_REASON_NONE, 0, false },
		{ TS_TIME_WAIT, TS_CLOSED, TS_REASON_RESET_BY_PEER, 0, false },
		{ TS_ESTABLISHED, TS_FIN_WAIT_1, TS_REASON_NONE, 0, false },
		{ TS_FIN_WAIT_2, TS_TIME_WAIT, TS_REASON_NORMAL, 0, false },
		{ TS_LAST_ACK, TS_CLOSED, TS_REASON_NORMAL, EHOSTUNREACH, false },
		{ TS_SYN_SENT, TS_CLOSED, TS_REASON_NO_LOCAL_PORT, EADDRNOTAVAIL, true },
		{ TS_LAST_ACK, TS_CLOSED, TS_REASONS, 0, true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct ts_transition t = { .old_state = (__u8)cases[i].old,
						 .new_state = (__u8)cases[i].new,
						 .reason = (__u8)cases[i].reason,
						 .err = (__u16)cases[i].err };

		if (transition_failed(&t) != cases[i].failed)
			fail_msg("case %zu", i);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_table),
					    cmocka_unit_test(test_failed) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
