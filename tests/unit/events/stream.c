// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The stages of the stream: checks, order, port wait, --failed, cgroups, clocks. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "filter/filter.h"
#include "events/stream.h"
#include "events/port_wait.h"

#define MS UINT64_C(1000000)

/* What came out, as words: an id with its new state, or the name of another frame. */
struct taken {
	char *text;
	size_t used, size;
	int64_t offset;	 /* of the last frame */
	char cgroup[64]; /* the same */
	int answer;
	uint32_t flags; /* of the last frame */
};

static int take(void *context, const struct stream_frame *in)
{
	static const char *const names[] = { "", "", "lost", "port", "clock", "", "ready", "end" };
	const struct ts_frame *frame = in->frame;
	const struct ts_transition *t = (const struct ts_transition *)frame;
	struct taken *taken = context;
	char word[64];

	if (taken->size - taken->used < sizeof(word)) {
		taken->size = taken->size * 2 + 4096;
		taken->text = realloc(taken->text, taken->size);
		assert_non_null(taken->text);
	}
	if (frame->type == TS_FRAME_TRANSITION)
		(void)snprintf(word, sizeof(word), "%llu:%u ", (unsigned long long)t->id,
			       t->new_state);
	else
		(void)snprintf(word, sizeof(word), "%s ", names[frame->type]);
	strcpy(taken->text + taken->used, word);
	taken->used += strlen(word);
	taken->offset = in->clock_offset;
	(void)snprintf(taken->cgroup, sizeof(taken->cgroup), "%s", in->cgroup ? in->cgroup : "-");
	taken->flags = frame->flags;
	return taken->answer;
}

static void expect(struct taken *taken, const char *wanted)
{
	assert_string_equal(taken->used ? taken->text : "", wanted);
	taken->used = 0;
}

static struct stream *make_stream(const struct stream_config *config, struct taken *taken)
{
	struct consumer consumer = { .take = take, .context = taken };
	struct error error = { "" };
	struct stream *stream;

	memset(taken, 0, sizeof(*taken));
	assert_int_equal(stream_new(config, NULL, consumer, &stream, &error), 0);
	return stream;
}

static struct stream *make_plain(struct taken *taken)
{
	return make_stream(&(struct stream_config){ .cgroup_paths = true }, taken);
}

/* With a filter by local port. */
static struct stream *make_filtered(const char *lports, struct taken *taken)
{
	static struct ts_filter filter;
	struct error error = { "" };

	filter = (struct ts_filter){ 0 };
	assert_int_equal(filter_add(&filter, TS_BY_LPORT, lports, &error), 0);
	return make_stream(&(struct stream_config){ .filter = &filter }, taken);
}

static void end_stream(struct stream *stream, struct taken *taken)
{
	stream_free(stream);
	free(taken->text);
}

static int push(struct stream *stream, uint64_t id, unsigned new_state, uint16_t lport,
		uint64_t now)
{
	struct ts_transition t = {
		.frame = { .type = TS_FRAME_TRANSITION, .size = TS_TRANSITION_BASE },
		.id = id,
		.mono_ns = now,
		.lport = lport,
		.old_state = new_state == TS_SYN_SENT ? TS_CLOSED : TS_SYN_SENT,
		.new_state = (__u8)new_state,
		.family = 4,
	};

	return stream_push(stream, &t, t.frame.size);
}

static int push_failed(struct stream *stream, uint64_t id, unsigned reason)
{
	struct ts_transition t = {
		.frame = { .type = TS_FRAME_TRANSITION, .size = TS_TRANSITION_BASE },
		.id = id,
		.lport = 1,
		.old_state = TS_ESTABLISHED,
		.new_state = TS_CLOSED,
		.reason = (__u8)reason,
	};

	return stream_push(stream, &t, t.frame.size);
}

static int push_port(struct stream *stream, uint64_t id, uint16_t lport)
{
	struct ts_port port = { .frame = { .type = TS_FRAME_PORT, .size = sizeof(port) },
				.id = id,
				.lport = lport };

	return stream_push(stream, &port, sizeof(port));
}

static int push_clock(struct stream *stream, int64_t offset)
{
	struct ts_clock clock = { .frame = { .type = TS_FRAME_CLOCK, .size = sizeof(clock) },
				  .offset_ns = offset };

	return stream_push(stream, &clock, sizeof(clock));
}

