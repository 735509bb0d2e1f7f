// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Which scenarios are played, and with whom. */
#include "selftest/case.h"

#include <errno.h>
#include <fnmatch.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "selftest/fork_server.h"

#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif

const struct scenario *const selftest_tables[] = {
	selftest_open,	  selftest_half_open, selftest_close, selftest_abort,
	selftest_silence, selftest_time_wait, selftest_owner, selftest_mptcp,
	selftest_hold,	  selftest_many,      NULL,
};

bool play_is_over(const struct play *play)
{
	return play->state >= PLAY_DONE;
}

void play_again(const struct stage *stage, struct play *play)
{
	play->state = PLAY_NEW;
	play->complete = false;
	play->port = (uint16_t)(play->port + PLAY_PORTS * stage->n);
	play->tries++;
	memset(play->actor, 0, sizeof(play->actor));
	memset(play->cookie, 0, sizeof(play->cookie));
}

void play_name(const struct play *play, char *to, size_t size)
{
	(void)snprintf(to, size, "%s, ipv%u", play->scenario->name, play->family);
}

static bool is_wanted(const struct play *play, char **patterns, int n)
{
	char name[128];

	play_name(play, name, sizeof(name));
	for (int i = 0; i < n; i++)
		if (!fnmatch(patterns[i], name, 0) ||
		    !fnmatch(patterns[i], play->scenario->name, 0))
			return true;
	return n == 0;
}

static int add_play(struct stage *stage, const struct scenario *scenario, uint8_t family,
		    char **patterns, int n)
{
	const unsigned either = SCENARIO_V4 | SCENARIO_V6;
	unsigned over = scenario->flags & either ? scenario->flags & either : either;
	struct play play = { .scenario = scenario, .family = family };
	struct play *plays;

	if (!(over & (family == 4 ? SCENARIO_V4 : SCENARIO_V6)) || !is_wanted(&play, patterns, n))
		return 0;
	plays = reallocarray(stage->plays, stage->n + 1, sizeof(*plays));
	if (!plays)
		return -ENOMEM;
	play.port = (uint16_t)(PLAY_FIRST_PORT + PLAY_PORTS * stage->n);
	stage->plays = plays;
	stage->plays[stage->n++] = play;
	return 0;
}

static int add_plays(struct stage *stage, char **patterns, int n)
{
	int err = 0;

	for (size_t i = 0; selftest_tables[i]; i++)
		for (const struct scenario *s = selftest_tables[i]; s->name && !err; s++) {
			err = add_play(stage, s, 4, patterns, n);
			if (!err)
				err = add_play(stage, s, 6, patterns, n);
		}
	return err;
}

int stage_new(char **patterns, int n, struct stage **out, struct error *error)
{
	struct stage *stage = calloc(1, sizeof(*stage));
	int err = -ENOMEM;

	if (stage) {
		stage->nursery = stage->epoll = -1;
		err = add_plays(stage, patterns, n);
	}
	if (!err && !stage->n) {
		stage_free(stage);
		return error_set(error, ENOENT,
				 "no test is called \"%.64s\": "
				 "\"tcpstate selftest --list\" lists them all",
				 patterns[0]);
	}
	if (!err) {
		stage->epoll = epoll_create1(EPOLL_CLOEXEC);
		err = stage->epoll < 0 ? -errno : 0;
	}
	if (err) {
		stage_free(stage);
		return error_set(error, -err, "cannot set up the tests: %s", strerror(-err));
	}
	*out = stage;
	return 0;
}

int stage_open(struct stage *stage, struct error *error)
{
	stage->nursery = nursery_open();
	if (stage->nursery < 0)
		return error_set(error, -stage->nursery, "cannot start the tests' processes: %s",
				 strerror(-stage->nursery));
	return 0;
}

void play_lose_actor(struct stage *stage, struct play *play, enum actor_name name)
{
	if (!play->actor[name].pid || play->actor[name].gone)
		return;
	play->actor[name].gone = true;
	(void)epoll_ctl(stage->epoll, EPOLL_CTL_DEL, play->actor[name].channel, NULL);
	(void)close(play->actor[name].channel);
}

void play_dismiss(struct stage *stage, struct play *play, bool kill_them)
{
	for (int i = 0; i < ACTORS; i++) {
		/* one whose channel is open has not ended: its PID is still its own */
		if (kill_them && play->actor[i].pid && !play->actor[i].gone)
			(void)kill(play->actor[i].pid, SIGKILL);
		play_lose_actor(stage, play, (enum actor_name)i);
	}
	if (play->heir)
		(void)close(play->heir);
	play->heir = 0;
}

void stage_free(struct stage *stage)
{
	if (!stage)
		return;
	for (size_t i = 0; i < stage->n; i++) {
		play_dismiss(stage, &stage->plays[i], true);
		free(stage->plays[i].first_why);
	}
	if (stage->nursery >= 0)
		(void)close(stage->nursery);
	if (stage->epoll >= 0)
		(void)close(stage->epoll);
	net_sockets_free(&stage->sockets);
	free(stage->plays);
	free(stage);
}

int play_watch_actor(struct stage *stage, struct play *play, enum actor_name name, int channel)
{
	struct epoll_event event = { .events = EPOLLIN };

	event.data.u64 = (uint64_t)(play - stage->plays) << 8 | name;
	play->actor[name].channel = channel;
	return epoll_ctl(stage->epoll, EPOLL_CTL_ADD, channel, &event) ? -errno : 0;
}

int play_fork_actor(struct stage *stage, struct play *play, enum actor_name name)
{
	struct actor_setup setup = {
		.name = name,
		.family = play->family == 4 ? AF_INET : AF_INET6,
		.protocol = play->scenario->flags & SCENARIO_MPTCP ? IPPROTO_MPTCP : 0,
		.port = play->port,
		.heir = -1,
	};
	int own[2], heirs[2] = { -1, -1 };
	int err;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, own) != 0)
		return -errno;
	if (name == ACTOR_SERVER &&
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, heirs) != 0)
		return -errno;
	setup.channel = own[1];
	setup.heir = heirs[1];
	err = nursery_fork(stage->nursery, &setup, &play->actor[name].pid);
	(void)close(own[1]);
	if (heirs[1] >= 0)
		(void)close(heirs[1]);
	play->heir = heirs[0] >= 0 ? heirs[0] : play->heir;
	return err ? err : play_watch_actor(stage, play, name, own[0]);
}
