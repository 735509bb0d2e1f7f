// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The index: at least half of its slots are free. */
#include "lib/hash_index.h"

#include <errno.h>
#include <stdlib.h>

int hash_index_new(struct hash_index *index, size_t n)
{
	size_t slots = 16;

	while (slots < n * 2)
		slots *= 2;
	index->slots = calloc(slots, sizeof(*index->slots));
	index->mask = slots - 1;
	return index->slots ? 0 : -ENOMEM;
}

void hash_index_free(struct hash_index *index)
{
	free(index->slots);
	*index = (struct hash_index){ 0 };
}

/* Its slot, or the free one where it would be. */
static struct hash_index_slot *find(const struct hash_index *index, uint64_t key)
{
	size_t at = (size_t)(key * 0x9e3779b97f4a7c15 >> 20);
	struct hash_index_slot *slot;

	for (;; at++) {
		slot = &index->slots[at & index->mask];
		if (!slot->key || slot->key == key)
			return slot;
	}
}

uint32_t hash_index_put(struct hash_index *index, uint64_t key, uint32_t place)
{
	struct hash_index_slot *slot = find(index, key);

	if (!slot->key)
		*slot = (struct hash_index_slot){ key, place };
	return slot->place;
}

bool hash_index_get(const struct hash_index *index, uint64_t key, uint32_t *place)
{
	const struct hash_index_slot *slot = find(index, key);

	if (!slot->key)
		return false;
	*place = slot->place;
	return true;
}
