/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What /proc says of a process that has stuck sockets: its descriptors and what its threads do. */
#ifndef SYSTEM_PROCESS_H
#define SYSTEM_PROCESS_H

#include <stddef.h>
#include <stdint.h>

enum { PROCESS_WAITS = 8, PROCESS_WAIT_TEXT = 64, PROCESS_THREADS_MAX = 1024 };

/* What some of its threads do. */
struct process_wait {
	/* "running", "waiting for a lock", "sleeping in " and a kernel function, ... */
	char what[PROCESS_WAIT_TEXT];
	unsigned threads;
};

struct process_facts {
	uint64_t descriptors; /* open ones; 0: not known */
	uint64_t limit;	      /* of them (RLIMIT_NOFILE, soft); 0: not known, or none */
	unsigned threads;     /* 0: not known; of many only PROCESS_THREADS_MAX are looked at */
	struct process_wait waits[PROCESS_WAITS]; /* most first */
	size_t n_waits;
};

/* root: "/proc". What cannot be read stays 0: the process may have gone. */
void process_read(const char *root, uint32_t pid, struct process_facts *facts);

#endif
