// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The interpreter of scripts. */
#include "selftest/runner.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "lib/clock.h"
#include "lib/number.h"
#include "tcp/state.h"

static const uint64_t NS_PER_MS = 1000000;
/* A step that takes longer only waits. */
static const uint64_t BUSY_NS = 300 * 1000000ull;
/* Listing all sockets takes a while where the table of them is large: a fifth of the time. */
static const uint64_t LIST_EVERY_NS = 5 * 1000000ull;
enum { LIST_SHARE = 5 };
/* More than an actor's own patience. */
static const uint64_t STEP_NS = 15000 * 1000000ull;

static void play_end(struct stage *stage, struct play *play, enum play_state state)
{
	play->state = state;
	play_dismiss(stage, play, state != PLAY_DONE);
	stage->running--;
}

static void fail(struct stage *stage, struct play *play, const char *why)
{
	(void)snprintf(play->why, sizeof(play->why), "%s", why);
	play_end(stage, play, PLAY_FAILED);
}

static int actor_named(const char *word)
{
	for (int i = 0; i < ACTORS; i++)
		if (!strcmp(actor_names[i], word))
			return i;
	return -1;
}

/* await SOCKET STATE|gone */
static int begin_await(struct play *play, const char *words)
{
	const struct endpoint *end = endpoint_find(*words);
	int state = strcmp(words + 2, "gone") ? state_parse(words + 2) : TS_CLOSED;

	if (!end || state < 0)
		return -EINVAL;
	play->lport = (uint16_t)(play->port + end->local);
	play->rport = end->remote ? (uint16_t)(play->port + end->remote) : 0;
	play->awaited = (uint8_t)state;
	play->state = PLAY_AWAIT;
	return 0;
}

/* Steps that are nobody's: see the table. */
static int begin_own_step(struct stage *stage, struct play *play, const char *verb,
			  const char *words)
{
	uint64_t ms;
	int name;

	if (!strcmp(verb, "await"))
		return begin_await(play, words);
	if (!strcmp(verb, "trace"))
		play->state = PLAY_TRACE;
	else if (!strcmp(verb, "hold"))
		play->state = PLAY_HELD;
	else if (!strcmp(verb, "pause") && !number_parse(words, 0, 100000, &ms)) {
		play->until_ns = clock_mono_ns() + ms * NS_PER_MS;
		play->deadline_ns += ms * NS_PER_MS;
		play->state = PLAY_PAUSE;
	} else if (!strcmp(verb, "kill") && (name = actor_named(words)) >= 0) {
		(void)kill(play->actor[name].pid, SIGKILL);
		play_lose_actor(stage, play, (enum actor_name)name);
		play->state = PLAY_PAUSE; /* what follows awaits what that does */
		play->until_ns = 0;
	} else {
		return -EINVAL;
	}
	return 0;
}

static int hand_out(struct stage *stage, struct play *play, enum actor_name name, const char *words)
{
	int err = 0;

	if (!play->actor[name].pid)
		err = play_fork_actor(stage, play, name);
	if (err)
		return err;
	play->busy = name;
	play->state = PLAY_STEP;
	return send(play->actor[name].channel, words, strlen(words), MSG_NOSIGNAL) < 0 ? -errno : 0;
}

/* The next line of the script; its end is the end of the playing. */
static void advance(struct stage *stage, struct play *play)
{
	size_t length = strcspn(play->next, "\n");
	char verb[16];
	const char *words;
	int name, err;

	if (!*play->next) {
		play_end(stage, play, PLAY_DONE);
		return;
	}
	(void)snprintf(play->line, sizeof(play->line), "%.*s", (int)length, play->next);
	play->next += length + (play->next[length] == '\n');
	play->begun_ns = clock_mono_ns();
	play->deadline_ns = play->begun_ns + STEP_NS;
	words = strchr(play->line, ' ');
	words = words ? words + 1 : "";
	(void)snprintf(verb, sizeof(verb), "%.*s", (int)strcspn(play->line, " "), play->line);
	name = actor_named(verb);
	err = name < 0 ? begin_own_step(stage, play, verb, words) :
			 hand_out(stage, play, (enum actor_name)name, words);
	if (err)
		fail(stage, play, err == -EINVAL ? "no such step" : strerror(-err));
}

