// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Rows of sockets, with marks or under their processes. */
#include "list/list.h"

#include <errno.h>
#include <stdlib.h>

enum { MEASURED = 2000 }; /* rows that set the widths; a later one may widen its column */

/* `marks` are those of the entries; NULL: `mark` is that of all. */
struct listing {
	const struct socket_view *view;
	const struct socket_entry *const *entries;
	size_t n;
	const char *marks;
	char mark;
};

static int print_row(const struct list_printer *printer, const struct listing *listing,
		     const struct socket_entry *entry, size_t index)
{
	struct row row;

	row_of_socket(&row, listing->view, entry);
	row.mark = listing->marks ? listing->marks[index] : listing->mark;
	return output_row(printer->output, &row);
}

static int print_group(const struct list_printer *printer, const struct listing *listing,
		       const struct branch *branches, size_t n)
{
	const struct ts_holder *holder = branches->holder;
	const struct value_process process = {
		.comm = holder ? holder->comm : NULL,
		.pid = holder ? holder->pid : 0,
	};
	int err = output_group(printer->output, &process, n);

	for (size_t i = 0; i < n && !err; i++)
		err = print_row(printer, listing, &branches[i].entry, branches[i].index);
	return err;
}

static bool same_process(const struct ts_holder *a, const struct ts_holder *b)
{
	return a && b ? a->tgid == b->tgid : !a && !b;
}

static int print_tree(const struct list_printer *printer, const struct listing *listing)
{
	struct branch *branches = NULL;
	size_t n = 0, same;
	int err = list_branches(listing->view, listing->entries, listing->n, &branches, &n,
				printer->error);

	for (size_t i = 0; i < n && !err; i += same) {
		for (same = 1; i + same < n; same++)
			if (!same_process(branches[i].holder, branches[i + same].holder))
				break;
		err = print_group(printer, listing, &branches[i], same);
	}
	free(branches);
	return err;
}

static int print_rows(const struct list_printer *printer, const struct listing *listing)
{
	int err = 0;

	if (printer->tree)
		return print_tree(printer, listing);
	for (size_t i = 0; i < listing->n && !err; i++)
		err = print_row(printer, listing, listing->entries[i], i);
	return err;
}

static int print_changes(const struct list_printer *printer, struct listing now)
{
	const struct socket_entry **gone = NULL;
	struct socket_view before = *now.view;
	struct listing then = { .view = &before, .mark = '-' };
	char *marks = malloc(now.n + 1);
	int err = marks ? list_diff_compare(&printer->diff, now.entries, now.n, marks, &gone,
					    &then.n) :
			  -ENOMEM;

	now.marks = marks;
	if (!err)
		err = print_rows(printer, &now);
	before.sockets = printer->diff.sockets;
	then.entries = gone;
	if (!err)
		err = print_rows(printer, &then);
	free(gone);
	free(marks);
	return err;
}

int list_print(const struct list_printer *printer, const struct socket_view *view,
	       const struct socket_entry *const *entries, size_t n)
{
	const struct listing now = { .view = view, .entries = entries, .n = n };
	bool marked = printer->marked || printer->tree;
	int err = printer->marked ? output_clear(printer->output) : 0;

	for (size_t i = 0; i < n && i < MEASURED; i++) {
		struct row row;

		row_of_socket(&row, view, entries[i]);
		output_measure(printer->output, &row);
	}
	if (!err)
		err = output_begin_frame(printer->output, view->sockets->mono_ns, n, marked);
	if (err)
		return err;
	return printer->marked ? print_changes(printer, now) : print_rows(printer, &now);
}
