// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The programs of processes: workers of one service have the same. */
#include "stuck/program.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "system/process.h"

uint64_t program_mix(uint64_t hash, uint64_t number)
{
	return (hash ^ number) * 0x9e3779b97f4a7c15 + (hash >> 29);
}

size_t program_name_stem(const char comm[TS_COMM_LEN])
{
	size_t full = strnlen(comm, TS_COMM_LEN), n = full;

	while (n && comm[n - 1] >= '0' && comm[n - 1] <= '9')
		n--;
	return n ? n : full;
}

uint64_t program_process_key(const struct ts_holder *holder)
{
	uint64_t key = program_mix(program_mix(1, holder->tgid), holder->start_ns);

	return key ? key : 1;
}

static uint64_t read_program(const struct programs *programs, const struct ts_holder *holder)
{
	struct {
		uint64_t hash, uid;
		char stem[TS_COMM_LEN];
	} program = { .uid = holder->uid };

	if (programs->proc && holder->pid)
		program.hash = process_program(programs->proc, holder->pid, &programs->index);
	if (!program.hash)
		return program_process_key(holder);
	memcpy(program.stem, holder->comm, program_name_stem(holder->comm));
	return hash_index_key(&programs->index, &program, sizeof(program));
}

uint64_t programs_get(struct programs *programs, const struct ts_holder *holder)
{
	uint32_t at = hash_index_put(&programs->index, program_process_key(holder),
				     (uint32_t)programs->n);

	if (at == programs->n)
		programs->hashes[programs->n++] = read_program(programs, holder);
	return programs->hashes[at];
}

static size_t count_holders(const struct stuck_list *list)
{
	size_t n = 0;

	for (size_t i = 0; i < list->n; i++) {
		const struct socket_entry *entry = list->items[i].entry;

		n += entry->holder || !entry->listener ? entry->holders : entry->listener->holders;
	}
	return n;
}

int programs_new(const struct stuck_list *list, const char *proc, struct programs *programs)
{
	size_t n = count_holders(list);

	*programs = (struct programs){ .proc = proc, .hashes = calloc(n + 1, sizeof(uint64_t)) };
	return programs->hashes ? hash_index_new(&programs->index, n) : -ENOMEM;
}

void programs_free(struct programs *programs)
{
	hash_index_free(&programs->index);
	free(programs->hashes);
}
