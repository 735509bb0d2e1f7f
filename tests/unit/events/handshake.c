// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* --handshakes: when one is over, how long it took, what became of it, and the filter for it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "filter/filter.h"
#include "events/handshake.h"
#include "cli/options.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

static struct ts_transition change(uint64_t id, unsigned old, unsigned new, unsigned role,
				   uint64_t since, uint64_t now, uint32_t retrans)
{
	return (struct ts_transition){
		.frame.flags = TS_F_MAPPED | retrans << TS_F_RETRANS_SHIFT,
		.id = id,
		.since_ns = since,
		.mono_ns = now,
		.old_state = (__u8)old,
		.new_state = (__u8)new,
		.role = (__u8)role,
	};
}

/* What came out of the stage, and how often. */
static struct ts_transition whole;
static unsigned taken;

static int take(void *context, const struct stream_frame *in)
{
	taken++;
	whole = *(const struct ts_transition *)in->frame;
	assert_int_equal(in->clock_offset, 7);
	return 0;
}

static struct handshakes *make(void)
{
	struct handshakes *handshakes;

	assert_int_equal(handshakes_new((struct consumer){ .take = take }, &handshakes), 0);
	return handshakes;
}

static bool push(struct handshakes *handshakes, struct ts_transition t)
{
	unsigned before = taken;

	t.frame.type = TS_FRAME_TRANSITION;
	assert_int_equal(handshakes_take(handshakes,
					 &(struct stream_frame){ .frame = &t.frame, .clock_offset = 7 }), 0);
	return taken > before;
}

static void expect(struct handshakes *handshakes, struct ts_transition t, uint64_t since,
		   uint32_t retrans)
{
	assert_true(push(handshakes, t));
	assert_int_equal(whole.id, t.id);
	assert_int_equal(whole.since_ns, since);
	assert_int_equal(whole.mono_ns, t.mono_ns);
	assert_int_equal(whole.frame.flags >> TS_F_RETRANS_SHIFT, retrans);
	assert_int_equal(whole.frame.flags & 0xffff, TS_F_MAPPED);
}

static void expect_nothing(struct handshakes *handshakes, struct ts_transition t)
{
	assert_false(push(handshakes, t));
}

static void test_ends(void **state)
{
	struct handshakes *h = make();

	expect_nothing(h, change(1, TS_CLOSED, TS_SYN_SENT, TS_ROLE_CLIENT, 0, 10, 0));
	expect(h, change(1, TS_SYN_SENT, TS_ESTABLISHED, TS_ROLE_CLIENT, 10, 30, 2), 10, 2);
	expect_nothing(h, change(1, TS_ESTABLISHED, TS_FIN_WAIT_1, TS_ROLE_CLIENT, 30, 40, 0));
	expect(h, change(2, TS_SYN_SENT, TS_CLOSED, TS_ROLE_CLIENT, 10, 30, 6), 10, 6);
	expect_nothing(h, change(3, TS_LISTEN, TS_SYN_RECV, TS_ROLE_SERVER, 0, 30, 0));
	expect(h, change(3, TS_SYN_RECV, TS_ESTABLISHED, TS_ROLE_SERVER, 30, 31, 1), 30, 1);
	expect(h, change(4, TS_NEW_SYN_RECV, TS_CLOSED, TS_ROLE_SERVER, 30, 31, 5), 30, 5);
	expect(h, change(5, TS_SYN_RECV, TS_FIN_WAIT_1, TS_ROLE_SERVER, 30, 31, 0), 30, 0);
	/* older than the trace */
	expect(h, change(6, TS_SYN_RECV, TS_ESTABLISHED, TS_ROLE_UNKNOWN, 0, 31, 0), 0, 0);
	expect_nothing(h, change(7, TS_LISTEN, TS_CLOSED, TS_ROLE_SERVER, 0, 31, 0));
	handshakes_free(h);
	handshakes_free(NULL);
}

/* Both ends open at once: one handshake, from the SYN on. */
static void test_crossed(void **state)
{
	struct handshakes *h = make();

	expect_nothing(h, change(1, TS_SYN_SENT, TS_SYN_RECV, TS_ROLE_CLIENT, 10, 30, 3));
	expect_nothing(h, change(2, TS_SYN_SENT, TS_SYN_RECV, TS_ROLE_CLIENT, 11, 31, 0));
	expect(h, change(2, TS_SYN_RECV, TS_ESTABLISHED, TS_ROLE_CLIENT, 31, 40, 1), 11, 1);
	expect(h, change(1, TS_SYN_RECV, TS_ESTABLISHED, TS_ROLE_CLIENT, 30, 50, 1), 10, 3);
	/* once: a second of that id is another's, whose beginning was not seen */
	expect(h, change(1, TS_SYN_RECV, TS_CLOSED, TS_ROLE_CLIENT, 30, 50, 0), 0, 0);
	/* without an id the connection is unknown */
	expect_nothing(h, change(0, TS_SYN_SENT, TS_SYN_RECV, TS_ROLE_CLIENT, 10, 30, 0));
	expect(h, change(0, TS_SYN_RECV, TS_ESTABLISHED, TS_ROLE_CLIENT, 30, 50, 0), 0, 0);
	handshakes_free(h);
}

