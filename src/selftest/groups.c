// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Plays scenarios group by group, reading what is traced meanwhile. */
#include "selftest/selftest.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "lib/clock.h"

enum {
	CHECK_EVERY_MS = 50,
	GRACE_MS = 3000, /* how long events may come after the last step */
};

static const uint64_t NS_PER_MS = 1000000;

/* Playings at a time: more, and a slow machine sends SYNs again that nobody expects. */
enum { AT_ONCE = 6 };
/* Playings that may be played again: more have a common cause. */
enum { AGAIN_AT_MOST = 6 };

/*
 * Short waits, for scenarios in which an end falls silent; no other minds. Not all kernels have
 * all of them.
 */
static const char *const base_settings[] = {
	"ipv4/tcp_retries2=2",
	"ipv4/tcp_orphan_retries=2",
	"ipv4/tcp_fastopen=519", /* client and server, without cookies */
	"ipv4/tcp_tw_reuse=1",
};

static bool begins_before(const struct play *play)
{
	return strstr(play->scenario->script, "trace\n");
}

/* What is played together, one after the other in this order, then what needs a setting. */
static const char holding[] = "hold", playing[] = "", storming[] = "storm";

static const char *group_of(const struct play *play)
{
	if (play->scenario->setting)
		return play->scenario->setting;
	if (play->scenario->flags & SCENARIO_STORM)
		return storming;
	return strstr(play->scenario->script, "hold\n") ? holding : playing;
}

static bool is_in_group(const struct selftest *self, const struct play *play)
{
	return !run_skips(&self->run, play) && !strcmp(group_of(play), self->group);
}

static bool all_in(const struct selftest *self, enum play_state state)
{
	for (size_t i = 0; i < self->run.stage->n; i++) {
		const struct play *play = &self->run.stage->plays[i];

		if (play->state != PLAY_NEW && !play_is_over(play) && play->state != state)
			return false;
	}
	return true;
}

static bool is_complete(struct selftest *self, struct play *play)
{
	if (play->state == PLAY_DONE && !play->complete)
		play->complete = run_is_complete(&self->run, play);
	return play->complete || play->state == PLAY_SKIPPED;
}

static bool all_complete(struct selftest *self)
{
	for (size_t i = 0; i < self->run.stage->n; i++) {
		struct play *play = &self->run.stage->plays[i];

		if (is_in_group(self, play) && !is_complete(self, play))
			return false;
	}
	return true;
}

static int gauges_look(struct selftest *self, struct gauges *gauges)
{
	struct net_sockets *sockets = &self->run.stage->sockets;
	struct counters counters;
	int err = net_sockets_read(sockets);

	if (err)
		return err;
	err = tracer_count_minisocks(self->tracer, &counters);
	if (err < 0)
		return err;
	*gauges = (struct gauges){ .taken = true };
	memcpy(gauges->traced, counters.sockets, sizeof(gauges->traced));
	for (size_t i = 0; i < sockets->n; i++)
		gauges->listed[sockets->list[i].state % TS_STATES]++;
	return 0;
}

/* A socket may move between the two looks: the same again a moment later is the truth. */
static int gauges_take(struct selftest *self, struct gauges *gauges)
{
	for (int i = 0; i < 5; i++) {
		int err = gauges_look(self, gauges);

		if (err || !memcmp(gauges->traced, gauges->listed, sizeof(gauges->traced)))
			return err;
		(void)usleep(20000);
	}
	return 0;
}

static struct play *next_play(struct selftest *self)
{
	struct stage *stage = self->run.stage;
	struct play *next = NULL;

	for (size_t i = 0; i < stage->n; i++) {
		struct play *play = &stage->plays[i];

		if (play->state != PLAY_NEW || !is_in_group(self, play))
			continue;
		if (play->scenario->flags & SCENARIO_SLOW)
			return play;
		if (!next)
			next = play;
	}
	return next;
}

/* Begins as many as may be played at once; whether there are more. */
static bool group_begin(struct selftest *self)
{
	struct play *next;

	while ((next = next_play(self)) &&
	       (self->group == holding || stage_busy(self->run.stage) < AT_ONCE))
		stage_begin(self->run.stage, next);
	return next;
}

/*
 * Some kernels do not let BPF see all that interrupts their own services, and do not count it as
 * missed (seen on a hardened 6.18, with timers): what a few playings lack they may have the next
 * time. What a broken program does not show stays away.
 */