unsigned stage_busy(const struct stage *stage)
{
	uint64_t now = clock_mono_ns();
	unsigned busy = 0;

	for (size_t i = 0; i < stage->n; i++) {
		const struct play *play = &stage->plays[i];

		busy += play->state != PLAY_NEW && !play_is_over(play) &&
			now - play->begun_ns < BUSY_NS;
	}
	return busy;
}

void stage_begin(struct stage *stage, struct play *play)
{
	play->next = play->scenario->script;
	stage->running++;
	advance(stage, play);
}

/* The worker is there: the server has forked it. */
static int adopt(struct stage *stage, struct play *play, pid_t pid)
{
	int channel = play->heir;

	play->heir = 0;
	play->actor[ACTOR_WORKER].pid = pid;
	return play_watch_actor(stage, play, ACTOR_WORKER, channel);
}

static bool is_exit(const struct play *play)
{
	const char *verb = strchr(play->line, ' ');

	return verb && !strcmp(verb + 1, "exit");
}

static void take_answer(struct stage *stage, struct play *play, enum actor_name name)
{
	struct actor_answer answer;
	ssize_t n;

	if (play->actor[name].gone)
		return;
	n = recv(play->actor[name].channel, &answer, sizeof(answer), MSG_DONTWAIT);
	if (n < 0 && errno == EAGAIN)
		return;
	if (n != sizeof(answer)) {
		play_lose_actor(stage, play, name);
		if (is_exit(play))
			advance(stage, play);
		else
			fail(stage, play, "its process ended");
		return;
	}
	answer.why[sizeof(answer.why) - 1] = '\0';
	if (answer.cookie)
		play->cookie[strrchr(play->line, ' ')[1] - 'a'] = answer.cookie;
	if (answer.pid && adopt(stage, play, answer.pid))
		fail(stage, play, "cannot take on the worker");
	else if (answer.result == ACTOR_DONE)
		advance(stage, play);
	else
		fail(stage, play, answer.why);
	if (answer.result == ACTOR_UNABLE)
		play->state = PLAY_SKIPPED;
}

static bool has_come_about(const struct stage *stage, const struct play *play)
{
	if (stage->listed_ns <= play->begun_ns)
		return false; /* the list is from before */
	for (size_t i = 0; i < stage->sockets.n; i++) {
		const struct net_socket *socket = &stage->sockets.list[i];

		if (socket->lport == play->lport && socket->rport == play->rport &&
		    socket->family == play->family)
			return socket->state == play->awaited;
	}
	return play->awaited == TS_CLOSED;
}

static bool may_go_on(const struct stage *stage, const struct play *play, uint64_t now)
{
	switch (play->state) {
	case PLAY_AWAIT:
		return has_come_about(stage, play);
	case PLAY_PAUSE:
		return now >= play->until_ns;
	case PLAY_TRACE:
		return stage->tracing;
	case PLAY_HELD:
		return stage->release;
	default:
		return false;
	}
}

static void look_at(struct stage *stage, struct play *play, uint64_t now)
{
	if (play->state == PLAY_NEW || play_is_over(play))
		return;
	if (may_go_on(stage, play, now))
		advance(stage, play);
	else if (now > play->deadline_ns && play->state != PLAY_TRACE && play->state != PLAY_HELD)
		fail(stage, play, "did not come about in time");
}

static bool anyone_awaits(const struct stage *stage)
{
	for (size_t i = 0; i < stage->n; i++)
		if (stage->plays[i].state == PLAY_AWAIT)
			return true;
	return false;
}

int stage_round(struct stage *stage)
{
	struct epoll_event events[64];
	uint64_t now;
	int n, err = 0;

	do {
		n = epoll_wait(stage->epoll, events, 64, 0);
		for (int i = 0; i < n; i++)
			take_answer(stage, &stage->plays[events[i].data.u64 >> 8],
				    (enum actor_name)(events[i].data.u64 & 0xff));
	} while (n > 0);
	now = clock_mono_ns();
	if (anyone_awaits(stage) && now >= stage->list_after_ns) {
		err = net_sockets_read(&stage->sockets);
		stage->listed_ns = now;
		stage->list_after_ns = now + LIST_EVERY_NS + (clock_mono_ns() - now) * LIST_SHARE;
	}
	for (size_t i = 0; i < stage->n && !err; i++)
		look_at(stage, &stage->plays[i], now);
	return err;
}