/* The oldest is forgotten: then the duration is not known, never wrong. */
static void test_bound(void **state)
{
	struct handshakes *h = make();

	for (uint64_t id = 1; id <= 1000; id++)
		expect_nothing(h, change(id, TS_SYN_SENT, TS_SYN_RECV, TS_ROLE_CLIENT, id, 2000, 0));
	expect(h, change(1, TS_SYN_RECV, TS_ESTABLISHED, TS_ROLE_CLIENT, 2000, 2001, 0), 0, 0);
	expect(h, change(1000, TS_SYN_RECV, TS_ESTABLISHED, TS_ROLE_CLIENT, 2000, 2001, 0), 1000,
	       0);
	handshakes_free(h);
}

static void test_outcome(void **state)
{
	static const struct {
		unsigned old, new, reason;
		const char *outcome;
	} cases[] = {
		{ TS_SYN_SENT, TS_ESTABLISHED, TS_REASON_NONE, "established" },
		{ TS_SYN_RECV, TS_ESTABLISHED, TS_REASON_NONE, "established" },
		{ TS_SYN_RECV, TS_FIN_WAIT_1, TS_REASON_NONE, "closed" },
		{ TS_SYN_SENT, TS_CLOSED, TS_REASON_REFUSED, "refused" },
		{ TS_SYN_RECV, TS_CLOSED, TS_REASON_TIMED_OUT, "timed-out" },
		{ TS_SYN_RECV, TS_CLOSED, TS_REASON_LISTENER_CLOSED, "listener-closed" },
		{ TS_SYN_RECV, TS_CLOSED, TS_REASON_NONE, "failed" },
		{ TS_SYN_SENT, TS_CLOSED, TS_REASON_NONE, "failed" },
		{ TS_SYN_SENT, TS_CLOSED, TS_REASON_NO_LOCAL_PORT, "no-local-port" },
		{ TS_SYN_SENT, TS_SYN_RECV, TS_REASON_NONE, NULL },
		{ TS_ESTABLISHED, TS_CLOSED, TS_REASON_RESET_BY_PEER, NULL },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct ts_transition t = {
			.old_state = (__u8)cases[i].old,
			.new_state = (__u8)cases[i].new,
			.reason = (__u8)cases[i].reason,
		};
		const char *outcome = handshake_outcome(&t);

		if (cases[i].outcome)
			assert_string_equal(outcome, cases[i].outcome);
		else
			assert_null(outcome);
	}
}

static enum ts_match verdict(const struct ts_filter *f, unsigned old, unsigned new)
{
	struct ts_transition t = { .old_state = (__u8)old, .new_state = (__u8)new };

	return filter_match(f, &t, false);
}

static void test_filter(void **state)
{
	static struct ts_filter f;
	struct error error = { "" };

	handshakes_filter(&f);
	assert_int_equal(verdict(&f, TS_SYN_SENT, TS_ESTABLISHED), TS_YES);
	assert_int_equal(verdict(&f, TS_SYN_SENT, TS_SYN_RECV), TS_YES);
	assert_int_equal(verdict(&f, TS_SYN_RECV, TS_CLOSED), TS_YES);
	assert_int_equal(verdict(&f, TS_NEW_SYN_RECV, TS_CLOSED), TS_YES);
	assert_int_equal(verdict(&f, TS_CLOSED, TS_SYN_SENT), TS_NO);
	assert_int_equal(verdict(&f, TS_LISTEN, TS_SYN_RECV), TS_NO);
	assert_int_equal(verdict(&f, TS_ESTABLISHED, TS_CLOSED), TS_NO);

	f = (struct ts_filter){ 0 };
	assert_int_equal(filter_add(&f, TS_BY_STATE, ">CLOSED", &error), 0);
	handshakes_filter(&f);
	assert_int_equal(verdict(&f, TS_SYN_SENT, TS_CLOSED), TS_YES);
	assert_int_equal(verdict(&f, TS_SYN_SENT, TS_ESTABLISHED), TS_NO);
	assert_int_equal(verdict(&f, TS_ESTABLISHED, TS_CLOSED), TS_NO);
	/* what it began with, of a simultaneous open that fails */
	assert_int_equal(verdict(&f, TS_SYN_SENT, TS_SYN_RECV), TS_YES);
}

static void parse(struct options *options, int argc, const char **argv)
{
	static const struct command commands[] = { { .name = "trace", .bit = COMMAND_TRACE }, { 0 } };
	const struct command *command;
	struct error error = { "" };

	assert_int_equal(option_parse(commands, argc, (char **)argv, &command, options, &error), 0);
	option_free(options);
}

static void test_options(void **state)
{
	static struct options options;

	parse(&options, 2, (const char *[]){ "tcpstate", "trace", NULL });
	assert_false(options.handshakes || options.no_drops || options.filter.on);
	parse(&options, 3, (const char *[]){ "tcpstate", "trace", "--handshakes", NULL });
	assert_true(options.handshakes && options.filter.on == TS_BY_STATE);
	assert_false(options.no_drops);
	parse(&options, 4, (const char *[]){ "tcpstate", "trace", "-s", "LISTEN", NULL });
	assert_true(options.no_drops);
	parse(&options, 4,
	      (const char *[]){ "tcpstate", "--handshakes", "-s", "SYN_SENT", NULL });
	assert_true(options.no_drops && options.handshakes);
	assert_int_equal(verdict(&options.filter, TS_SYN_RECV, TS_ESTABLISHED), TS_NO);
	assert_int_equal(verdict(&options.filter, TS_SYN_SENT, TS_ESTABLISHED), TS_YES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ends),	cmocka_unit_test(test_crossed),
		cmocka_unit_test(test_bound),	cmocka_unit_test(test_outcome),
		cmocka_unit_test(test_filter),	cmocka_unit_test(test_options),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
