// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The table of transitions, against the lists of RFC 9293 and of Linux written out. */
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

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_table) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
