/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* How many TCP sockets are in each state now, and which processes hold them. */
#ifndef EXPLAIN_CENSUS_H
#define EXPLAIN_CENSUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tcpstate/event.h>

#include "lib/error.h"

struct census_owner {
	uint32_t pid;
	char comm[TS_COMM_LEN]; /* terminated; from outside: escape it */
	uint64_t sockets;	/* one that several processes hold counts for each */
};

struct census_state {
	bool counted;		     /* false of CLOSED: nothing lists closed sockets */
	uint64_t sockets;	     /* request and timewait sockets too */
	uint64_t no_file;	     /* of those: held by no process */
	uint64_t unknown;	     /* of those: by whom cannot be seen */
	struct census_owner *owners; /* most sockets first */
	size_t owner_count;
};

struct census {
	struct census_state state[TS_STATES]; /* TS_NEW_SYN_RECV is in TS_SYN_RECV */
	size_t netns;			      /* network namespaces that were looked into */
	size_t netns_missed;		      /* found, and could not be entered */
	bool netns_hidden; /* there may be others, of processes that may not be looked into */
};

/* By /proc, without privileges: as much as the caller may see. -errno with error set. */
int census_take(struct census **census, struct error *error);
/* By the BPF iterators, in a blink. -errno where they are not allowed: census_iter.c. */
int census_take_iter(struct census **census);

/* For whoever takes one: one more owner, with no sockets yet (NULL: no memory); and the end of it. */
struct census_owner *census_add_owner(struct census_state *counts, uint32_t pid, const char *comm);
void census_finish(struct census *census);
void census_free(struct census *census);

#endif
