// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Compares two looks by what sockets are known by: socket_key(). */
#include "stuck/diff.h"

#include <errno.h>
#include <stdlib.h>

#include "lib/hash_index.h"

struct stuck_diff {
	struct sockets *sockets; /* NULL: there was no look yet */
	struct stuck_list list;
};

typedef int tell_function(void *context, const struct socket_view *view,
			  const struct stuck_event *event);

int stuck_diff_new(struct stuck_diff **past)
{
	*past = calloc(1, sizeof(**past));
	return *past ? 0 : -ENOMEM;
}

static void forget(struct stuck_diff *past)
{
	stuck_list_free(&past->list);
	sockets_free(past->sockets);
	past->sockets = NULL;
}

void stuck_diff_free(struct stuck_diff *past)
{
	if (!past)
		return;
	forget(past);
	free(past);
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
		if (key_of(&list->items[i]))
			(void)hash_index_put(index, key_of(&list->items[i]), (uint32_t)i);
	return 0;
}

static bool has(const struct hash_index *index, const struct stuck_item *item)
{
	uint32_t at;

	return key_of(item) && hash_index_get(index, key_of(item), &at);
}

static int tell_new(const struct hash_index *before, const struct socket_view *view,
		    const struct stuck_list *list, tell_function *tell, void *context)
{
	int err = 0;

	for (size_t i = 0; i < list->n && !err; i++) {
		const struct stuck_event event = { &list->items[i], "stuck", NULL,
						   view->sockets->mono_ns };

		if (!has(before, &list->items[i]))
			err = tell(context, view, &event);
	}
	return err;
}

/* As it is now; where it is not there any more, as it was. */
static int tell_recovered(const struct stuck_item *item, const struct hash_index *sockets,
			  const struct socket_view *now, const struct socket_view *then,
			  tell_function *tell, void *context)
{
	struct stuck_item last = *item;
	const struct stuck_event event = { &last, "recovered", NULL, now->sockets->mono_ns };
	uint32_t at;

	if (!hash_index_get(sockets, key_of(item), &at))
		return tell(context, then, &event);
	last.entry = &now->sockets->entries[at];
	return tell(context, now, &event);
}

static int tell_gone(const struct stuck_diff *past, const struct hash_index *now,
		     const struct socket_view *view, tell_function *tell, void *context)
{
	struct socket_view then = *view;
	struct hash_index all = { 0 };
	int err = hash_index_new(&all, view->sockets->n);

	then.sockets = past->sockets;
	for (size_t i = 0; i < view->sockets->n && !err; i++) {
		uint64_t key = socket_key(view->sockets->entries[i].socket);

		if (key)
			(void)hash_index_put(&all, key, (uint32_t)i);
	}
	for (size_t i = 0; i < past->list.n && !err; i++) {
		const struct stuck_item *item = &past->list.items[i];

		/* without a key it cannot be known which of those now it is */
		if (key_of(item) && !has(now, item))
			err = tell_recovered(item, &all, view, &then, tell, context);
	}
	hash_index_free(&all);
	return err;
}

int stuck_diff_report(struct stuck_diff *past, const struct socket_view *view,
		      struct sockets *sockets, struct stuck_list *list, tell_function *tell,
		      void *context)
{
	struct hash_index before = { 0 }, now = { 0 };
	int err = index_items(&before, &past->list);

	if (!err)
		err = index_items(&now, list);
	if (!err)
		err = tell_new(&before, view, list, tell, context);
	if (!err && past->list.n)
		err = tell_gone(past, &now, view, tell, context);
	hash_index_free(&before);
	hash_index_free(&now);
	forget(past);
	past->sockets = sockets;
	past->list = *list;
	*list = (struct stuck_list){ 0 };
	return err;
}

const struct sockets *stuck_diff_sockets(const struct stuck_diff *past)
{
	return past->sockets;
}

const struct stuck_list *stuck_diff_list(const struct stuck_diff *past)
{
	return &past->list;
}
