/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The one hash table: from 64-bit keys that are not 0 to 32-bit values, mostly indices of an array. A
 * key that is 0 may be put and got, and is never found. Open addressing, bounded. Each table has a
 * random seed, so keys that peers choose cannot be made to collide.
 */
#ifndef LIB_HASH_INDEX_H
#define LIB_HASH_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct hash_index_slot {
	uint64_t key; /* 0: free */
	uint32_t value;
};

/* All zero: an empty table that finds nothing and takes nothing. */
struct hash_index {
	struct hash_index_slot *slots;
	size_t mask;
	uint64_t seed[2];
};

/* For at most n keys at a time. Returns 0 or -ENOMEM. */
int hash_index_new(struct hash_index *index, size_t n);
/* Makes room for n keys at a time. Returns 0 or -ENOMEM. */
int hash_index_grow(struct hash_index *index, size_t n);
void hash_index_free(struct hash_index *index);
bool hash_index_get(const struct hash_index *index, uint64_t key, uint32_t *value);
/* Adds a key unless it is there. Returns its value: the earlier one, or else `value`. */
uint32_t hash_index_put(struct hash_index *index, uint64_t key, uint32_t value);
/* Adds a key or replaces its value. Returns the earlier value, or else `value`. */
uint32_t hash_index_set(struct hash_index *index, uint64_t key, uint32_t value);
/* Removes the key if it has that value. */
void hash_index_remove(struct hash_index *index, uint64_t key, uint32_t value);
/*
 * A key for n bytes, never 0, valid in this table alone. Different bytes have different keys but
 * for a chance of 2^-64, so the caller compares them where that matters.
 */
uint64_t hash_index_key(const struct hash_index *index, const void *bytes, size_t n);

#endif
