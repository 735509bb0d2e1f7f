/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What leads to network namespaces that no process is in: threads, descriptors, mounts. */
#ifndef SYSTEM_NETNS_WAYS_H
#define SYSTEM_NETNS_WAYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tcpstate/socket.h>

#include "lib/hash_index.h"
#include "system/privilege.h"

/* Of each namespace and enum ts_netns_way the first row that was found. */
struct netns_ways {
	struct ts_netns_row *rows;
	size_t n, room;
	struct hash_index index;
};

/* Adds it, unless one of that namespace and way is there. Returns 0 or -ENOMEM. */
int netns_ways_add(struct netns_ways *ways, const struct ts_netns_row *row);
void netns_ways_free(struct netns_ways *ways);
/* NULL: there is none. */
const struct ts_netns_row *netns_ways_find(const struct netns_ways *ways, uint32_t inode,
					   enum ts_netns_way way);
/*
 * A handle on that namespace by a thread that is in it, or by a descriptor of it or of a socket in it.
 * Returns -errno (-ENOENT: none of these is known).
 */
int netns_ways_open(const struct netns_ways *ways, uint32_t inode);
/* The same by a mount that the caller sees. */
int netns_open_by_mount(uint32_t inode);
/* What a process needs to find all of these. Returns false: it has that already. */
bool netns_ways_remedy(char text[PRIVILEGE_TEXT]);

#endif
