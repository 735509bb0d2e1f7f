// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A hash table with chains through one array; freed places are used again first. */
#include "events/port_wait.h"

#include <errno.h>
#include <stdlib.h>

enum { NONE = -1 };

struct port_wait {
	int32_t count;
	int32_t touched; /* places ever used */
	int32_t spare;	 /* first of the freed places, or NONE */
	int32_t heads[UNPORTED_MAX];
	struct port_wait_entry entries[UNPORTED_MAX];
};

int port_wait_new(struct port_wait **unported)
{
	struct port_wait *self = malloc(sizeof(*self));

	if (!self)
		return -ENOMEM;
	self->count = 0;
	self->touched = 0;
	self->spare = NONE;
	for (int i = 0; i < UNPORTED_MAX; i++)
		self->heads[i] = NONE;
	*unported = self;
	return 0;
}

void port_wait_free(struct port_wait *unported)
{
	free(unported);
}

static int32_t *head_of(struct port_wait *unported, uint64_t id)
{
	return &unported->heads[(id * 0x9e3779b97f4a7c15) >> 32 & (UNPORTED_MAX - 1)];
}

struct port_wait_entry *port_wait_find(struct port_wait *unported, uint64_t id)
{
	if (!unported->count)
		return NULL;
	for (int32_t i = *head_of(unported, id); i != NONE; i = unported->entries[i].next) {
		if (unported->entries[i].t.id == id)
			return &unported->entries[i];
	}
	return NULL;
}

void port_wait_remove(struct port_wait *unported, struct port_wait_entry *entry)
{
	int32_t index = (int32_t)(entry - unported->entries);
	int32_t *link = head_of(unported, entry->t.id);

	while (*link != index)
		link = &unported->entries[*link].next;
	*link = entry->next;
	entry->used = false;
	entry->next = unported->spare;
	unported->spare = index;
	unported->count--;
}

/* The entry at place *at or after it; moves *at behind it. NULL: no more. */
static struct port_wait_entry *unported_next(struct port_wait *unported, int32_t *at)
{
	while (*at < unported->touched) {
		struct port_wait_entry *entry = &unported->entries[(*at)++];

		if (entry->used)
			return entry;
	}
	return NULL;
}

static void forget_idle(struct port_wait *unported)
{
	struct port_wait_entry *entry;
	int32_t at = 0;

	while ((entry = unported_next(unported, &at))) {
		if (entry->held == NOT_HELD)
			port_wait_remove(unported, entry);
	}
}

static int32_t take_place(struct port_wait *unported)
{
	int32_t index = unported->spare;

	if (index == NONE)
		return unported->touched++;
	unported->spare = unported->entries[index].next;
	return index;
}

int port_wait_add(struct port_wait *unported, const struct ts_transition *t, uint64_t held)
{
	struct port_wait_entry *entry = port_wait_find(unported, t->id);
	int32_t index, *head;

	if (!t->id)
		return -EINVAL;
	if (entry)
		port_wait_remove(unported, entry);
	if (unported->count == UNPORTED_MAX)
		forget_idle(unported);
	if (unported->count == UNPORTED_MAX)
		return -ENOSPC;
	index = take_place(unported);
	head = head_of(unported, t->id);
	unported->entries[index] = (struct port_wait_entry){
		.t = *t, .held = held, .next = *head, .used = true
	};
	*head = index;
	unported->count++;
	return 0;
}
