/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The processes of a scenario: each does what its script tells it, one step at a time, so
 * that it is a process of its own, with its own name, that owns the sockets.
 *
 * A step comes as its words, a line of text without the actor's name, over a SOCK_SEQPACKET
 * socket; one answer goes back.
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
	ACTOR_ADMIN,  /* owns nothing, acts on others' */
	ACTOR_PEER,   /* forges segments: selftest_peer.c */
	ACTORS,
};

extern const char *const actor_names[ACTORS];

enum actor_result {
	ACTOR_DONE,
	ACTOR_FAILED,
	ACTOR_UNABLE, /* this kernel has no such thing: the scenario is skipped */
};

/* The answer to a step. */
struct actor_answer {
	int32_t result;	 /* enum actor_result */
	int32_t pid;	 /* of a child that was forked; else 0 */
	uint64_t cookie; /* where it was asked for; else 0 */
	char why[120];	 /* what did not happen as it should */
};

/* What an actor is given of the playing that it is part of. */
struct actor_setup {
	int family;	      /* AF_INET or AF_INET6 */
	int protocol;	      /* 0 or IPPROTO_MPTCP */
	uint16_t port;	      /* first of the playing's */
	enum actor_name name; /* and its command name */
	int channel;	      /* its own */
	int worker_channel;   /* the channel of a child that it may fork; or -1 */
};

enum { WORDS_MAX = 8, LINE_MAX_BYTES = 120 };

/* The inside of an actor: what its steps work on. */
struct actor {
	struct actor_setup setup;
	int fd[SOCKET_NAMES]; /* by letter; -1 */
	struct peer *peer;
	struct actor_answer answer;
};

/* One step; 0 or -errno, or fills actor->answer itself. */
typedef int actor_step(struct actor *actor, char **words, int n);

struct actor_verb {
	const char *name;
	int words; /* at least, after the verb */
	actor_step *step;
};

extern const struct actor_verb actor_socket_verbs[], actor_use_verbs[], actor_peer_verbs[],
	actor_admin_verbs[], actor_stress_verbs[];

/* Takes steps until its channel closes; never returns. */
void actor_run(const struct actor_setup *setup) __attribute__((noreturn));

/* Says what went wrong, in the answer; returns -EPROTO. */
int actor_fail(struct actor *actor, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Says what this kernel lacks. */
int actor_unable(struct actor *actor, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* The socket that a word names; -EBADF where it is not open. */
int actor_fd(struct actor *actor, const char *word);
/* The same, made and bound to its port where it is not there. */
int actor_socket(struct actor *actor, const char *word);
int actor_set_option(int fd, int level, int option, int value);
/* poll(), with an actor's patience; -EAGAIN: in vain. */
int actor_wait(int fd, short what);
/* The socket's error, which is cleared by that. */
int actor_error(int fd);
/* An errno by its name; -1: no such name. */
int actor_errno(const char *word);
/* Whether an outcome is the one that the script names; NULL: success. */
int actor_compare(struct actor *actor, int err, const char *expected);
uint64_t actor_number(const char *word);

/* An address of lo with the port, of the actor's family: its size. */
socklen_t actor_address(const struct actor *actor, uint16_t port, struct sockaddr_storage *to);

#endif
