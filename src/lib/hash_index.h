/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* From 64-bit numbers that are not 0 to places in an array: open addressing, never grown. */
#ifndef LIB_HASH_INDEX_H
#define LIB_HASH_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct hash_index_slot {
	uint64_t key; /* 0: free */
	uint32_t place;
};

struct hash_index {
	struct hash_index_slot *slots;
	size_t mask;
};

/* For at most n keys. 0 or -ENOMEM. */
int hash_index_new(struct hash_index *index, size_t n);
void hash_index_free(struct hash_index *index);
/* The place that the key has had already, or else `place`, which it has from now on. */
uint32_t hash_index_put(struct hash_index *index, uint64_t key, uint32_t place);
bool hash_index_get(const struct hash_index *index, uint64_t key, uint32_t *place);

#endif