static void passes_all_without_filter(void **state)
{
	struct taken taken;
	struct stream *stream = make_plain(&taken);

	assert_int_equal(push(stream, 1, TS_SYN_SENT, 0, 1), 0);
	assert_int_equal(push(stream, 2, TS_ESTABLISHED, 80, 2), 0);
	assert_int_equal(push_port(stream, 1, 5), 0);
	expect(&taken, "1:2 2:1 port ");
	end_stream(stream, &taken);
}

static void refuses_bytes_that_are_not_a_frame(void **state)
{
	struct {
		struct ts_transition t;
		char more[64];
	} big = { .t = { .frame = { .type = TS_FRAME_TRANSITION } } };
	struct taken taken;
	struct stream *stream = make_plain(&taken);

	for (unsigned size = 0; size <= sizeof(big); size++) {
		bool whole = size >= TS_TRANSITION_BASE && size % 8 == 0;

		big.t.frame.size = (__u16)size;
		assert_int_equal(stream_push(stream, &big, sizeof(big)), whole ? 0 : -EBADMSG);
		assert_int_equal(stream_push(stream, &big, size), whole ? 0 : -EBADMSG);
		if (size)
			assert_int_equal(stream_push(stream, &big, size - 1), -EBADMSG);
	}
	taken.used = 0;
	big.t.frame = (struct ts_frame){ .type = 99, .size = 16 };
	assert_int_equal(stream_push(stream, &big, sizeof(big)), 0); /* of a later version */
	big.t.frame = (struct ts_frame){ .type = 0, .size = 16 };
	assert_int_equal(stream_push(stream, &big, sizeof(big)), 0);
	expect(&taken, "");
	end_stream(stream, &taken);
}

/* A flag is cleared where the frame is too short for its fields. */
static void believes_no_flag_without_its_bytes(void **state)
{
	struct {
		struct ts_transition t;
		char more[64];
	} big;
	struct taken taken;
	struct stream *stream = make_plain(&taken);

	memset(&big, 0xff, sizeof(big));
	for (unsigned size = TS_TRANSITION_BASE; size <= sizeof(big); size += 8) {
		uint32_t cut = size < 136 ? TS_F_ACTOR | TS_F_TOTALS : size < 168 ? TS_F_TOTALS : 0;

		big.t.frame = (struct ts_frame){ TS_FRAME_TRANSITION, (__u16)size, UINT32_MAX };
		assert_int_equal(stream_push(stream, &big, size), 0);
		assert_int_equal(taken.flags, UINT32_MAX & ~cut);
	}
	end_stream(stream, &taken);
}

static void waits_for_the_port(void **state)
{
	struct taken taken;
	struct stream *stream = make_filtered("80", &taken);

	assert_int_equal(push(stream, 1, TS_SYN_SENT, 0, 1), 0); /* will be 80 */
	assert_int_equal(push(stream, 2, TS_SYN_SENT, 0, 2), 0); /* will be 81 */
	assert_int_equal(push(stream, 3, TS_ESTABLISHED, 80, 3), 0);
	assert_int_equal(push_clock(stream, 77), 0);
	expect(&taken, "");
	assert_int_equal(push(stream, 2, TS_ESTABLISHED, 81, 4), 0);
	expect(&taken, "");
	assert_int_equal(push(stream, 1, TS_ESTABLISHED, 80, 5), 0);
	expect(&taken, "1:2 3:1 clock 1:1 ");
	assert_int_equal(taken.offset, 77);
	end_stream(stream, &taken);
}

static void passes_on_when_the_port_is_known(void **state)
{
	struct taken taken;
	struct stream *stream = make_filtered("80", &taken);

	assert_int_equal(push(stream, 1, TS_SYN_SENT, 0, 1), 0);
	assert_int_equal(push(stream, 2, TS_SYN_SENT, 0, 1), 0);
	assert_int_equal(push(stream, 3, TS_SYN_SENT, 0, 1), 0);
	assert_int_equal(push(stream, 4, TS_SYN_SENT, 0, 1), 0);
	assert_int_equal(push_port(stream, 1, 80), 0);
	expect(&taken, "1:2 ");
	assert_int_equal(push_port(stream, 2, 81), 0);
	assert_int_equal(push_port(stream, 3, 0), 0);
	/* Closed before it ever had one: neither is shown. */
	assert_int_equal(push(stream, 4, TS_CLOSED, 0, 2), 0);
	/* The PORT frame of 1 is behind the transitions that still waited then. */
	expect(&taken, "port ");
	assert_int_equal(stream_finish(stream), 0);
	expect(&taken, "");
	end_stream(stream, &taken);
}

