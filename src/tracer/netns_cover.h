/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Finds the network namespaces that no process is in, by the kernel's own list. */
#ifndef TRACER_NETNS_COVER_H
#define TRACER_NETNS_COVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "system/netns_ways.h"

struct netns_list;
struct socket_iter;

/* All zero at first. */
struct netns_cover {
	struct netns_ways files; /* found by a search of the files of all processes */
	bool files_known;	 /* the caller has just filled `files` */
	bool debug;		 /* of a search: libbpf's messages go to standard error */
	uint32_t only;		 /* the only namespace that is wanted; 0: all */
	bool unsure;		 /* the kernel's list is not to be had: others may exist */
	uint32_t *hidden;	 /* namespaces to which nothing leads that may be read */
	size_t n_hidden;
};

/*
 * Adds to the list the namespaces that only threads, descriptors or mounts lead to. Files are searched only
 * if that is needed, and not again for a namespace that was not found. The others become `hidden`.
 * Returns 0, -ENOMEM or -EPROTO.
 */
int socket_iter_cover(const struct socket_iter *iter, struct netns_cover *cover,
		      struct netns_list *list);
void netns_cover_free(struct netns_cover *cover);

#endif
