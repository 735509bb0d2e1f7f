/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Comma-separated lists. Private to src/filter/. */
#ifndef FILTER_LIST_H
#define FILTER_LIST_H

#include <tcpstate/filter.h>

#include "lib/error.h"

/* Adds one item, which it may modify. On failure f may be changed in part. */
typedef int filter_add_item(struct ts_filter *f, char *item, struct error *error);

/* Adds all items or none. A comma after a backslash belongs to the item. */
int filter_list_add(struct ts_filter *f, enum ts_criterion criterion, filter_add_item *add,
		    const char *text, struct error *error);

#endif
