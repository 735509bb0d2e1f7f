// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Handshake drops: their names, and their fields as a transition. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tcp/handshake_drop.h"

static struct ts_drop some_drop(void)
{
	struct ts_drop drop = {
		.frame = { .type = TS_FRAME_DROP, .size = sizeof(drop) },
		.mono_ns = 5000,
		.id = 7,
		.cgroup = 42,
		.laddr = { 10, 0, 0, 1 },
		.raddr = { 10, 0, 0, 9 },
		.lport = 80,
		.rport = 4711,
		.netns = 4026531840,
		.pid = 1900,
		.uid = 33,
		.comm = "httpd",
		.count = 3,
		.queue = 129,
		.limit = 128,
		.family = 4,
		.owner = TS_OWNER_LISTEN,
	};

	return drop;
}

static void test_likeness(void **state)
{
	struct ts_drop drop = some_drop();
	struct ts_transition t;

	(void)state;
	drop.frame.flags = TS_F_MAPPED | TS_F_TOTALS | TS_F_ACTOR | 9 << TS_F_RETRANS_SHIFT;
	handshake_drop_as_transition(&drop, &t);
	assert_int_equal(t.frame.flags, TS_F_MAPPED); /* no promises that it cannot keep */
	assert_int_equal(t.old_state, 0);
	assert_int_equal(t.role, TS_ROLE_SERVER);
	assert_int_equal(t.since_ns, 0);
	assert_memory_equal(t.laddr, drop.laddr, sizeof(t.laddr));
	assert_string_equal(t.comm, "httpd");
	drop.why = TS_DROP_SYNACK_RETRANS;
	drop.retrans = 4;
	handshake_drop_as_transition(&drop, &t);
	assert_int_equal(t.frame.flags >> TS_F_RETRANS_SHIFT, 4);
	assert_int_equal(t.old_state, TS_SYN_RECV);
	assert_null(handshake_drop_at(&drop));
	for (unsigned why = 0; why < TS_DROP_WHYS; why++) {
		drop.why = (__u8)why;
		assert_non_null(handshake_drop_why(drop.why));
		assert_memory_equal(handshake_drop_event(&drop), "! ", 2);
	}
	drop.why = TS_DROP_WHYS;
	assert_null(handshake_drop_why(drop.why));
	assert_non_null(handshake_drop_event(&drop));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_likeness),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
