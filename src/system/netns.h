/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Network namespaces of this machine: found through processes and mounts, and entered. */
#ifndef SYSTEM_NETNS_H
#define SYSTEM_NETNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/error.h"

struct netns {
	int fd; /* a handle for setns() */
	uint32_t inode;
	bool failed; /* netns_each() could not enter it */
};

struct netns_list {
	struct netns *items; /* the caller's own is first */
	size_t n;
	size_t denied; /* processes whose namespace we may not know; perhaps one of these */
};

/*
 * One handle for each namespace that a process is in (/proc/PID/ns/net) or that is mounted
 * under /run/netns. One with neither cannot be found.
 */
int netns_list_open(struct netns_list *list);
void netns_list_close(struct netns_list *list);

/*
 * A handle for setns() on the namespace `inode`, which a user called `ref` (see
 * filter_set_netns()): a path is opened, anything else looked for as above. -errno with
 * error set.
 */
int netns_open(const char *ref, uint32_t inode, struct error *error);

/*
 * Runs visit() inside the namespace that netns_open() finds and goes back. -EPERM with error set if
 * it could not be entered, or what visit() returned.
 */
int netns_inside(const char *ref, uint32_t inode, int (*visit)(void *context), void *context,
		 struct error *error);

/* Runs visit() inside each namespace, then goes back to the caller's own. Returns how many
 * could not be entered, or the first error of visit(). */
int netns_each(struct netns_list *list, int (*visit)(void *context, uint32_t inode), void *context);
/*
 * The same for a thread that ends afterwards: the first is not where it is already, and it does not go
 * back.
 */
int netns_each_away(struct netns_list *list, int (*visit)(void *context, uint32_t inode),
		    void *context);

#endif
