// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Names of states, owners, roles, reasons and errors, and every spelling of a state. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tcp/state.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

static const struct {
	int state;
	const char *name;	   /* PRODUCT's */
	const char *spellings[12]; /* that mean it too */
} states[] = {
	{TS_ESTABLISHED, "ESTABLISHED", {"established", "ESTAB", "estab", "TCP_ESTABLISHED"}},
	{TS_SYN_SENT, "SYN_SENT", {"syn-sent", "SYNSENT", "SYN_SEND", "SYNC_SEND", "SYNC_SENT"}},
	{TS_SYN_RECV,
	 "SYN_RECV",
	 {"syn-recv", "SYN_RCVD", "SYN_RECEIVED", "SYNC_RECEIVED", "SYN-RECEIVED", "SYNC_RCVD",
	  "NEW_SYN_RECV", "tcp_new_syn_recv", "synrecv"}},
	{TS_FIN_WAIT_1, "FIN_WAIT_1", {"FIN_WAIT1", "fin-wait-1", "FINWAIT1", "FIN-WAIT1"}},
	{TS_FIN_WAIT_2, "FIN_WAIT_2", {"FIN_WAIT2", "fin-wait-2", "FinWait2", "fin_wait-2"}},
	{TS_TIME_WAIT, "TIME_WAIT", {"time-wait", "TIMEWAIT", "TIMED_WAIT", "TimeWait"}},
	{TS_CLOSED, "CLOSED", {"closed", "CLOSE", "close", "TCP_CLOSE"}},
	{TS_CLOSE_WAIT, "CLOSE_WAIT", {"close-wait", "CLOSEWAIT", "Close_Wait"}},
	{TS_LAST_ACK, "LAST_ACK", {"last-ack", "LASTACK"}},
	{TS_LISTEN, "LISTEN", {"listen", "LISTENING", "listening"}},
	{TS_CLOSING, "CLOSING", {"closing"}},
};

static void test_spellings(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(states); i++) {
		assert_string_equal(state_name((unsigned)states[i].state), states[i].name);
		assert_int_equal(state_parse(states[i].name), states[i].state);
		for (const char *const *name = states[i].spellings; *name; name++) {
			if (state_parse(*name) != states[i].state)
				fail_msg("%s is %d", *name, state_parse(*name));
		}
	}
}

static void test_not_states(void **state)
{
	static const char *const names[] = {
		"",
		"-",
		"_",
		"CLOSE_WAI",
		"CLOSE_WAITS",
		"CLOSE_WAIT_",
		"_CLOSE_WAIT",
		"CLOSE WAIT",
		"FIN_WAIT",
		"FIN_WAIT_3",
		"FIN__WAIT_1",
		"SYN",
		"TCP_",
		"8",
		"NONE",
		"?",
		"LISTEN\n",
		"TCP_TCP_LISTEN",
		"LISTEN-",
		"ESTABLISHED>",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(names); i++) {
		if (state_parse(names[i]) != -EINVAL)
			fail_msg("\"%s\" is %d", names[i], state_parse(names[i]));
	}
}

static void test_state_numbers(void **state)
{
	(void)state;
	assert_string_equal(state_name(TS_NEW_SYN_RECV), "SYN_RECV");
	assert_string_equal(state_name(TS_STATE_NONE), "?");
	assert_string_equal(state_name(TS_STATES), "?");
	assert_string_equal(state_name(UINT32_MAX), "?");
}

/* Every number has a name, and what names are for has none. */
static void test_other_names(void **state)
{
	static const char *const owners[] = {"unknown", "connect",  "listen",	"accept",
					     "use",	"listener", "snapshot", "kernel"};
	static const char *const reasons[] = {
		"normal",	   "refused",	  "reset-by-peer",
		"timed-out",	   "unreachable", "aborted-unread-data",
		"aborted-linger",  "aborted",	  "destroyed",
		"listener-closed", "dropped",	  "keepalive-timeout",
		"user-timeout",	   "probe-timeout", "fin-timeout",
		"orphan-limit",	   "aborted-late-data", "time-wait-overflow",
		"reused",	   "no-local-port"};

	(void)state;
	assert_int_equal(COUNT(owners), TS_OWNERS);
	for (unsigned i = 0; i < TS_OWNERS; i++)
		assert_string_equal(owner_name(i), owners[i]);
	assert_string_equal(owner_name(TS_OWNERS), "?");

	assert_int_equal(COUNT(reasons), TS_REASONS - 1);
	assert_null(reason_name(TS_REASON_NONE));
	for (unsigned i = 1; i < TS_REASONS; i++)
		assert_string_equal(reason_name(i), reasons[i - 1]);
	assert_string_equal(reason_name(TS_REASONS), "?");

	assert_null(role_name(TS_ROLE_UNKNOWN));
	assert_string_equal(role_name(TS_ROLE_CLIENT), "client");
	assert_string_equal(role_name(TS_ROLE_SERVER), "server");
	assert_string_equal(role_name(TS_ROLES), "?");
}

static void test_errno_names(void **state)
{
	(void)state;
	assert_null(errno_name(0));
	assert_string_equal(errno_name(ECONNRESET), "ECONNRESET");
	assert_string_equal(errno_name(ECONNREFUSED), "ECONNREFUSED");
	assert_string_equal(errno_name(ETIMEDOUT), "ETIMEDOUT");
	assert_string_equal(errno_name(EHOSTUNREACH), "EHOSTUNREACH");
	assert_string_equal(errno_name(EPIPE), "EPIPE");
	assert_null(errno_name(4095));
	assert_null(errno_name(UINT16_MAX));
	assert_null(errno_name(UINT32_MAX));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_spellings),     cmocka_unit_test(test_not_states),
		cmocka_unit_test(test_state_numbers), cmocka_unit_test(test_other_names),
		cmocka_unit_test(test_errno_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