static void shows_what_cannot_be_decided(void **state)
{
	struct taken taken;
	struct stream *stream = make_filtered("80", &taken);

	assert_int_equal(push(stream, 1, TS_SYN_SENT, 0, 1000 * MS), 0);
	assert_int_equal(push(stream, 2, TS_ESTABLISHED, 80, 1250 * MS), 0);
	expect(&taken, "");
	assert_int_equal(push(stream, 3, TS_ESTABLISHED, 81, 1251 * MS), 0);
	expect(&taken, "1:2 2:1 ");
	assert_int_equal(push_port(stream, 1, 81), 0); /* too late, and not wanted */
	expect(&taken, "");
	assert_int_equal(push(stream, 4, TS_SYN_SENT, 0, 1252 * MS), 0);
	assert_int_equal(stream_finish(stream), 0);
	expect(&taken, "4:2 ");
	end_stream(stream, &taken);
}

static void stays_bounded(void **state)
{
	struct taken taken;
	struct stream *stream = make_filtered("80", &taken);
	size_t words = 0;

	for (unsigned i = 0; i < PORT_WAIT_FRAMES + 10; i++)
		assert_int_equal(
			push(stream, 1000 + i, i ? TS_ESTABLISHED : TS_SYN_SENT, i ? 80 : 0, 1), 0);
	assert_int_equal(memcmp(taken.text, "1000:2 1001:1 ", 14), 0);
	for (size_t i = 0; i < taken.used; i++)
		words += taken.text[i] == ' ';
	assert_int_equal(words, PORT_WAIT_FRAMES + 10);
	taken.used = 0;
	/* More sockets without a port than the table has: shown, in order, each once. */
	for (unsigned i = 0; i < PORT_WAIT_MAX + 10; i++)
		assert_int_equal(push(stream, 1000000 + i, TS_SYN_SENT, 0, 2), 0);
	assert_int_equal(push_port(stream, 1000000, 81), 0); /* was not forgotten */
	assert_int_equal(stream_finish(stream), 0);
	words = 0;
	for (size_t i = 0; i < taken.used; i++)
		words += taken.text[i] == ' ';
	assert_int_equal(words, PORT_WAIT_MAX + 10 - 1);
	end_stream(stream, &taken);
}

static void shows_failed_connections_whole(void **state)
{
	struct taken taken;
	struct stream *stream;

	stream = make_stream(&(struct stream_config){ .failed = true }, &taken);
	assert_int_equal(push_clock(stream, 5), 0);
	assert_int_equal(push(stream, 1, TS_SYN_SENT, 0, 1), 0);
	assert_int_equal(push(stream, 2, TS_SYN_SENT, 0, 2), 0);
	assert_int_equal(push(stream, 1, TS_ESTABLISHED, 7, 3), 0);
	assert_int_equal(push(stream, 2, TS_ESTABLISHED, 8, 4), 0);
	expect(&taken, "clock ");
	assert_int_equal(push_failed(stream, 2, TS_REASON_NORMAL), 0);
	assert_int_equal(push_failed(stream, 1, TS_REASON_RESET_BY_PEER), 0);
	expect(&taken, "1:2 1:1 1:7 ");
	assert_int_equal(push_failed(stream, 1, TS_REASON_ABORTED), 0);
	expect(&taken, "1:7 "); /* nothing is shown twice */
	/* A transition without an id is of an unknown connection. */
	assert_int_equal(push(stream, 0, TS_SYN_SENT, 0, 4), 0);
	assert_int_equal(push_failed(stream, 0, TS_REASON_ABORTED), 0);
	expect(&taken, "0:7 ");
	/* Older ones are forgotten, at least the last transition is shown. */
	assert_int_equal(push(stream, 3, TS_SYN_SENT, 0, 5), 0);
	for (unsigned i = 0; i < 20000; i++)
		assert_int_equal(push(stream, 100 + i % 50, TS_ESTABLISHED, 9, 6), 0);
	assert_int_equal(push_failed(stream, 3, TS_REASON_TIMED_OUT), 0);
	expect(&taken, "3:7 ");
	/* Unknown connections take no room: the others stay. */
	assert_int_equal(push(stream, 4, TS_SYN_SENT, 0, 7), 0);
	for (unsigned i = 0; i < 20000; i++)
		assert_int_equal(push(stream, 0, TS_ESTABLISHED, 9, 8), 0);
	assert_int_equal(push_failed(stream, 4, TS_REASON_TIMED_OUT), 0);
	expect(&taken, "4:2 4:7 ");
	end_stream(stream, &taken);
}

