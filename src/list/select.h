/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Of the sockets of one look those that are asked for, in the order that is asked for. */
#ifndef LIST_SELECT_H
#define LIST_SELECT_H

#include <stddef.h>

#include "lib/error.h"
#include "list/query.h"
#include "sockets/view.h"

/* To be freed. In the order of the column query->sort, else as the kernel gave them. -ENOMEM. */
int list_pick(const struct list_query *query, const struct socket_view *view,
	      const struct socket_entry ***entries, size_t *n, struct error *error);

/*
 * A process and a socket of its, once for all its descriptors of that; several processes may have the
 * socket.
 */
struct branch {
	const struct ts_holder *holder; /* NULL: no process has it */
	struct socket_entry entry;	/* as that holder has it */
	size_t place;			/* among the entries that the branches were made of */
};

/* The same sockets by process: those without come last. To be freed. */
int list_branches(const struct socket_view *view, const struct socket_entry *const *entries,
		  size_t n, struct branch **branches, size_t *branches_n, struct error *error);

/* What was there at the last look, for --watch. */
struct list_diff;

int list_diff_new(struct list_diff **past);
void list_diff_free(struct list_diff *past);
/* ' ', '+' or '~' for each of the entries, and what has gone since: `gone` of the last look's. */
int list_diff_compare(struct list_diff *past, const struct socket_entry *const *entries, size_t n,
		      char *marks, const struct socket_entry ***gone, size_t *gone_n);
/* Those of the last look; NULL: there was none. */
const struct sockets *list_diff_sockets(const struct list_diff *past);
/* The sockets and their pick are the past from here on, and its to free. */
void list_diff_keep(struct list_diff *past, struct sockets *sockets,
		    const struct socket_entry **entries, size_t n);

#endif
