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

enum case_state {
	CASE_NEW,
	CASE_STEP,	   /* an actor is at it */
	CASE_AWAIT_STATE,  /* until a socket is in a state */
	CASE_PAUSE,	   /* for a time, or for good */
	CASE_AWAIT_TRACER, /* `trace`: until the tracer is ready */
	CASE_AWAIT_COUNTS, /* `hold`: until the counters were looked at */
	CASE_DONE,
	CASE_FAILED,
	CASE_SKIPPED,
};

/* One playing of a scenario. */
struct test_case {
	const struct scenario *scenario;
	uint8_t family; /* 4 or 6 */
	uint16_t port;	/* first of PLAY_PORTS */
	enum case_state state;
	const char *next;	   /* step */
	char line[LINE_MAX_BYTES]; /* step that it is at, or failed at */
	char why[sizeof(((struct actor_answer *)0)->why)];
	struct {
		pid_t pid; /* 0: not there, or not yet */
		int channel;
		bool gone;
	} actor[ACTORS];
	enum actor_name busy;
	int worker_channel; /* channel of a worker to be; or 0 */
	uint64_t cookie[SOCKET_NAMES];
	uint64_t begun_ns; /* the step */
	uint64_t deadline_ns;
	uint64_t until_ns;     /* PLAY_PAUSE */
	uint16_t lport, rport; /* PLAY_AWAIT */
	uint8_t awaited;       /* enum ts_tcp_state; TS_CLOSED: gone */
	bool complete;	       /* all that it makes was seen: the watcher's */
	unsigned tries;	       /* before this one */
	char *first_failure;   /* what was wrong then; NULL: nothing */
};

struct case_list {
	struct test_case *tests;
	size_t n;
	size_t running;
	int fork_server;
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
int case_list_new(char **patterns, int n, struct case_list **cases, struct error *error);
/* Actors can be forked from here on: in this network namespace, while this process is small. */
int case_list_open(struct case_list *cases, struct error *error);
/* Ends all actors. */
void case_list_free(struct case_list *cases);

bool case_is_over(const struct test_case *test);
/* To be played again, on ports of its own, as the sockets of the last time may still be there. */
void case_reset(const struct case_list *cases, struct test_case *test);
/* "client closes first, ipv4" */
void case_name(const struct test_case *test, char *to, size_t size);

/* Forks an actor; a server has a worker's channel at hand, for its own fork. */
int case_fork_actor(struct case_list *cases, struct test_case *test, enum actor_name name);
/* Its answers come by that channel. */
int case_watch_actor(struct case_list *cases, struct test_case *test, enum actor_name name,
		     int channel);
/* It has ended, or is to be heard of no more. */
void case_forget_actor(struct case_list *cases, struct test_case *test, enum actor_name name);
/* All of them leave: of themselves, or killed. */
void case_end_actors(struct case_list *cases, struct test_case *test, bool kill_them);

#endif
