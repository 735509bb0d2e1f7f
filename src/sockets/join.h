/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Joins the rows of the iterators to sockets with holders and listeners: for source.c and tests. */
#ifndef SOCKETS_JOIN_H
#define SOCKETS_JOIN_H

#include "sockets/sockets.h"

struct file_rows;
struct netns_list;
struct socket_iter;

/* Rows of the iterators, one after the other. */
struct rows {
	char *data;
	size_t size;
	size_t room;
	struct rows *next; /* of sockets only: further ones, by rows_more() */
};

/* Room for n bytes at the end; NULL with errno set. */
char *rows_reserve(struct rows *rows, size_t n);

/* The row at `at`; NULL: not all of it is there, or with -EPROTO in *err it is invalid. */
const struct ts_row_head *rows_whole(const struct rows *rows, size_t at, int *err);

/*
 * Appends all that one scan of an iterator writes (enum socket_iter_kind), or hands it to `take` part by part.
 * Returns 0 or -errno.
 */
int iter_rows_read(const struct socket_iter *iter, int kind, struct rows *rows,
		   struct file_rows *take);

/* Rows for another thread to write; freed with the first. NULL: no memory. */
struct rows *rows_more(struct rows *rows);

/* `rows` takes the rows of sockets and is freed with them. Returns 0 or -ENOMEM. */
int sockets_new(struct sockets **sockets, struct rows **rows);
int sockets_note_netns_failed(struct sockets *sockets, const struct netns_list *list, size_t n);

/*
 * The inode numbers of the sockets that no process has a descriptor of: those that BPF's filter wants, and
 * their listeners. The caller frees the array. Returns 0 or -ENOMEM.
 */
int sockets_unheld(const struct sockets *sockets, uint64_t **inodes, size_t *n);
/* Rows of the sockets that come with the files. */
struct rows *sockets_closed(struct sockets *sockets);
/*
 * Moves the rows of closed sockets out of those of the files. sockets_join() then makes entries of
 * them. Returns 0, -ENOMEM or -EPROTO.
 */
int sockets_take_closed(struct sockets *sockets, struct rows *files);
/*
 * Makes the entries: each socket with its holders, by inode, and with its listener. May be called again
 * with other holders. Returns 0, -ENOMEM or -EPROTO (invalid rows).
 */
int sockets_join(struct sockets *sockets, const struct rows *rows, const struct rows *files);
/*
 * Adds the holders of the first scan of files whose sockets the second one, `again`, does not have: these
 * were closed in between. Returns 0, -ENOMEM or -EPROTO.
 */
int rows_add_missing(struct rows *again, const struct rows *files);
/*
 * Some connections have a file and no holder, and may be younger than since_ns: they may have been opened
 * after the files were scanned. (Those of other PID namespaces never have a holder.)
 */
bool sockets_lack_holders(const struct sockets *sockets, uint64_t since_ns);
/* Marks the entries that the filter leaves out as unwanted. The filter is kept by reference. */
void sockets_select(struct sockets *sockets, const struct ts_filter *filter);
/* Gives the rows to the sockets; sockets NULL: frees them. */
void sockets_keep(struct sockets *sockets, struct rows *files, struct rows *again);

#endif
