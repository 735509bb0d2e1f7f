/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * From the rows of the iterators to sockets with their holders and listeners. For src_iter.c and
 * its tests; struct sockets itself is everybody's.
 */
#ifndef SOCKETS_JOIN_H
#define SOCKETS_JOIN_H

#include "sockets/sockets.h"

struct netns_list;

/* Rows as they came, one after the other. */
struct rows {
	char *data;
	size_t size;
	size_t room;
	struct rows *next; /* those of sockets alone: more of them, by rows_more() */
};

/* Room for n bytes at the end; NULL with errno set. */
char *rows_reserve(struct rows *rows, size_t n);

/* For who writes rows beside somebody else; freed with the first. NULL: no memory. */
struct rows *rows_more(struct rows *rows);

/* `rows` is where the rows of sockets are to be put; it goes with the sockets. 0 or -ENOMEM. */
int sockets_new(struct sockets **sockets, struct rows **rows);
int sockets_note_netns_failed(struct sockets *sockets, const struct netns_list *list, size_t n);

/*
 * Makes the entries: each socket with its holders, by inode, and with its listener. May be called again
 * with other holders. -EPROTO for rows that are none; 0 or -ENOMEM.
 */
int sockets_join(struct sockets *sockets, const struct rows *rows, const struct rows *files);
/*
 * Adds to the holders of a second look those of the first whose sockets it does not have: what was
 * closed in between was held all the same. 0, -ENOMEM or -EPROTO.
 */
int rows_add_missing(struct rows *again, const struct rows *files);
/*
 * There are connections that have a file and no holder, and nothing says that they are older than
 * since_ns: they may have been opened after the files were looked at. (Those of other PID namespaces
 * have no holder, ever.)
 */
bool sockets_lack_holders(const struct sockets *sockets, uint64_t since_ns);
/* Leaves what the filter lets through. */
int sockets_select(struct sockets *sockets, const struct ts_filter *filter);
/* The sockets own these from here on. */
void sockets_keep(struct sockets *sockets, struct rows *files, struct rows *again);

#endif
