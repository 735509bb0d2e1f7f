// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What has changed between two looks: sockets are told apart by their cookies. */
#include "list/select.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/hash_index.h"

struct list_diff {
	struct sockets *sockets; /* NULL: there was no look yet */
	const struct socket_entry **entries;
	size_t n;
};

int list_diff_new(struct list_diff **past)
{
	*past = calloc(1, sizeof(**past));
	return *past ? 0 : -ENOMEM;
}

static void forget(struct list_diff *past)
{
	free(past->entries);
	sockets_free(past->sockets);
}

void list_diff_free(struct list_diff *past)
{
	if (!past)
		return;
	forget(past);
	free(past);
}

void list_diff_keep(struct list_diff *past, struct sockets *sockets,
		    const struct socket_entry **entries, size_t n)
{
	forget(past);
	*past = (struct list_diff){ sockets, entries, n };
}

const struct sockets *list_diff_sockets(const struct list_diff *past)
{
	return past->sockets;
}

static int index_ids(struct hash_index *index, const struct socket_entry *const *entries, size_t n)
{
	if (hash_index_new(index, n))
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		if (entries[i]->socket->id)
			(void)hash_index_put(index, entries[i]->socket->id, (uint32_t)i);
	return 0;
}

static char mark_of(const struct list_diff *past, const struct hash_index *before,
		    const struct socket_entry *entry)
{
	uint32_t at;

	if (!entry->socket->id || !hash_index_get(before, entry->socket->id, &at))
		return '+';
	return past->entries[at]->socket->state == entry->socket->state ? ' ' : '~';
}

int list_diff_compare(struct list_diff *past, const struct socket_entry *const *entries, size_t n,
		      char *marks, const struct socket_entry ***gone, size_t *gone_n)
{
	struct hash_index before = { 0 }, now = { 0 };
	uint32_t at;
	int err;

	*gone = calloc(past->n + 1, sizeof(**gone));
	*gone_n = 0;
	memset(marks, ' ', n);
	if (!*gone)
		return -ENOMEM;
	if (!past->sockets)
		return 0;
	err = index_ids(&before, past->entries, past->n);
	if (!err)
		err = index_ids(&now, entries, n);
	for (size_t i = 0; i < n && !err; i++)
		marks[i] = mark_of(past, &before, entries[i]);
	for (size_t i = 0; i < past->n && !err; i++)
		if (!past->entries[i]->socket->id ||
		    !hash_index_get(&now, past->entries[i]->socket->id, &at))
			(*gone)[(*gone_n)++] = past->entries[i];
	hash_index_free(&before);
	hash_index_free(&now);
	return err;
}
