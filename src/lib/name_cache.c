// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A ring of entries in order of arrival, each in one hash chain, newest first. */
#include "lib/name_cache.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { NO_ENTRY = -1 };

struct entry {
	uint64_t id;
	char *name;
	int32_t next;
};

struct name_cache {
	size_t max;
	size_t count;
	size_t oldest; /* once full: the entry that the next one replaces */
	struct entry *entries;
	int32_t *heads;
};

int name_cache_new(size_t max, struct name_cache **names)
{
	struct name_cache *self = calloc(1, sizeof(*self));

	if (!self)
		return -ENOMEM;
	self->max = max;
	self->entries = calloc(max, sizeof(*self->entries));
	self->heads = malloc(max * sizeof(*self->heads));
	if (!self->entries || !self->heads) {
		name_cache_free(self);
		return -ENOMEM;
	}
	for (size_t i = 0; i < max; i++)
		self->heads[i] = NO_ENTRY;
	*names = self;
	return 0;
}

void name_cache_free(struct name_cache *names)
{
	if (!names)
		return;
	for (size_t i = 0; i < names->count; i++)
		free(names->entries[i].name);
	free(names->entries);
	free(names->heads);
	free(names);
}

static int32_t *head_of(const struct name_cache *names, uint64_t id)
{
	return &names->heads[(id * 0x9e3779b97f4a7c15) >> 32 & (names->max - 1)];
}

static void unlink_entry(struct name_cache *names, size_t index)
{
	int32_t *link = head_of(names, names->entries[index].id);

	while (*link != (int32_t)index)
		link = &names->entries[*link].next;
	*link = names->entries[index].next;
	free(names->entries[index].name);
}

static size_t take_slot(struct name_cache *names)
{
	size_t index;

	if (names->count < names->max)
		return names->count++;
	index = names->oldest;
	names->oldest = (index + 1) & (names->max - 1);
	unlink_entry(names, index);
	return index;
}

/* An older entry of the same id stays in the chain behind this one until its time comes. */
int name_cache_put(struct name_cache *names, uint64_t id, const char *name)
{
	char *copy = strdup(name);
	int32_t *head = head_of(names, id);
	size_t index;

	if (!copy)
		return -ENOMEM;
	index = take_slot(names);
	names->entries[index] = (struct entry){ .id = id, .name = copy, .next = *head };
	*head = (int32_t)index;
	return 0;
}

const char *name_cache_get(const struct name_cache *names, uint64_t id)
{
	for (int32_t i = *head_of(names, id); i != NO_ENTRY; i = names->entries[i].next) {
		if (names->entries[i].id == id)
			return names->entries[i].name;
	}
	return NULL;
}
