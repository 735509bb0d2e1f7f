/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Comma-separated lists: what the files that fill a filter share. Not for others. */
#ifndef FILTER_LIST_H
#define FILTER_LIST_H

#include <tcpstate/filter.h>

#include "lib/error.h"

struct filter_list {
	const char *option; /* as the user knows it, for errors */
	enum ts_criterion criterion;
	/* Adds one item, which it may write to. On failure f may be left half-changed. */
	int (*add)(struct ts_filter *f, const struct filter_list *list, char *item,
		   struct error *error);
};

/* All items or none. A comma after a backslash belongs to the item. */
int filter_list_add(struct ts_filter *f, const struct filter_list *list, const char *text,
		    struct error *error);

#endif
