// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Compares two scans, for --watch: sockets are identified by socket_key(). */
#include "list/list.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/hash_index.h"

void list_diff_free(struct list_diff *diff)
{
	free(diff->entries);
	sockets_free(diff->sockets);
}

void list_diff_keep(struct list_diff *diff, struct sockets *sockets,
		    const struct socket_entry **entries, size_t n)
{
	list_diff_free(diff);
	*diff = (struct list_diff){ sockets, entries, n };
}

static int index_keys(struct hash_index *index, const struct socket_entry *const *entries, size_t n)
{
	if (hash_index_new(index, n))
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		if (socket_key(entries[i]->socket))
			(void)hash_index_put(index, socket_key(entries[i]->socket), (uint32_t)i);
	return 0;
}

static bool find(const struct hash_index *index, const struct socket_entry *entry, uint32_t *at)
{
	uint64_t key = socket_key(entry->socket);

	return key && hash_index_get(index, key, at);
}

static char mark_of(const struct list_diff *diff, const struct hash_index *before,
		    const struct socket_entry *entry)
{
	uint32_t at;

	if (!find(before, entry, &at))
		return '+';
	return diff->entries[at]->socket->state == entry->socket->state ? ' ' : '~';
}

int list_diff_compare(const struct list_diff *diff, const struct socket_entry *const *entries,
		      size_t n, char *marks, const struct socket_entry ***gone, size_t *gone_n)
{
	struct hash_index before = { 0 }, now = { 0 };
	uint32_t at;
	int err;

	*gone = calloc(diff->n + 1, sizeof(**gone));
	*gone_n = 0;
	memset(marks, ' ', n);
	if (!*gone)
		return -ENOMEM;
	if (!diff->sockets)
		return 0;
	err = index_keys(&before, diff->entries, diff->n);
	if (!err)
		err = index_keys(&now, entries, n);
	for (size_t i = 0; i < n && !err; i++)
		marks[i] = mark_of(diff, &before, entries[i]);
	for (size_t i = 0; i < diff->n && !err; i++)
		if (!find(&now, diff->entries[i], &at))
			(*gone)[(*gone_n)++] = diff->entries[i];
	hash_index_free(&before);
	hash_index_free(&now);
	return err;
}
