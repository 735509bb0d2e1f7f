/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Test cases (a scenario over one family) and their actors. Does not know the tracer. */
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
	CASE_STEP,	   /* an actor runs a step */
	CASE_AWAIT_STATE,  /* for a socket to reach a state */
	CASE_PAUSE,	   /* for a time */
	CASE_AWAIT_TRACER, /* `trace`: for the tracer to be ready */
	CASE_AWAIT_COUNTS, /* `hold`: for the state counts to be compared */
	CASE_AWAIT_SCAN,   /* `scan`: for the tracer to have scanned open files */
	CASE_AWAIT_READS,  /* `read`: for the tracer to have read events and late ports */
	CASE_DONE,
	CASE_FAILED,
	CASE_SKIPPED,
};

/* One scenario over one family. */
struct test_case {
	const struct scenario *scenario;
	uint8_t family; /* 4 or 6 */
	uint16_t port;	/* first of CASE_PORTS */
	enum case_state state;
	const char *next;	   /* step */
	char line[LINE_MAX_BYTES]; /* current or failed step */
	char why[sizeof(((struct actor_answer *)0)->why)];
	struct {
		pid_t pid; /* 0: not forked yet */
		int channel;
		bool gone;
	} actor[ACTORS];
	enum actor_name busy;
	int worker_channel; /* for a worker that is not forked yet; or 0 */
	uint64_t cookie[SOCKET_NAMES];
	uint64_t begun_ns; /* start of the step */
	uint64_t deadline_ns;
	uint64_t until_ns;     /* CASE_PAUSE */
	uint64_t scans;	       /* CASE_AWAIT_SCAN: how many there were */
	uint64_t reads;	       /* CASE_AWAIT_READS: the same */
	uint16_t lport, rport; /* CASE_AWAIT_STATE */
	uint8_t awaited;       /* enum ts_tcp_state; TS_CLOSED: gone */
	bool may_linger;       /* TIME_WAIT will do */
	bool holds_lock;       /* an actor keeps a socket's lock */
	bool complete;	       /* all expected transitions were observed */
};

struct case_list {
	struct test_case *tests;
	size_t n;
	size_t running;
	int fork_server;
	int epoll; /* readable when an actor answered */
	bool tracing;
	bool release;	/* CASE_AWAIT_COUNTS may continue */
	uint64_t scans; /* tracer_rescans(), as of scans_read_ns */
	bool scan_wanted;
	uint64_t scans_read_ns;
	uint64_t reads; /* how often the tracer's events were read */
	struct net_sockets sockets;
	uint64_t listed_ns;
	uint64_t list_after_ns;
};

/*
 * The test cases that match a pattern (all without patterns), in the order of the tables.
 * Returns 0 or -errno (-ENOENT: no match).
 */
int case_list_new(char **patterns, int n, struct case_list **cases, struct error *error);
/* Starts the fork server: in this network namespace, while this process is small. */
int case_list_open(struct case_list *cases, struct error *error);
/* Kills all actors. */
void case_list_free(struct case_list *cases);

bool case_is_over(const struct test_case *test);
/* "client closes first, ipv4" */
void case_name(const struct test_case *test, char *to, size_t size);

/* Forks an actor; a server gets a channel for the worker that it may fork. */
int case_fork_actor(struct case_list *cases, struct test_case *test, enum actor_name name);
/* Waits for the actor's answers on the channel. */
int case_watch_actor(struct case_list *cases, struct test_case *test, enum actor_name name,
		     int channel);
/* Closes the actor's channel; a running actor then exits. */
void case_forget_actor(struct case_list *cases, struct test_case *test, enum actor_name name);
/* Ends all actors by closing their channels, or by SIGKILL. */
void case_end_actors(struct case_list *cases, struct test_case *test, bool kill_them);

#endif
