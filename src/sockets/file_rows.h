/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Takes the rows of the iterator of files as they are read. */
#ifndef SOCKETS_FILE_ROWS_H
#define SOCKETS_FILE_ROWS_H

#include "lib/hash_index.h"
#include "sockets/join.h"

/* Pairs of socket and process in one scan: 512 MiB of rows. */
enum { FILE_ROWS_MAX = 1 << 23 };

/* What leads to network namespaces: of each namespace and enum ts_netns_way the first that was found. */
struct netns_ways {
	struct ts_netns_row *rows;
	size_t n, room;
	struct hash_index index;
};

struct file_rows {
	struct rows *files;	/* struct ts_holder */
	struct rows *closed;	/* sockets; NULL: none are wanted */
	struct netns_ways ways; /* the caller's to free */
	struct hash_index last; /* by inode: the last row of a socket */
	size_t room;		/* of that index */
	size_t extra;		/* rows of further descriptors of a process */
	struct hash_index seen; /* inodes of closed sockets that have a row */
	size_t seen_room;
};

void file_rows_begin(struct file_rows *to, struct rows *files, struct rows *closed);
void file_rows_end(struct file_rows *to);
/*
 * Takes the whole rows of the chunk and leaves what remains at its beginning. Returns 0, -ENOMEM, -EPROTO
 * or -EUSERS: more than FILE_ROWS_MAX.
 */
int file_rows_take(struct file_rows *to, struct rows *chunk);

/* Adds it, unless one of that namespace and way is there. Returns 0 or -ENOMEM. */
int netns_ways_add(struct netns_ways *ways, const struct ts_netns_row *row);
void netns_ways_free(struct netns_ways *ways);
/* NULL: there is none. */
const struct ts_netns_row *netns_ways_find(const struct netns_ways *ways, uint32_t inode,
					   enum ts_netns_way way);

#endif
