/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Stuck sockets by program and rule, then by origin, then by peer; beside that, by process. */
#ifndef STUCK_GROUP_H
#define STUCK_GROUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "stuck/stuck.h"

/* A subset of the sockets. */
struct stuck_part {
	size_t n;
	const struct stuck_item *oldest; /* the one with the longest known time */
};

struct stuck_peer {
	struct stuck_part all;
	bool server; /* this end is a server: the peer's port is arbitrary */
};

struct stuck_process {
	struct stuck_part all; /* that it holds first */
	const struct ts_holder *holder;
};

struct stuck_origin {
	struct stuck_part all;
	uint32_t origin;	  /* 0: unknown */
	struct stuck_peer *peers; /* most first */
	size_t n_peers;
};

/* Causes of one rule, as far as the kernel knows them. */
enum stuck_cause {
	STUCK_USUAL,
	STUCK_DEFERRED,	   /* SYN_RECV: the last ACK came, and TCP_DEFER_ACCEPT waits for data */
	STUCK_ACK_DROPPED, /* SYN_RECV: the last ACK came, and the accept queue was full */
	STUCK_NO_ANSWER,   /* idle: keepalive probes or retransmissions are not answered */
	STUCK_ANSWERS,	   /* idle: the peer's kernel has answered since the last data */
	STUCK_WATCHED,	   /* idle: keepalive is on, and no probe was due */
	STUCK_UNWATCHED,   /* idle: keepalive is off */
	STUCK_ENDED,	   /* CLOSED: it had a connection, or tried to have one */
	STUCK_BOUND,	   /* CLOSED: has a port, and nothing else */
	STUCK_UNUSED,	   /* CLOSED: has nothing */
	STUCK_ACK_UNKNOWN, /* SYN_RECV: inet_diag does not say whether the last ACK came */
};

struct stuck_group {
	struct stuck_part all; /* of the same programs, rule and cause */
	enum stuck_rule rule;
	enum stuck_cause cause;
	struct stuck_origin *origins; /* most first; one for all if none is known */
	size_t n_origins;
	struct stuck_process *processes; /* most first; none: no visible process */
	size_t n_processes;
	const struct ts_holder **others; /* hold a socket too, and are none of `processes` */
	size_t n_others;
	size_t shared;	    /* are held by several processes */
	uint64_t notice_ns; /* the longest time until keepalive notices that a peer is gone; 0: none */
	uint64_t unread, unsent;
	size_t at_end;	     /* have read all data before the FIN; read() may not have returned 0 */
	size_t with_unread;  /* have payload unread */
	size_t with_unsent;  /* have payload that the peer has not taken */
	size_t in_rings;     /* are held first by an io_uring, without a descriptor */
	bool rings_unknown;  /* other io_urings were not searched */
	size_t not_accepted; /* are in an accept queue; the process is the listener's */
};

struct stuck_groups {
	struct stuck_group *groups; /* most first */
	size_t n;
};

/*
 * proc: "/proc", from which the program of a process is read; NULL: each process is a program of its
 * own, as is one that cannot be read. Returns 0 or -ENOMEM.
 */
int stuck_groups_new(const struct sockets *sockets, const struct stuck_list *list, const char *proc,
		     struct stuck_groups *groups);
void stuck_groups_free(struct stuck_groups *groups);
/* The cause of one socket. */
enum stuck_cause stuck_cause(const struct sockets *sockets, const struct stuck_item *item);
/*
 * Lists the processes that hold the socket, or its listener if it is not accepted, each by its first
 * descriptor. Returns their number; `holders` has at most `max` of them.
 */
size_t stuck_holders(const struct sockets *sockets, const struct socket_entry *entry,
		     const struct ts_holder **holders, size_t max);

#endif
