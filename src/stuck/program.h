/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The program of a process: its executable, cgroup, user, and its command name without a number at the
 * end. The workers of one service have the same.
 */
#ifndef STUCK_PROGRAM_H
#define STUCK_PROGRAM_H

#include <stddef.h>
#include <stdint.h>

#include "lib/hash_index.h"
#include "stuck/stuck.h"

/* Each process is read once. */
struct programs {
	const char *proc;	 /* "/proc"; NULL: each process is a program of its own */
	struct hash_index index; /* by program_process_key() */
	uint64_t *hashes;
	size_t n;
};

/* For the holders of the list's sockets. Returns 0 or -ENOMEM; programs_free() is due in either case. */
int programs_new(const struct stuck_list *list, const char *proc, struct programs *programs);
void programs_free(struct programs *programs);
/* A hash that is equal for processes of one program. */
uint64_t programs_get(struct programs *programs, const struct ts_holder *holder);
/* Identifies a process; never 0. */
uint64_t program_process_key(const struct ts_holder *holder);
uint64_t program_mix(uint64_t hash, uint64_t number);
/* The length of a command name without a number at its end, by which workers differ. */
size_t program_name_stem(const char comm[TS_COMM_LEN]);

#endif
