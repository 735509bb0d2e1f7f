// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Runs the test cases group by group, and reads the trace meanwhile. */
#include "selftest/selftest.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "lib/clock.h"

enum {
	CHECK_EVERY_MS = 50,
	GRACE_MS = 30000, /* for events after the last step */
};

static const uint64_t NS_PER_MS = 1000000;

/* Test cases at a time. With more, a slow machine retransmits SYNs unexpectedly. */
enum { AT_ONCE = 6 };

/* Not every kernel has every sysctl. */
static const char *const base_settings[] = {
	"ipv4/tcp_fastopen=519", /* client and server, without cookies */
	"ipv4/tcp_tw_reuse=1",
};

/*
 * On a slow machine a scenario may stop half-way for minutes, before the trace has begun or until
 * the state counts were compared. What it holds must not end meanwhile.
 */
static const char *const long_retries[] = {
	"ipv4/tcp_syn_retries=30",
	"ipv4/tcp_synack_retries=30",
	"ipv4/tcp_orphan_retries=30",
};

/* For the scenarios whose peers stay silent. */
static const char *const short_retries[] = {
	"ipv4/tcp_retries2=2",
	"ipv4/tcp_orphan_retries=2",
};

static bool starts_before_trace(const struct test_case *test)
{
	return strstr(test->scenario->script, "trace;");
}

/* Groups run one after the other; a scenario with a setting is a group of its own. */
static const char counting[] = "hold", plain[] = "", stressing[] = "stress", hurried[] = "retries";

static const char *group_of(const struct test_case *test)
{
	if (test->scenario->setting)
		return test->scenario->setting;
	if (test->scenario->flags & SCENARIO_STRESS)
		return stressing;
	if (test->scenario->flags & SCENARIO_SHORT_RETRIES)
		return hurried;
	return strstr(test->scenario->script, "hold;") ? counting : plain;
}

static bool is_in_group(const struct selftest *self, const struct test_case *test)
{
	return !run_skips(&self->run, test) && !strcmp(group_of(test), self->group);
}

static bool all_in(const struct selftest *self, enum case_state state)
{
	for (size_t i = 0; i < self->run.cases->n; i++) {
		const struct test_case *test = &self->run.cases->tests[i];

		if (test->state != CASE_NEW && !case_is_over(test) && test->state != state)
			return false;
	}
	return true;
}

static bool is_complete(struct selftest *self, struct test_case *test)
{
	if (test->state == CASE_DONE && !test->complete)
		test->complete = run_is_complete(&self->run, test);
	return test->complete || test->state == CASE_SKIPPED;
}

static bool all_complete(struct selftest *self)
{
	for (size_t i = 0; i < self->run.cases->n; i++) {
		struct test_case *test = &self->run.cases->tests[i];

		if (is_in_group(self, test) && !is_complete(self, test))
			return false;
	}
	return true;
}

static int state_counts_read(struct selftest *self, struct state_counts *state_counts)
{
	struct net_sockets *sockets = &self->run.cases->sockets;
	struct counters counters;
	int err = net_sockets_read(sockets);

	if (err)
		return err;
	err = tracer_count_minisocks(self->tracer, &counters);
	if (err < 0)
		return err;
	*state_counts = (struct state_counts){ .taken = true };
	memcpy(state_counts->traced, counters.sockets, sizeof(state_counts->traced));
	for (size_t i = 0; i < sockets->n; i++)
		state_counts->listed[sockets->list[i].state % TS_STATES]++;
	return 0;
}

/* A socket may change its state between the two scans: retries until both agree. */
static int state_counts_take(struct selftest *self, struct state_counts *state_counts)
{
	for (int i = 0; i < 50; i++) {
		int err = state_counts_read(self, state_counts);

		if (err || !memcmp(state_counts->traced, state_counts->listed,
				   sizeof(state_counts->traced)))
			return err;
		(void)usleep(20000);
	}
	return 0;
}

static struct test_case *next_case(struct selftest *self)
{
	struct case_list *cases = self->run.cases;
	struct test_case *next = NULL;

	for (size_t i = 0; i < cases->n; i++) {
		struct test_case *test = &cases->tests[i];

		if (test->state != CASE_NEW || !is_in_group(self, test))
			continue;
		if (test->scenario->flags & SCENARIO_SLOW)
			return test;
		if (!next)
			next = test;
	}
	return next;
}

/* Starts test cases up to AT_ONCE. Returns true if more are left. */
static bool group_begin(struct selftest *self)
{
	struct test_case *next;

	while ((next = next_case(self)) &&
	       (self->group == counting || runner_busy(self->run.cases) < AT_ONCE))
		runner_begin(self->run.cases, next);
	return next;
}

