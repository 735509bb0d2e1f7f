// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Compares two scans by socket_key(). */
#include "stuck/diff.h"

#include <errno.h>

#include "lib/hash_index.h"

void stuck_diff_free(struct stuck_diff *diff)
{
	stuck_list_free(&diff->list);
	sockets_free(diff->sockets);
}

static uint64_t key_of(const struct stuck_item *item)
{
	return socket_key(item->entry->socket);
}

static int index_items(struct hash_index *index, const struct stuck_list *list)
{
	if (hash_index_new(index, list->n))
		return -ENOMEM;
	for (size_t i = 0; i < list->n; i++)
		(void)hash_index_put(index, key_of(&list->items[i]), (uint32_t)i);
	return 0;
}

static bool has(const struct hash_index *index, const struct stuck_item *item)
{
	uint32_t at;

	return hash_index_get(index, key_of(item), &at);
}

static int report_new(const struct hash_index *before, const struct socket_view *view,
		      const struct stuck_list *list, stuck_report_fn *report, void *context)
{
	int err = 0;

	for (size_t i = 0; i < list->n && !err; i++) {
		const struct stuck_event event = { &list->items[i], "stuck", NULL,
						   view->sockets->mono_ns };

		if (!has(before, &list->items[i]))
			err = report(context, view, &event);
	}
	return err;
}

/* With its current entry, or with its last one where the socket no longer exists. */
static int report_recovered(const struct stuck_item *item, const struct hash_index *sockets,
			    const struct socket_view *now, const struct socket_view *then,
			    stuck_report_fn *report, void *context)
{
	struct stuck_item last = *item;
	const struct stuck_event event = { &last, "recovered", NULL, now->sockets->mono_ns };
	uint32_t at;

	if (!hash_index_get(sockets, key_of(item), &at))
		return report(context, then, &event);
	last.entry = &now->sockets->entries[at];
	return report(context, now, &event);
}

static int report_gone(const struct stuck_diff *diff, const struct hash_index *now,
		       const struct socket_view *view, stuck_report_fn *report, void *context)
{
	struct socket_view then = *view;
	struct hash_index all = { 0 };
	int err = hash_index_new(&all, view->sockets->n);

	then.sockets = diff->sockets;
	for (size_t i = 0; i < view->sockets->n && !err; i++)
		(void)hash_index_put(&all, socket_key(view->sockets->entries[i].socket),
				     (uint32_t)i);
	for (size_t i = 0; i < diff->list.n && !err; i++) {
		const struct stuck_item *item = &diff->list.items[i];

		/* without a key it cannot be found in this scan */
		if (key_of(item) && !has(now, item))
			err = report_recovered(item, &all, view, &then, report, context);
	}
	hash_index_free(&all);
	return err;
}

int stuck_diff_report(struct stuck_diff *diff, const struct socket_view *view,
		      struct sockets *sockets, struct stuck_list *list, stuck_report_fn *report,
		      void *context)
{
	struct hash_index before = { 0 }, now = { 0 };
	int err = index_items(&before, &diff->list);

	if (!err)
		err = index_items(&now, list);
	if (!err)
		err = report_new(&before, view, list, report, context);
	if (!err && diff->list.n)
		err = report_gone(diff, &now, view, report, context);
	hash_index_free(&before);
	hash_index_free(&now);
	stuck_diff_free(diff);
	*diff = (struct stuck_diff){ sockets, *list };
	*list = (struct stuck_list){ 0 };
	return err;
}
