// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A ring of entries in order of arrival. The table finds the newest entry of an id. */
#include "lib/name_cache.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/hash_index.h"

struct entry {
	uint64_t key; /* id + 1: a table has no key 0 */
	char *name;   /* NULL: never used */
};

struct name_cache {
	size_t max;
	size_t next; /* in the ring: free, or the oldest entry */
	struct hash_index index;
	struct entry *entries;
};

int name_cache_new(size_t max, struct name_cache **names)
{
	struct name_cache *self = calloc(1, sizeof(*self));

	if (!self)
		return -ENOMEM;
	self->max = max;
	self->entries = calloc(max, sizeof(*self->entries));
	if (!self->entries || hash_index_new(&self->index, max)) {
		name_cache_free(self);
		return -ENOMEM;
	}
	*names = self;
	return 0;
}

void name_cache_free(struct name_cache *names)
{
	if (!names)
		return;
	for (size_t i = 0; names->entries && i < names->max; i++)
		free(names->entries[i].name);
	free(names->entries);
	hash_index_free(&names->index);
	free(names);
}

/* An older entry of the same id stays in the ring until it is the oldest. */
int name_cache_put(struct name_cache *names, uint64_t id, const char *name)
{
	struct entry *entry = &names->entries[names->next];
	char *copy;

	if (id == UINT64_MAX)
		return 0;
	copy = strdup(name);
	if (!copy)
		return -ENOMEM;
	if (entry->name)
		hash_index_remove(&names->index, entry->key, (uint32_t)names->next);
	free(entry->name);
	*entry = (struct entry){ .key = id + 1, .name = copy };
	hash_index_set(&names->index, id + 1, (uint32_t)names->next);
	names->next = (names->next + 1) % names->max;
	return 0;
}

const char *name_cache_get(const struct name_cache *names, uint64_t id)
{
	uint32_t at;

	return hash_index_get(&names->index, id + 1, &at) ? names->entries[at].name : NULL;
}