static int push_step(struct stream *stream, uint64_t id, unsigned old_state, unsigned new_state,
		     unsigned reason)
{
	struct ts_transition t = {
		.frame = { .type = TS_FRAME_TRANSITION, .size = TS_TRANSITION_BASE },
		.id = id,
		.lport = 80,
		.old_state = (__u8)old_state,
		.new_state = (__u8)new_state,
		.reason = (__u8)reason,
		.family = 4,
	};

	return stream_push(stream, &t, t.frame.size);
}

/* A connection that both ends closed has not failed, however its TIME_WAIT ends. */
static void time_wait_is_no_failure(void **state)
{
	static const unsigned ends[] = { TS_REASON_NONE, TS_REASON_NORMAL, TS_REASON_REUSED,
					 TS_REASON_RESET_BY_PEER, TS_REASON_DESTROYED };
	struct taken taken;
	struct stream *stream;

	stream = make_stream(&(struct stream_config){ .failed = true }, &taken);
	for (unsigned i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		assert_int_equal(push_step(stream, i, TS_FIN_WAIT_1, TS_FIN_WAIT_2, 0), 0);
		assert_int_equal(push_step(stream, i, TS_FIN_WAIT_2, TS_TIME_WAIT,
					   TS_REASON_NORMAL), 0);
		assert_int_equal(push_step(stream, i, TS_TIME_WAIT, TS_CLOSED, ends[i]), 0);
	}
	assert_int_equal(push_step(stream, 7, TS_FIN_WAIT_2, TS_CLOSED,
				   TS_REASON_TIME_WAIT_OVERFLOW), 0);
	expect(&taken, "");
	/* An orphan whose peer never closed, a handshake that never ended: from their beginning. */
	assert_int_equal(push_step(stream, 8, TS_ESTABLISHED, TS_FIN_WAIT_1, 0), 0);
	assert_int_equal(push_step(stream, 9, TS_LISTEN, TS_SYN_RECV, 0), 0);
	assert_int_equal(push_step(stream, 8, TS_FIN_WAIT_1, TS_FIN_WAIT_2, 0), 0);
	assert_int_equal(push_step(stream, 8, TS_FIN_WAIT_2, TS_CLOSED, TS_REASON_FIN_TIMEOUT), 0);
	assert_int_equal(push_step(stream, 9, TS_SYN_RECV, TS_CLOSED, TS_REASON_TIMED_OUT), 0);
	expect(&taken, "8:4 8:5 8:7 9:3 9:7 ");
	end_stream(stream, &taken);
}

/* Request and timewait sockets have their port from the start: nothing waits for them. */
static void minisockets_wait_for_no_port(void **state)
{
	struct taken taken;
	struct stream *stream = make_filtered("80", &taken);

	assert_int_equal(push_step(stream, 1, TS_LISTEN, TS_SYN_RECV, 0), 0);
	assert_int_equal(push_step(stream, 1, TS_SYN_RECV, TS_CLOSED, TS_REASON_DROPPED), 0);
	expect(&taken, "1:3 1:7 ");
	assert_int_equal(push(stream, 2, TS_SYN_SENT, 0, 1), 0);
	assert_int_equal(push_step(stream, 3, TS_FIN_WAIT_2, TS_TIME_WAIT, TS_REASON_NORMAL), 0);
	assert_int_equal(push_step(stream, 3, TS_TIME_WAIT, TS_CLOSED, TS_REASON_REUSED), 0);
	expect(&taken, ""); /* in order, behind the one that waits */
	assert_int_equal(push_port(stream, 2, 80), 0);
	expect(&taken, "2:2 3:6 3:7 port ");
	end_stream(stream, &taken);
}

static void keeps_the_clock_of_the_past(void **state)
{
	struct taken taken;
	struct stream *stream;

	stream = make_stream(&(struct stream_config){ .failed = true }, &taken);
	taken.answer = -EPIPE; /* stop at the first, which is of the old time */
	assert_int_equal(push_clock(stream, 5), -EPIPE);
	assert_int_equal(push(stream, 1, TS_SYN_SENT, 0, 1), 0);
	assert_int_equal(push_clock(stream, 9), -EPIPE);
	assert_int_equal(push_failed(stream, 1, TS_REASON_REFUSED), -EPIPE);
	assert_int_equal(taken.offset, 5);
	expect(&taken, "clock clock 1:2 ");
	taken.answer = 0;
	assert_int_equal(push_failed(stream, 1, TS_REASON_REFUSED), 0);
	assert_int_equal(taken.offset, 9);
	end_stream(stream, &taken);
}

