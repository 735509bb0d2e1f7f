// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Handshake drops in the stream: which of them pass, and in which order. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tcp/handshake_drop.h"
#include "filter/filter.h"
#include "events/stream.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

struct taken {
	char text[256]; /* `t` for a transition, `d` and its rport for a drop */
	struct ts_drop last;
};

static int take(void *context, const struct stream_frame *in)
{
	const struct ts_frame *frame = in->frame;
	struct taken *taken = context;
	size_t used = strlen(taken->text);

	if (frame->type == TS_FRAME_DROP) {
		memcpy(&taken->last, frame, sizeof(taken->last));
		(void)snprintf(taken->text + used, sizeof(taken->text) - used, "d%u ",
			       taken->last.rport);
	} else if (frame->type == TS_FRAME_TRANSITION) {
		(void)snprintf(taken->text + used, sizeof(taken->text) - used, "t ");
	}
	return 0;
}

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

static const char *group_path(void *context, uint64_t id)
{
	return id == 42 ? "/web.slice/httpd" : NULL;
}

static bool passes_path(const struct stream_config *config, const struct ts_drop *drop)
{
	struct stream_source source = { .cgroup_path = group_path };
	struct taken taken = { .text = "" };
	struct consumer consumer = { take, &taken };
	struct stream *stream;
	struct error error = { "" };

	assert_int_equal(stream_new(config, &source, consumer, &stream, &error), 0);
	assert_int_equal(stream_push(stream, drop, sizeof(*drop)), 0);
	assert_int_equal(stream_finish(stream), 0);
	stream_free(stream);
	return taken.text[0];
}

static bool passes(enum ts_criterion criterion, const char *text)
{
	static struct ts_filter filter;
	const struct stream_config config = { .filter = &filter };
	const struct ts_drop drop = some_drop();
	struct error error = { "" };

	filter = (struct ts_filter){ 0 };
	assert_int_equal(filter_add(&filter, criterion, text, &error), 0);
	return passes_path(&config, &drop);
}

static void test_filters(void **state)
{
	assert_true(passes(TS_BY_LPORT, "80"));
	assert_false(passes(TS_BY_LPORT, "81"));
	assert_true(passes(TS_BY_RPORT, "4711"));
	assert_false(passes(TS_BY_RPORT, "4712"));
	assert_true(passes(TS_BY_LADDR, "10.0.0.0/8"));
	assert_false(passes(TS_BY_LADDR, "10.0.0.9"));
	assert_true(passes(TS_BY_RADDR, "10.0.0.9"));
	assert_false(passes(TS_BY_RADDR, "10.0.0.1"));
	assert_true(passes(TS_BY_PID, "1900"));
	assert_false(passes(TS_BY_PID, "1901"));
	assert_true(passes(TS_BY_COMM, "http*"));
	assert_false(passes(TS_BY_COMM, "nginx"));
	assert_true(passes(TS_BY_UID, "33"));
	assert_false(passes(TS_BY_UID, "0"));
}

static void test_family_and_owner(void **state)
{
	static struct ts_filter filter;
	const struct stream_config config = { .filter = &filter };
	struct ts_drop drop = some_drop();
	struct error error = { "" };

	filter = (struct ts_filter){ 0 };
	assert_int_equal(filter_set_family(&filter, 6, &error), 0);
	assert_false(passes_path(&config, &drop));
	drop.family = 6;
	assert_true(passes_path(&config, &drop));
	filter = (struct ts_filter){ 0 };
	assert_int_equal(filter_add(&filter, TS_BY_UID, "33", &error), 0);
	drop.owner = TS_OWNER_UNKNOWN;
	assert_false(passes_path(&config, &drop));
}

