/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Takes the rows of the iterator of files as they are read. */
#ifndef SOCKETS_FILE_ROWS_H
#define SOCKETS_FILE_ROWS_H

#include "lib/hash_index.h"
#include "sockets/join.h"
#include "system/netns_ways.h"

/* Pairs of socket and process in one scan: 512 MiB of rows. */
enum { FILE_ROWS_MAX = 1 << 23 };

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

#endif
