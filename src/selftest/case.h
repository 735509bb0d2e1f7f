/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The playings of scenarios, and the processes that each of them has. Knows nothing of tracing. */
#ifndef SELFTEST_CASE_H
#define SELFTEST_CASE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "lib/error.h"
#include "selftest/scenario.h"
#include "selftest/actor.h"
#include "selftest/netns.h"

enum play_state {
	PLAY_NEW,
	PLAY_STEP,  /* an actor is at it */
	PLAY_AWAIT, /* until a socket is in a state */
	PLAY_PAUSE, /* for a time, or for good */
	PLAY_TRACE, /* `trace`: until the tracer is ready */
	PLAY_HELD,  /* `hold`: until the counters were looked at */
	PLAY_DONE,
	PLAY_FAILED,
	PLAY_SKIPPED,
};

/* One playing of a scenario. */
struct play {
	const struct scenario *scenario;
	uint8_t family; /* 4 or 6 */
	uint16_t port;	/* first of PLAY_PORTS */
	enum play_state state;
	const char *next;	   /* step */
	char line[LINE_MAX_BYTES]; /* step that it is at, or failed at */
	char why[sizeof(((struct actor_answer *)0)->why)];
	struct {
		pid_t pid; /* 0: not there, or not yet */
		int channel;
		bool gone;
	} actor[ACTORS];
	enum actor_name busy;
	int heir; /* channel of a worker to be; or 0 */
	uint64_t cookie[SOCKET_NAMES];
	uint64_t begun_ns; /* the step */
	uint64_t deadline_ns;
	uint64_t until_ns;     /* PLAY_PAUSE */
	uint16_t lport, rport; /* PLAY_AWAIT */
	uint8_t awaited;       /* enum ts_tcp_state; TS_CLOSED: gone */
	bool complete;	       /* all that it makes was seen: the watcher's */
	unsigned tries;	       /* before this one */
	char *first_why;       /* what was wrong then; NULL: nothing */
};

struct stage {
	struct play *plays;
	size_t n;
	size_t running;
	int nursery;
	int epoll; /* readable when an actor has answered */
	bool tracing;
	bool release; /* what is held may go on */
	struct net_sockets sockets;
	uint64_t listed_ns;
	uint64_t list_after_ns;
};

/*
 * Playings of the scenarios that match one of the patterns (all, where there is none), in the
 * tables' order. -ENOENT: none matches.
 */
int stage_new(char **patterns, int n, struct stage **stage, struct error *error);
/* Actors can be forked from here on: in this network namespace, while this process is small. */
int stage_open(struct stage *stage, struct error *error);
/* Ends all actors. */
void stage_free(struct stage *stage);

bool play_is_over(const struct play *play);
/* To be played again, on ports of its own, as the sockets of the last time may still be there. */
void play_again(const struct stage *stage, struct play *play);
/* "client closes first, ipv4" */
void play_name(const struct play *play, char *to, size_t size);

/* Forks an actor; a server has a worker's channel at hand, for its own fork. */
int play_fork_actor(struct stage *stage, struct play *play, enum actor_name name);
/* Its answers come by that channel. */
int play_watch_actor(struct stage *stage, struct play *play, enum actor_name name, int channel);
/* It has ended, or is to be heard of no more. */
void play_lose_actor(struct stage *stage, struct play *play, enum actor_name name);
/* All of them leave: of themselves, or killed. */
void play_dismiss(struct stage *stage, struct play *play, bool kill_them);

#endif