static void test_cgroup(void **state)
{
	struct stream_config config = { .cgroup_path = "/web.slice" };
	struct ts_drop drop = some_drop();

	assert_true(passes_path(&config, &drop));
	drop.cgroup = 43;
	assert_false(passes_path(&config, &drop));
	config.cgroup_path = "/other.slice";
	drop.cgroup = 42;
	assert_false(passes_path(&config, &drop));
}

/* --state selects transitions only; --failed selects drops of a packet. */
static void test_state_and_failed(void **state)
{
	static const struct ts_filter by_state = { .on = TS_BY_STATE };
	struct stream_config config = { .no_drops = true };
	struct ts_drop drop = some_drop();

	assert_false(passes_path(&config, &drop));
	config = (struct stream_config){ .failed = true };
	assert_true(passes_path(&config, &drop));
	drop.why = TS_DROP_SYN_QUEUE;
	assert_true(passes_path(&config, &drop));
	drop.why = TS_DROP_COOKIE;
	assert_false(passes_path(&config, &drop));
	drop.why = TS_DROP_SYNACK_RETRANS;
	assert_false(passes_path(&config, &drop));
	drop.why = TS_DROP_WHYS;
	assert_false(passes_path(&config, &drop));
	/* --handshakes filters states by itself: drops go on */
	config = (struct stream_config){ .filter = &by_state };
	assert_true(passes_path(&config, &drop));
}

/* Behind a transition that waits for its port, a drop waits too. */
static void test_order(void **state)
{
	static struct ts_filter filter;
	const struct stream_config config = { .filter = &filter };
	struct taken taken = { .text = "" };
	struct consumer consumer = { take, &taken };
	struct ts_drop drop = some_drop();
	struct ts_transition t = {
		.frame = { .type = TS_FRAME_TRANSITION, .size = sizeof(t) },
		.id = 9,
		.mono_ns = 4000,
		.family = 4,
		.old_state = TS_CLOSED,
		.new_state = TS_SYN_SENT,
	};
	struct ts_port port = {
		.frame = { .type = TS_FRAME_PORT, .size = sizeof(port) }, .id = 9, .lport = 80
	};
	struct error error = { "" };
	struct stream *stream;

	assert_int_equal(filter_add(&filter, TS_BY_LPORT, "80", &error), 0);
	assert_int_equal(stream_new(&config, NULL, consumer, &stream, &error), 0);
	assert_int_equal(stream_push(stream, &t, sizeof(t)), 0);
	assert_int_equal(stream_push(stream, &drop, sizeof(drop)), 0);
	drop.lport = 81;
	assert_int_equal(stream_push(stream, &drop, sizeof(drop)), 0);
	assert_string_equal(taken.text, "");
	assert_int_equal(stream_push(stream, &port, sizeof(port)), 0);
	assert_int_equal(stream_finish(stream), 0);
	assert_string_equal(taken.text, "t d4711 ");
	assert_int_equal(taken.last.count, 3);
	stream_free(stream);
}

static void test_sizes(void **state)
{
	const struct stream_config config = { 0 };
	struct taken taken = { .text = "" };
	struct consumer consumer = { take, &taken };
	struct {
		struct ts_drop drop;
		uint64_t later;
	} longer = { .drop = some_drop(), .later = 1 };
	struct error error = { "" };
	struct stream *stream;

	assert_int_equal(stream_new(&config, NULL, consumer, &stream, &error), 0);
	longer.drop.frame.size = sizeof(longer);
	assert_int_equal(stream_push(stream, &longer, sizeof(longer)), 0);
	assert_string_equal(taken.text, "d4711 ");
	assert_int_equal(taken.last.frame.size, sizeof(struct ts_drop));
	longer.drop.frame.size = TS_DROP_BASE - 8;
	assert_int_equal(stream_push(stream, &longer, sizeof(longer)), -EBADMSG);
	stream_free(stream);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_filters),
		cmocka_unit_test(test_family_and_owner),
		cmocka_unit_test(test_cgroup),
		cmocka_unit_test(test_state_and_failed),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_sizes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
