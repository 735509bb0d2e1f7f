// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Rules: accepted and rejected texts, messages, and output. */
#include <errno.h>
#include <stdio.h>

#include "stuck/rule.h"
#include "world.h"

#define HOUR (3600 * SECOND)

static void defaults(void **state)
{
	static const uint64_t wanted[STUCK_RULES] = {
		[TS_CLOSE_WAIT] = 60 * SECOND, [TS_SYN_SENT] = 5 * SECOND,
		[TS_SYN_RECV] = 5 * SECOND,    [TS_FIN_WAIT_1] = 30 * SECOND,
		[TS_LAST_ACK] = 30 * SECOND,   [TS_CLOSING] = 30 * SECOND,
		[STUCK_UNREAD] = 60 * SECOND,  [STUCK_UNSENT] = 60 * SECOND,
		[STUCK_FULL] = 5 * SECOND,     [TS_FIN_WAIT_2] = ~UINT64_C(0) - 1,
	};
	struct stuck_rules rules;

	(void)state;
	stuck_rules_default(&rules);
	for (int i = 0; i < STUCK_RULES; i++)
		assert_true(rules.ns[i] == (wanted[i] ? wanted[i] : STUCK_OFF));
}

static const struct {
	const char *text;
	int rule;
	uint64_t ns;
} taken[] = {
	{ "CLOSE_WAIT>10s", TS_CLOSE_WAIT, 10 * SECOND },
	{ "close-wait>10", TS_CLOSE_WAIT, 10 * SECOND },
	{ "CLOSE_WAIT>300ms", TS_CLOSE_WAIT, 300 * MS },
	{ "CLOSE_WAIT>5m", TS_CLOSE_WAIT, 300 * SECOND },
	{ "CLOSE_WAIT>1.5h", TS_CLOSE_WAIT, 5400 * SECOND },
	{ "CLOSE_WAIT>0.29h", TS_CLOSE_WAIT, 1044 * SECOND },
	{ "CLOSE_WAIT>2d", TS_CLOSE_WAIT, 48 * HOUR },
	{ "CLOSE_WAIT>0.25", TS_CLOSE_WAIT, 250 * MS },
	{ "CLOSE_WAIT>0s", TS_CLOSE_WAIT, 0 },
	{ "CLOSE_WAIT>off", TS_CLOSE_WAIT, ~UINT64_C(0) },
	{ "CLOSE_WAIT>1000000000s", TS_CLOSE_WAIT, 1000000000 * SECOND },
	{ "CLOSE_WAIT>1000000000000ms", TS_CLOSE_WAIT, 1000000000 * SECOND },
	{ "syn_rcvd>1s", TS_SYN_RECV, SECOND },
	{ "NEW_SYN_RECV>1s", TS_SYN_RECV, SECOND },
	{ "ESTABLISHED>1s", TS_ESTABLISHED, SECOND },
	{ "TIME_WAIT>1s", TS_TIME_WAIT, SECOND },
	{ "FIN_WAIT_2>1s", TS_FIN_WAIT_2, SECOND },
	{ "ESTABLISHED:unread>2s", STUCK_UNREAD, 2 * SECOND },
	{ "estab:UNSENT>2s", STUCK_UNSENT, 2 * SECOND },
	{ "listening:full>2s", STUCK_FULL, 2 * SECOND },
};

static void takes(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(taken); i++) {
		struct stuck_rules rules, before;
		struct error error = { "" };

		stuck_rules_default(&before);
		rules = before;
		if (stuck_rule_parse(&rules, taken[i].text, &error))
			fail_msg("%s: %s", taken[i].text, error.text);
		if (rules.ns[taken[i].rule] != taken[i].ns)
			fail_msg("%s: %llu", taken[i].text,
				 (unsigned long long)rules.ns[taken[i].rule]);
		rules.ns[taken[i].rule] = before.ns[taken[i].rule]; /* and no other */
		assert_memory_equal(&rules, &before, sizeof(rules));
	}
}

#define NO_TIME(text)                                                                              \
	"\"" text "\" has no time: use STATE>TIME, such as 'CLOSE_WAIT>10s', in quotes"
#define NOTHING(text)                                                                              \
	"\"" text "\" cannot have a rule: use a state other than LISTEN, "            \
	"ESTABLISHED:unread, ESTABLISHED:unsent, ESTABLISHED:idle or LISTEN:full"
#define NOT_A_TIME(text) "\"" text "\" is not a time: use 300ms, 10s, 5m, 1h or off"
#define DIGITS_32	 "00000000000000000000000000000001"

