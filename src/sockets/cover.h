/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Which network namespaces exist: by the kernel's own list, and ways into those without a process. */
#ifndef SOCKETS_COVER_H
#define SOCKETS_COVER_H

#include "sockets/file_rows.h"

struct netns_list;
struct socket_iter;

/*
 * Adds to the list the namespaces that only threads, descriptors or mounts lead to. `files`: what the scan
 * of files found. The others are noted as hidden; netns_unsure if the kernel's list is not to be had.
 * Returns 0, -ENOMEM or -EPROTO.
 */
int sockets_cover(struct sockets *sockets, const struct socket_iter *iter,
		  const struct netns_ways *files, struct netns_list *list);

#endif
