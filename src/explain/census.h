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
	uint64_t sockets;	/* a socket that several processes hold counts for each */
	const void *last;	/* while counting: the socket that was counted last */
};

struct census_state {
	bool counted;		     /* false for CLOSED: the kernel does not list closed sockets */
	uint64_t sockets;	     /* request and timewait sockets too */
	uint64_t no_file;	     /* of these, held by no process */
	uint64_t unknown;	     /* of these, holder unknown */
	struct census_owner *owners; /* most sockets first */
	size_t owner_count;
};

struct census {
	struct census_state state[TS_STATES]; /* TS_NEW_SYN_RECV is in TS_SYN_RECV */
	size_t netns;			      /* network namespaces that were counted */
	size_t netns_missed;		      /* of the others, those known of */
	bool netns_hidden;		      /* there can be others */
};

/* Reads /proc, as far as the caller is allowed. Returns 0 or -errno with error set. */
int census_take(struct census **census, struct error *error);
/* Reads the BPF iterators, which is much faster. Returns 0, or -errno if that is not allowed. */
int census_take_iter(struct census **census);

/* For the two implementations: append an owner with zero sockets (NULL: out of memory); finish. */
struct census_owner *census_add_owner(struct census_state *counts, uint32_t pid, const char *comm);
void census_finish(struct census *census);
void census_free(struct census *census);

#endif
