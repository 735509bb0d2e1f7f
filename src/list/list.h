/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Selects and orders the sockets of a scan, groups them by process, compares scans, prints them. */
#ifndef LIST_LIST_H
#define LIST_LIST_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/error.h"
#include "list/query.h"
#include "output/output.h"
#include "sockets/view.h"

/*
 * The entries that the query selects, to be freed; in the order of query->sort, else the kernel's.
 * Returns 0 or -ENOMEM with error set.
 */
int list_pick(const struct list_query *query, const struct socket_view *view,
	      const struct socket_entry ***entries, size_t *n, struct error *error);

/* A process and one of its sockets; several processes may have the same socket. */
struct branch {
	const struct ts_holder *holder; /* the first descriptor; NULL: no process has the socket */
	struct socket_entry entry;	/* as that holder has it */
	size_t index;			/* of the socket among the given entries */
};

/*
 * The entries by process; those without one come last. To be freed. Returns 0 or -ENOMEM with error
 * set.
 */
int list_branches(const struct socket_view *view, const struct socket_entry *const *entries,
		  size_t n, struct branch **branches, size_t *branches_n, struct error *error);

/* The scan before, with which --watch compares each scan. It begins as zeros. */
struct list_diff {
	struct sockets *sockets; /* NULL: there was no scan yet */
	const struct socket_entry **entries;
	size_t n;
};

void list_diff_free(struct list_diff *diff);
/*
 * Sets a mark for each of the entries: ' ' as before, '+' new, '~' in another state; in the first scan
 * all are ' '. `gone`: entries of the scan before that are not in this one, to be freed. 0 or -ENOMEM.
 */
int list_diff_compare(const struct list_diff *diff, const struct socket_entry *const *entries,
		      size_t n, char *marks, const struct socket_entry ***gone, size_t *gone_n);
/* Makes this scan the one before. The sockets and the entries are the diff's to free. */
void list_diff_keep(struct list_diff *diff, struct sockets *sockets,
		    const struct socket_entry **entries, size_t n);

struct list_printer {
	struct output *output;
	struct list_diff diff;
	bool marked; /* by the changes since the scan before */
	bool tree;   /* text: by process */
	struct error *error;
};

/*
 * The entries are some of the view's sockets. Returns 0, the sink's error, or -ENOMEM. Call
 * list_diff_keep() afterwards.
 */
int list_print(const struct list_printer *printer, const struct socket_view *view,
	       const struct socket_entry *const *entries, size_t n);

#endif