static bool group_again(struct selftest *self)
{
	struct stage *stage = self->run.stage;
	unsigned lacking = 0, again = 0;

	for (size_t i = 0; i < stage->n; i++)
		lacking += is_in_group(self, &stage->plays[i]) &&
			   !is_complete(self, &stage->plays[i]);
	for (size_t i = 0; i < stage->n && lacking <= AGAIN_AT_MOST; i++) {
		struct play *play = &stage->plays[i];

		if (!is_in_group(self, play) || is_complete(self, play) || begins_before(play) ||
		    play->tries + 1 == PLAY_TRIES)
			continue;
		if (!play->first_why)
			play->first_why = run_examine(&self->run, play);
		play_again(stage, play);
		again++;
	}
	self->run.again += again;
	return again;
}

/* Whether the group's playings are over and all that they made has come. */
static int group_round(void *context)
{
	struct selftest *self = context;
	struct stage *stage = self->run.stage;
	uint64_t now = clock_mono_ns();
	int err = 0;

	if (self->source && now - self->drained_ns > SELFTEST_ROUND_MS * NS_PER_MS) {
		err = ring_source_round(self->source);
		self->drained_ns = now;
	}
	if (!err)
		err = stage_round(stage);
	if (err)
		return err;
	if (!self->source)
		return all_in(self, PLAY_TRACE);
	if (group_begin(self))
		return 0;
	if (self->group == holding && !stage->release && all_in(self, PLAY_HELD)) {
		err = gauges_take(self, &self->run.held);
		stage->release = true;
		return err;
	}
	if (stage->running)
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
	self->over_ns = 0;
	return self->group == storming || !group_again(self);
}

/* Runs the loop until a group is over. */
static int group_run(struct selftest *self)
{
	int err;

	self->over_ns = self->checked_ns = 0;
	loop_each_round(self->loop, group_round, self, &self->wait_ms);
	err = loop_run(self->loop);
	if (!err && (self->source ? self->run.stage->running > 0 : !all_in(self, PLAY_TRACE)))
		self->interrupted = true;
	return err;
}

/* The kernel does not have the setting. */
static void group_skip(struct selftest *self)
{
	struct play *play;

	while ((play = next_play(self))) {
		play->state = PLAY_SKIPPED;
		(void)snprintf(play->why, sizeof(play->why), "this kernel has no net/%.*s",
			       (int)strcspn(self->group, "="), self->group);
	}
}

static int group_play(struct selftest *self, const char *group)
{
	char was[96] = "";
	int err;

	self->group = group;
	if (!next_play(self) || self->interrupted)
		return 0;
	if (strchr(group, '=') && net_set(group, was, sizeof(was))) {
		group_skip(self);
		return 0;
	}
	err = group_run(self);
	if (*was)
		(void)net_set(was, NULL, 0);
	return err;
}

int selftest_play_before(struct selftest *self)
{
	struct stage *stage = self->run.stage;
	bool any = false;

	for (size_t i = 0; i < stage->n; i++) {
		struct play *play = &stage->plays[i];

		if (!begins_before(play) || run_skips(&self->run, play))
			continue;
		stage_begin(stage, play);
		any = true;
	}
	return any ? group_run(self) : 0;
}

int selftest_play_quiet(struct selftest *self)
{
	struct stage *stage = self->run.stage;
	int err = gauges_take(self, &self->run.begun);

	if (!err)
		err = group_play(self, holding);

	for (size_t i = 0; i < sizeof(base_settings) / sizeof(base_settings[0]); i++)
		(void)net_set(base_settings[i], NULL, 0);
	if (!err)
		err = group_play(self, playing);
	for (size_t i = 0; i < stage->n && !err; i++)
		if (stage->plays[i].scenario->setting)
			err = group_play(self, stage->plays[i].scenario->setting);
	if (!err)
		err = gauges_take(self, &self->run.ended);
	tracer_count(self->tracer, &self->run.quiet);
	return err;
}

static void storm_again(struct selftest *self)
{
	struct run *run = &self->run;

	for (size_t i = 0; i < TS_STATES; i++)
		for (size_t j = 0; j < TS_STATES; j++)
			run->earlier_storms.seen[i][j] += run->storm.seen[i][j];
	memset(&run->storm, 0, sizeof(run->storm));
	for (size_t i = 0; i < run->stage->n; i++)
		if (group_of(&run->stage->plays[i]) == storming)
			play_again(run->stage, &run->stage->plays[i]);
}

/* As often as group_again() would. */
int selftest_play_storm(struct selftest *self)
{
	struct counters before, after;
	int err = 0;

	if (self->run.tier == TIER_KPROBE)
		return 0; /* skipped: see run_skips() */
	for (int i = 0; i < PLAY_TRIES && !err && !self->interrupted; i++) {
		tracer_count(self->tracer, &before);
		err = group_play(self, storming);
		tracer_count(self->tracer, &after);
		self->run.storm.told = after.unseen - before.unseen + after.lost - before.lost;
		if (run_has_storm_passed(&self->run))
			break;
		if (i < PLAY_TRIES - 1)
			storm_again(self);
	}
	return err;
}