static const struct {
	const char *text, *wanted;
} refused[] = {
	{ "", NO_TIME("") },
	{ "CLOSE_WAIT", NO_TIME("CLOSE_WAIT") },
	{ "CLOSE_WAIT=10s", NO_TIME("CLOSE_WAIT=10s") },
	{ ">10s", NOTHING("") },
	{ "LISTEN>10s", NOTHING("LISTEN") },
	{ "WAITING>10s", NOTHING("WAITING") },
	{ "CLOSE_WAIT:>10s", NOTHING("CLOSE_WAIT:") },
	{ "CLOSE_WAIT:unread>10s", NOTHING("CLOSE_WAIT:unread") },
	{ "ESTABLISHED:full>10s", NOTHING("ESTABLISHED:full") },
	{ "ESTABLISHED:unread:>10s", NOTHING("ESTABLISHED:unread:") },
	{ "LISTEN:unsent>10s", NOTHING("LISTEN:unsent") },
	{ ":unread>10s", NOTHING(":unread") },
	{ "CLOSE_WAIT >10s", NOTHING("CLOSE_WAIT ") },
	{ "CLOSE_WAITCLOSE_WAITCLOSE_WAITCLOSE_WAITCLOSE_WAITCLOSE_WAITCLOSE_WAIT>10s",
	  NOTHING("CLOSE_WAITCLOSE_WAITCLOSE_WAITCLOSE_WAITCLOSE_WAITCLOSE_WAITCLO") },
	{ "CLOSE_WAIT>", NOT_A_TIME("") },
	{ "CLOSE_WAIT>s", NOT_A_TIME("s") },
	{ "CLOSE_WAIT>10x", NOT_A_TIME("10x") },
	{ "CLOSE_WAIT>10S", NOT_A_TIME("10S") },
	{ "CLOSE_WAIT>10 s", NOT_A_TIME("10 s") },
	{ "CLOSE_WAIT>10sec", NOT_A_TIME("10sec") },
	{ "CLOSE_WAIT>-1s", NOT_A_TIME("-1s") },
	{ "CLOSE_WAIT>1.2.3s", NOT_A_TIME("1.2.3s") },
	{ "CLOSE_WAIT>1.s", NOT_A_TIME("1.s") },
	{ "CLOSE_WAIT>>10s", NOT_A_TIME(">10s") },
	{ "CLOSE_WAIT>offs", NOT_A_TIME("offs") },
	{ "CLOSE_WAIT>nan", NOT_A_TIME("nan") },
	{ "CLOSE_WAIT>1000000001s", NOT_A_TIME("1000000001s") },
	{ "CLOSE_WAIT>277778h", NOT_A_TIME("277778h") },
	{ "CLOSE_WAIT>" DIGITS_32, NOT_A_TIME(DIGITS_32) },
};

static void refuses(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(refused); i++) {
		struct stuck_rules rules, before;
		struct error error = { "" };

		stuck_rules_default(&before);
		rules = before;
		assert_int_equal(stuck_rule_parse(&rules, refused[i].text, &error), -EINVAL);
		assert_string_equal(error.text, refused[i].wanted);
		assert_memory_equal(&rules, &before, sizeof(rules));
	}
}

static void prints(void **state)
{
	static const struct {
		int rule;
		uint64_t ns;
		const char *text;
	} cases[] = {
		{ TS_CLOSE_WAIT, 60 * SECOND, "CLOSE_WAIT>60s" },
		{ TS_CLOSE_WAIT, 0, "CLOSE_WAIT>0s" },
		{ TS_CLOSE_WAIT, 300 * MS, "CLOSE_WAIT>300ms" },
		{ TS_CLOSE_WAIT, 60500 * MS, "CLOSE_WAIT>60500ms" },
		{ TS_CLOSE_WAIT, 119 * SECOND, "CLOSE_WAIT>119s" },
		{ TS_CLOSE_WAIT, 120 * SECOND, "CLOSE_WAIT>2m" },
		{ TS_CLOSE_WAIT, 121 * SECOND, "CLOSE_WAIT>121s" },
		{ TS_CLOSE_WAIT, 90 * 60 * SECOND, "CLOSE_WAIT>90m" },
		{ TS_CLOSE_WAIT, 2 * HOUR, "CLOSE_WAIT>2h" },
		{ TS_CLOSE_WAIT, 48 * HOUR, "CLOSE_WAIT>48h" },
		{ TS_SYN_RECV, SECOND, "SYN_RECV>1s" },
		{ STUCK_UNREAD, SECOND, "ESTABLISHED:unread>1s" },
		{ STUCK_UNSENT, 1000000000 * SECOND, "ESTABLISHED:unsent>1000000000s" },
		{ STUCK_FULL, SECOND, "LISTEN:full>1s" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct stuck_rules rules;
		struct error error = { "" };
		char text[STUCK_RULE_TEXT];

		stuck_rule_print((enum stuck_rule)cases[i].rule, cases[i].ns, text);
		assert_string_equal(text, cases[i].text);
		assert_int_equal(stuck_rule_parse(&rules, text, &error), 0);
		assert_true(rules.ns[cases[i].rule] == cases[i].ns);
	}
}

static void is_about_a_state(void **state)
{
	(void)state;
	assert_int_equal(stuck_rule_state((enum stuck_rule)TS_LAST_ACK), TS_LAST_ACK);
	assert_int_equal(stuck_rule_state(STUCK_UNREAD), TS_ESTABLISHED);
	assert_int_equal(stuck_rule_state(STUCK_UNSENT), TS_ESTABLISHED);
	assert_int_equal(stuck_rule_state(STUCK_FULL), TS_LISTEN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults),	    cmocka_unit_test(takes),
		cmocka_unit_test(refuses),	    cmocka_unit_test(prints),
		cmocka_unit_test(is_about_a_state),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
