/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Network namespaces of this machine: found through processes and mounts, and entered. */
#ifndef SYSTEM_NETNS_H
#define SYSTEM_NETNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/error.h"
#include "lib/hash_index.h"

struct netns {
	int fd; /* a handle for setns(); -1: none */
	uint32_t inode;
	bool failed; /* netns_each() could not enter it */
};

struct netns_list {
	struct netns *
		items; /* the caller's own is first; without /proc it may lack a handle or a number */
	size_t n;
	size_t unknown; /* processes whose namespace cannot be read; it may be none of these */
	struct hash_index index; /* by inode */
};

/*
 * Lists each namespace that a process is in (/proc/PID/ns/net) or that is mounted under /run/netns.
 * Others cannot be found so: tracer/netns_cover.h. Returns 0 or -ENOMEM.
 */
int netns_list_open(struct netns_list *list);
/* Adds those that are new since. Returns 0 or -ENOMEM. */
int netns_list_update(struct netns_list *list);
bool netns_list_has(const struct netns_list *list, uint32_t inode);
/* Adds one, and takes its handle. Returns 0 or -ENOMEM. */
int netns_list_push(struct netns_list *list, int fd, uint32_t inode);
void netns_list_close(struct netns_list *list);

/*
 * Resolves a user's reference: a PID, a name under /run/netns, a path, or an inode number. The
 * handle is the caller's. An inode number has none, since only a search finds it, and the
 * namespace need not exist. Returns 0, or -EINVAL with error set.
 */
int netns_resolve(const char *ref, struct netns *netns, struct error *error);
/* Searches for an inode number. Returns 0, or -ENOENT, -EACCES, ... with error set. */
int netns_find(uint32_t inode, struct error *error);
/* Closes the handle, if there is one. All zero is an unset netns. */
void netns_close(struct netns *netns);
/* The inode number of the calling thread's namespace; 0: unknown. */
uint32_t netns_own(void);

/*
 * Enters a namespace for good. Without a handle, searches for it as netns_list_open() does.
 * Returns 0 or -errno with error set.
 */
int netns_enter(const struct netns *netns, struct error *error);
typedef int netns_visit_fn(void *context, uint32_t inode);

/*
 * Enters a namespace, runs visit() and goes back. Returns what visit() returned, or -errno: error
 * is set if the namespace could not be entered.
 */
int netns_inside(const struct netns *netns, netns_visit_fn *visit, void *context,
		 struct error *error);

/*
 * Runs visit() inside each namespace, then goes back to the caller's own. Returns how many could
 * not be entered, or the first error: of visit(), or of going back.
 */
int netns_each(struct netns_list *list, netns_visit_fn *visit, void *context);
/*
 * The same for a thread that ends afterwards: the first namespace is not the thread's own, and it
 * does not go back.
 */
int netns_each_away(struct netns_list *list, netns_visit_fn *visit, void *context);

#endif
