/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Transitions by the process that owns the socket. Bounded. */
#ifndef COUNTS_BY_PROCESS_H
#define COUNTS_BY_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tcpstate/event.h>

#include "lib/hash_index.h"

enum { BY_PROCESS_MAX = 3072 };

struct process_count {
	uint32_t pid;
	bool known; /* false: all sockets whose owner is unknown */
	char comm[TS_COMM_LEN];
	uint64_t transitions;
};

struct by_process {
	struct hash_index index; /* by PID and name */
	uint64_t total;		 /* all transitions */
	uint64_t beyond;	 /* those of the processes beyond the first BY_PROCESS_MAX */
	size_t n;		 /* processes that have transitions */
	struct process_count processes[BY_PROCESS_MAX];
};

/* Returns 0 or -ENOMEM. */
int by_process_new(struct by_process **counts);
void by_process_free(struct by_process *counts);
void by_process_add(struct by_process *counts, const struct ts_transition *t);
/* The busiest processes, at most `max` of them, into top[]. Returns their number. */
size_t by_process_top(const struct by_process *counts, struct process_count *top, size_t max);

#endif
