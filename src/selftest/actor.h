/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Actors: the processes of a test case. Each is a process with a command name of its own, owns
 * its sockets, and runs one step of the script at a time.
 *
 * A step is one line of text without the actor's name, sent over a SOCK_SEQPACKET socket. The
 * actor sends one answer.
 */
#ifndef SELFTEST_ACTOR_H
#define SELFTEST_ACTOR_H

#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>

#include "selftest/scenario.h"

enum actor_name {
	ACTOR_CLIENT,
	ACTOR_SERVER,
	ACTOR_WORKER, /* forked by the server, with its sockets */
	ACTOR_ADMIN,  /* owns no socket, closes other processes' sockets */
	ACTOR_PEER,   /* forges segments: actor_peer.c */
	ACTORS,
};

extern const char *const actor_names[ACTORS];

enum actor_result {
	ACTOR_DONE,
	ACTOR_FAILED,
	ACTOR_UNABLE, /* the kernel lacks the feature: the test case is skipped */
};

/* The answer to a step. */
struct actor_answer {
	int32_t result;	 /* enum actor_result */
	int32_t pid;	 /* of a forked child; else 0 */
	uint64_t cookie; /* if the step asked for it; else 0 */
	char why[120];	 /* the failure */
};

/* An actor's part of its test case. */
struct actor_setup {
	int family;	      /* AF_INET or AF_INET6 */
	int protocol;	      /* 0 or IPPROTO_MPTCP */
	uint16_t port;	      /* first port of the test case */
	enum actor_name name; /* its command name too */
	int channel;	      /* its end */
	int worker_channel;   /* for the worker that a server may fork; or -1 */
};

enum { WORDS_MAX = 8, LINE_MAX_BYTES = 120 };

/* The state of an actor process. */
struct actor {
	struct actor_setup setup;
	int fd[SOCKET_NAMES]; /* by letter; -1: not open */
	struct peer *peer;
	uint32_t sequence[2]; /* of a connection that was taken away: receive, send */
	struct actor_answer answer;
};

/* Runs one step. Returns 0 or -errno; may fill actor->answer instead. */
typedef int actor_step(struct actor *actor, char **words, int n);

struct actor_verb {
	const char *name;
	int words; /* minimum after the verb */
	actor_step *step;
};

extern const struct actor_verb actor_socket_verbs[], actor_use_verbs[], actor_peer_verbs[],
	actor_admin_verbs[], actor_stress_verbs[], actor_lock_verbs[];

/* Runs steps until the channel closes. */
void actor_run(const struct actor_setup *setup) __attribute__((noreturn));

/* Sets the answer to ACTOR_FAILED with a text. Returns -EPROTO. */
int actor_fail(struct actor *actor, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Sets the answer to ACTOR_UNABLE with the missing feature. Returns -EPROTO. */
int actor_unable(struct actor *actor, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* The descriptor of a socket name; -EBADF: not open. */
int actor_fd(struct actor *actor, const char *word);
/* The same; creates the socket and binds it to its port if it is not open. */
int actor_socket(struct actor *actor, const char *word);
int actor_set_option(int fd, int level, int option, int value);
/* poll() with the time limit of a step; -EAGAIN: timed out. */
int actor_wait(int fd, short what);
/* SO_ERROR; clears it. */
int actor_error(int fd);
/* An errno by name; -1: unknown. */
int actor_errno(const char *word);
/* Compares an error with the name in the script; NULL: success. */
int actor_compare(struct actor *actor, int err, const char *expected);
uint64_t actor_number(const char *word);

/* Fills a loopback address of the actor's family. Returns its size. */
socklen_t actor_address(const struct actor *actor, uint16_t port, struct sockaddr_storage *to);

#endif
