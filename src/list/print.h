/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Writes a scan's sockets to an output: all of them, as a tree, or as changes. */
#ifndef LIST_PRINT_H
#define LIST_PRINT_H

#include <stdbool.h>

#include "list/select.h"
#include "output/output.h"

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
