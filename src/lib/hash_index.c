// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Linear probing; at least half of the slots are free. */
#include "lib/hash_index.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "lib/clock.h"

int hash_index_new(struct hash_index *index, size_t n)
{
	size_t slots = 16;

	while (slots < n * 2)
		slots *= 2;
	*index = (struct hash_index){
		.slots = calloc(slots, sizeof(*index->slots)),
		.mask = slots - 1,
	};
	/* Early in boot there may be no entropy: a clock is better than a wait. */
	if (getrandom(index->seed, sizeof(index->seed), GRND_NONBLOCK) < 0)
		index->seed[0] = index->seed[1] = clock_mono_ns() * UINT64_C(0x9e3779b97f4a7c15);
	index->seed[1] |= 1;
	return index->slots ? 0 : -ENOMEM;
}

void hash_index_free(struct hash_index *index)
{
	free(index->slots);
	*index = (struct hash_index){ 0 };
}

/* Both halves of the 128-bit product. */
static uint64_t fold(uint64_t a, uint64_t b)
{
	unsigned __int128 product = (unsigned __int128)a * b;

	return (uint64_t)(product >> 64) ^ (uint64_t)product;
}

static size_t first_slot(const struct hash_index *index, uint64_t key)
{
	return fold(key ^ index->seed[0], index->seed[1]) & index->mask;
}

/* The slot of the key, or the free one where it would be. */
static struct hash_index_slot *find(const struct hash_index *index, uint64_t key)
{
	for (size_t at = first_slot(index, key);; at++) {
		struct hash_index_slot *slot = &index->slots[at & index->mask];

		if (!slot->key || slot->key == key)
			return slot;
	}
}

bool hash_index_get(const struct hash_index *index, uint64_t key, uint32_t *value)
{
	const struct hash_index_slot *slot = index->slots ? find(index, key) : NULL;

	if (!slot || !slot->key)
		return false;
	*value = slot->value;
	return true;
}

uint32_t hash_index_put(struct hash_index *index, uint64_t key, uint32_t value)
{
	struct hash_index_slot *slot = find(index, key);

	if (!slot->key)
		*slot = (struct hash_index_slot){ key, value };
	return slot->value;
}

uint32_t hash_index_set(struct hash_index *index, uint64_t key, uint32_t value)
{
	struct hash_index_slot *slot = find(index, key);
	uint32_t earlier = slot->key ? slot->value : value;

	*slot = (struct hash_index_slot){ key, value };
	return earlier;
}

/* Moves later entries back, so that no free slot comes between a key's first slot and its own. */
void hash_index_remove(struct hash_index *index, uint64_t key, uint32_t value)
{
	struct hash_index_slot *slot = find(index, key);
	size_t gap = (size_t)(slot - index->slots);

	if (!slot->key || slot->value != value)
		return;
	for (size_t at = gap;;) {
		at = (at + 1) & index->mask;
		slot = &index->slots[at];
		if (!slot->key)
			break;
		if (((at - first_slot(index, slot->key)) & index->mask) <
		    ((at - gap) & index->mask))
			continue;
		index->slots[gap] = *slot;
		gap = at;
	}
	index->slots[gap].key = 0;
}

int hash_index_grow(struct hash_index *index, size_t n)
{
	struct hash_index more;

	if (index->slots && n * 2 <= index->mask + 1)
		return 0;
	if (hash_index_new(&more, n))
		return -ENOMEM;
	for (size_t i = 0; index->slots && i <= index->mask; i++)
		if (index->slots[i].key)
			(void)hash_index_put(&more, index->slots[i].key, index->slots[i].value);
	hash_index_free(index);
	*index = more;
	return 0;
}

uint64_t hash_index_key(const struct hash_index *index, const void *bytes, size_t n)
{
	const uint8_t *s = bytes;
	uint64_t sum = fold(n ^ index->seed[0], index->seed[1]);

	for (size_t at = 0; at < n; at += sizeof(uint64_t)) {
		uint64_t word = 0;

		memcpy(&word, s + at, n - at < sizeof(word) ? n - at : sizeof(word));
		sum = fold(sum ^ word, index->seed[1]);
	}
	return sum ? sum : 1;
}
