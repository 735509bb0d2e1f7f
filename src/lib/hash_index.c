// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The index: at least half of its slots are free. */
#include "lib/hash_index.h"

#include <errno.h>
#include <stdlib.h>

int index_new(struct index *index, size_t n)
{
	size_t slots = 16;

	while (slots < n * 2)
		slots *= 2;
	index->slots = calloc(slots, sizeof(*index->slots));
	index->mask = slots - 1;
	return index->slots ? 0 : -ENOMEM;
}

void index_free(struct index *index)
{
	free(index->slots);
	*index = (struct index){ 0 };
}

/* Its slot, or the free one where it would be. */
static struct index_slot *find(const struct index *index, uint64_t key)
{
	size_t at = (size_t)(key * 0x9e3779b97f4a7c15 >> 20);
	struct index_slot *slot;

	for (;; at++) {
		slot = &index->slots[at & index->mask];
		if (!slot->key || slot->key == key)
			return slot;
	}
}

uint32_t index_put(struct index *index, uint64_t key, uint32_t place)
{
	struct index_slot *slot = find(index, key);

	if (!slot->key)
		*slot = (struct index_slot){ key, place };
	return slot->place;
}

bool index_get(const struct index *index, uint64_t key, uint32_t *place)
{
	const struct index_slot *slot = find(index, key);

	if (!slot->key)
		return false;
	*place = slot->place;
	return true;
}