/* Returns 1 when the group is over and complete, 0 to continue, or -errno. */
static int group_poll(void *context)
{
	struct selftest *self = context;
	struct case_list *cases = self->run.cases;
	uint64_t now = clock_mono_ns();
	int err = 0;

	if (self->source && !runner_holds_lock(cases) &&
	    now - self->drained_ns > SELFTEST_POLL_MS * NS_PER_MS) {
		err = ring_source_round(self->source);
		self->drained_ns = now;
		cases->reads++;
		cases->scans_read_ns = clock_mono_ns();
		cases->scans = tracer_rescans(self->tracer, &cases->scan_wanted);
	}
	if (!err)
		err = runner_poll(cases);
	if (err)
		return err;
	if (!self->source)
		return all_in(self, CASE_AWAIT_TRACER);
	if (group_begin(self))
		return 0;
	if (self->group == counting && !cases->release && all_in(self, CASE_AWAIT_COUNTS)) {
		err = state_counts_take(self, &self->run.held);
		cases->release = true;
		return err;
	}
	if (cases->running)
		return 0;
	if (!self->over_ns)
		self->over_ns = now;
	if (now - self->checked_ns < CHECK_EVERY_MS * NS_PER_MS)
		return 0;
	self->checked_ns = now;
	if (all_complete(self))
		return 1;
	if (now - self->over_ns < GRACE_MS * NS_PER_MS)
		return 0;
	return 1;
}

/* Runs the loop until the group is over. */
static int group_loop(struct selftest *self)
{
	int err;

	self->over_ns = self->checked_ns = 0;
	loop_each_round(self->loop, group_poll, self, &self->wait_ms);
	err = loop_run(self->loop);
	if (!err &&
	    (self->source ? self->run.cases->running > 0 : !all_in(self, CASE_AWAIT_TRACER)))
		self->interrupted = true;
	return err;
}

/* The kernel lacks the sysctl. */
static void group_skip(struct selftest *self)
{
	struct test_case *test;

	while ((test = next_case(self))) {
		test->state = CASE_SKIPPED;
		(void)snprintf(test->why, sizeof(test->why), "this kernel has no net/%.*s",
			       (int)strcspn(self->group, "="), self->group);
	}
}

/* A case that started before the trace is running already. */
static bool has_work(const struct selftest *self)
{
	for (size_t i = 0; i < self->run.cases->n; i++) {
		const struct test_case *test = &self->run.cases->tests[i];

		if (is_in_group(self, test) && !case_is_over(test))
			return true;
	}
	return false;
}

static int group_run(struct selftest *self, const char *group)
{
	char was[96] = "";
	int err;

	self->group = group;
	if (!has_work(self) || self->interrupted)
		return 0;
	if (strchr(group, '=') && net_set(group, was, sizeof(was))) {
		group_skip(self);
		return 0;
	}
	err = group_loop(self);
	if (*was)
		(void)net_set(was, NULL, 0);
	return err;
}

int selftest_run_before(struct selftest *self)
{
	struct case_list *cases = self->run.cases;
	bool any = false;

	for (size_t i = 0; i < sizeof(long_retries) / sizeof(long_retries[0]); i++)
		(void)net_set(long_retries[i], NULL, 0);
	for (size_t i = 0; i < cases->n; i++) {
		struct test_case *test = &cases->tests[i];

		if (!starts_before_trace(test) || run_skips(&self->run, test))
			continue;
		runner_begin(cases, test);
		any = true;
	}
	return any ? group_loop(self) : 0;
}

static int run_hurried(struct selftest *self)
{
	enum { N = sizeof(short_retries) / sizeof(short_retries[0]) };
	char was[N][96] = { "" };
	int err;

	for (size_t i = 0; i < N; i++)
		(void)net_set(short_retries[i], was[i], sizeof(was[i]));
	err = group_run(self, hurried);
	for (size_t i = 0; i < N; i++)
		if (*was[i])
			(void)net_set(was[i], NULL, 0);
	return err;
}

int selftest_run_quiet(struct selftest *self)
{
	struct case_list *cases = self->run.cases;
	int err = state_counts_take(self, &self->run.begun);

	if (!err)
		err = group_run(self, counting);

	for (size_t i = 0; i < sizeof(base_settings) / sizeof(base_settings[0]); i++)
		(void)net_set(base_settings[i], NULL, 0);
	if (!err)
		err = group_run(self, plain);
	if (!err)
		err = run_hurried(self);
	for (size_t i = 0; i < cases->n && !err; i++)
		if (cases->tests[i].scenario->setting)
			err = group_run(self, cases->tests[i].scenario->setting);
	if (!err)
		err = state_counts_take(self, &self->run.ended);
	tracer_count(self->tracer, &self->run.quiet);
	return err;
}

int selftest_run_stress(struct selftest *self)
{
	struct counters before, after;
	int err;

	if (self->run.tier == HOOK_TIER_KPROBE)
		return 0; /* skipped: see run_skips() */
	tracer_count(self->tracer, &before);
	err = group_run(self, stressing);
	tracer_count(self->tracer, &after);
	self->run.stress.lost = after.missed - before.missed + after.lost - before.lost;
	return err;
}