static int push_cgroup(struct stream *stream, uint64_t id, const char *path)
{
	union {
		struct ts_cgroup cgroup;
		char bytes[8192];
	} u = { .cgroup = { .frame = { .type = TS_FRAME_CGROUP }, .id = id } };

	u.cgroup.frame.size = (__u16)((sizeof(u.cgroup) + strlen(path) + 8) & ~(size_t)7);
	memcpy(u.bytes + sizeof(u.cgroup), path, strlen(path));
	return stream_push(stream, &u, u.cgroup.frame.size);
}

static void expect_cgroup(struct stream *stream, struct taken *taken, uint64_t id, const char *path)
{
	struct ts_transition t = {
		.frame = { .type = TS_FRAME_TRANSITION, .size = sizeof(t) },
		.cgroup = id,
	};

	assert_int_equal(stream_push(stream, &t, sizeof(t)), 0);
	assert_string_equal(taken->cgroup, path);
	taken->used = 0;
}

static void remembers_cgroups(void **state)
{
	struct taken taken;
	struct stream *stream = make_plain(&taken);
	static char longest[4096 + 2];
	char unterminated[32];
	struct ts_cgroup *bad = (struct ts_cgroup *)unterminated;

	assert_int_equal(push_cgroup(stream, 5, "/a"), 0);
	assert_int_equal(push_cgroup(stream, 6, "/b"), 0);
	assert_int_equal(push_cgroup(stream, 5, "/c"), 0);
	expect_cgroup(stream, &taken, 5, "/c");
	expect_cgroup(stream, &taken, 6, "/b");
	expect_cgroup(stream, &taken, 7, "-");
	expect_cgroup(stream, &taken, 0, "-");
	/* The latest 4,096 paths; a path that comes again is the youngest. */
	for (unsigned i = 0; i < 4095; i++) {
		assert_int_equal(push_cgroup(stream, 1000 + i, "/x"), 0);
		if (i == 4000)
			assert_int_equal(push_cgroup(stream, 5, "/d"), 0);
	}
	expect_cgroup(stream, &taken, 6, "-");
	expect_cgroup(stream, &taken, 5, "/d");
	memset(unterminated, 'x', sizeof(unterminated));
	bad->frame = (struct ts_frame){ .type = TS_FRAME_CGROUP, .size = sizeof(unterminated) };
	assert_int_equal(stream_push(stream, bad, sizeof(unterminated)), -EBADMSG);
	assert_int_equal(push_cgroup(stream, 8, ""), -EBADMSG);
	memset(longest, 'p', sizeof(longest) - 1);
	assert_int_equal(push_cgroup(stream, 9, longest), -EBADMSG);
	longest[sizeof(longest) - 2] = '\0'; /* 4,096 bytes are allowed */
	assert_int_equal(push_cgroup(stream, 9, longest), 0);
	expect(&taken, "");
	end_stream(stream, &taken);
}

static void filters_by_cgroup(void **state)
{
	static const char *const paths[] = { "/a/b", "/a/b/c", "/a/bc", "/a", "/" };
	struct taken taken;
	struct stream *stream;

	stream = make_stream(&(struct stream_config){ .cgroup_path = "/sys/fs/cgroup/a/b/" }, &taken);
	for (unsigned i = 0; i < 5; i++)
		assert_int_equal(push_cgroup(stream, i + 1, paths[i]), 0);
	for (unsigned i = 0; i <= 6; i++) {
		struct ts_transition t = {
			.frame = { .type = TS_FRAME_TRANSITION, .size = sizeof(t) },
			.id = i,
			.cgroup = i,
			.lport = 1,
			.new_state = TS_ESTABLISHED,
		};

		assert_int_equal(stream_push(stream, &t, sizeof(t)), 0);
	}
	expect(&taken, "1:1 2:1 ");
	end_stream(stream, &taken);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(passes_all_without_filter),
		cmocka_unit_test(refuses_bytes_that_are_not_a_frame),
		cmocka_unit_test(believes_no_flag_without_its_bytes),
		cmocka_unit_test(waits_for_the_port),
		cmocka_unit_test(passes_on_when_the_port_is_known),
		cmocka_unit_test(shows_what_cannot_be_decided),
		cmocka_unit_test(stays_bounded),
		cmocka_unit_test(shows_failed_connections_whole),
		cmocka_unit_test(time_wait_is_no_failure),
		cmocka_unit_test(minisockets_wait_for_no_port),
		cmocka_unit_test(keeps_the_clock_of_the_past),
		cmocka_unit_test(remembers_cgroups),
		cmocka_unit_test(filters_by_cgroup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
