// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Finds processes by PID and name, and sorts them. */
#include "counts/by_process.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int by_process_new(struct by_process **counts)
{
	struct by_process *self = calloc(1, sizeof(*self));

	if (!self || hash_index_new(&self->index, BY_PROCESS_MAX)) {
		free(self);
		return -ENOMEM;
	}
	*counts = self;
	return 0;
}

void by_process_free(struct by_process *counts)
{
	if (!counts)
		return;
	hash_index_free(&counts->index);
	free(counts);
}

void by_process_add(struct by_process *counts, const struct ts_transition *t)
{
	/* A socket without an owner may still have the name of an earlier one. */
	bool known = t->owner != TS_OWNER_UNKNOWN && t->owner != TS_OWNER_KERNEL;
	struct {
		uint32_t pid, known;
		char comm[TS_COMM_LEN];
	} who = { .known = known };
	uint64_t key;
	uint32_t at;

	counts->total++;
	if (known) {
		who.pid = t->pid;
		memcpy(who.comm, t->comm, sizeof(who.comm));
	}
	key = hash_index_key(&counts->index, &who, sizeof(who));
	if (!hash_index_get(&counts->index, key, &at)) {
		if (counts->n == BY_PROCESS_MAX) {
			counts->beyond++;
			return;
		}
		at = (uint32_t)counts->n++;
		hash_index_set(&counts->index, key, at);
		counts->processes[at] = (struct process_count){ .pid = who.pid, .known = known };
		memcpy(counts->processes[at].comm, who.comm, sizeof(who.comm));
	}
	counts->processes[at].transitions++;
}

/* Of two with equal counts the earlier one comes first. */
size_t by_process_top(const struct by_process *counts, struct process_count *top, size_t max)
{
	size_t n = 0;

	for (size_t i = 0; i < counts->n; i++) {
		const struct process_count *process = &counts->processes[i];
		size_t at = n < max ? n++ : n;

		for (; at && top[at - 1].transitions < process->transitions; at--)
			if (at < max)
				top[at] = top[at - 1];
		if (at < max)
			top[at] = *process;
	}
	return n;
}
