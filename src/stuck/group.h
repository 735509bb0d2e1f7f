/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Stuck sockets by who holds them and by which rule, then by origin, then by peer: what a diagnosis
 * is made of.
 */
#ifndef STUCK_GROUP_H
#define STUCK_GROUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "stuck/stuck.h"

/* Some of the sockets. */
struct stuck_part {
	size_t n;
	const struct stuck_item *oldest; /* of those whose time is the longest that is known */
};

struct stuck_peer {
	struct stuck_part all;
	bool server; /* it came to a listener: the peer's port says nothing */
};

struct stuck_origin {
	struct stuck_part all;
	uint32_t origin;	  /* 0: not known */
	struct stuck_peer *peers; /* most first */
	size_t n_peers;
};

struct stuck_group {
	struct stuck_part all; /* of the same processes and rule */
	enum stuck_rule rule;
	struct stuck_origin *origins; /* most first; one for all where none is known */
	size_t n_origins;
	uint64_t unread, unsent;
	/* have read up to the FIN: the FIN alone, or with the last data, and then read() has not yet
	   returned 0 */
	size_t at_end;
	size_t with_unread;  /* have payload unread */
	size_t with_unsent;  /* have payload that the peer has not taken */
	size_t not_accepted; /* are in an accept queue: the process is the listener's */
};

struct stuck_groups {
	struct stuck_group *groups; /* most first */
	size_t n;
};

int stuck_groups_new(const struct sockets *sockets, const struct stuck_list *list,
		     struct stuck_groups *groups);
void stuck_groups_free(struct stuck_groups *groups);
/*
 * The processes that hold it, or its listener where it was not accepted, each by its first descriptor.
 * Returns how many that are, of which at most `max` are put there.
 */
size_t stuck_holders(const struct sockets *sockets, const struct socket_entry *entry,
		     const struct ts_holder **holders, size_t max);

#endif
