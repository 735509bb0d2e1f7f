/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* From 64-bit numbers that are not 0 to places in an array: open addressing, never grown. */
#ifndef LIB_HASH_INDEX_H
#define LIB_HASH_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct index_slot {
	uint64_t key; /* 0: free */
	uint32_t place;
};

struct index {
	struct index_slot *slots;
	size_t mask;
};

/* For at most n keys. 0 or -ENOMEM. */
int index_new(struct index *index, size_t n);
void index_free(struct index *index);
/* The place that the key has had already, or else `place`, which it has from now on. */
uint32_t index_put(struct index *index, uint64_t key, uint32_t place);
bool index_get(const struct index *index, uint64_t key, uint32_t *place);

#endif
