/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Descriptors, threads and program of a process, from /proc. */
#ifndef SYSTEM_PROCESS_H
#define SYSTEM_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tcpstate/event.h>

#include "lib/hash_index.h"

enum { PROCESS_WAITS = 8, PROCESS_WAIT_TEXT = 64, PROCESS_THREADS_MAX = 1024 };

/* Threads that do the same. */
struct process_wait {
	/* "running", "waiting for a lock", "sleeping in " and a kernel function, ... */
	char what[PROCESS_WAIT_TEXT];
	unsigned threads;
};

struct process_facts {
	uint64_t descriptors; /* open; 0: unknown */
	uint64_t limit;	      /* of descriptors (RLIMIT_NOFILE, soft); 0: unknown or none */
	unsigned threads;     /* 0: unknown; at most PROCESS_THREADS_MAX are read */
	struct process_wait waits[PROCESS_WAITS]; /* the most frequent first */
	size_t n_waits;
};

enum { PROCESS_NAME = 64 };

/* The process of a thread, or of a process; 0: there is none of that id, or it cannot be read. */
uint32_t process_of(const char *root, uint32_t id);
bool process_exists(uint32_t pid);
/*
 * The name of a process whose command's name may be cut, from its arguments. Returns false if the
 * command's name is whole, or is not the beginning of that name.
 */
bool process_long_name(const char *root, uint32_t pid, char comm[TS_COMM_LEN],
		       char name[PROCESS_NAME]);

/* Returns a copy of a descriptor of a process (pidfd_getfd(2)), or -errno. */
int process_copy_fd(uint32_t pid, uint32_t fd);

/* root: "/proc". A value that cannot be read is 0: the process may have exited. */
void process_read(const char *root, uint32_t pid, struct process_facts *facts);

/*
 * A hash of the executable and the cgroup of a process: equal for the workers of one service. 0: the
 * process has exited, or may not be read. Instances of a systemd template (`NAME@INSTANCE`) count as one.
 * It has the seed of the table, so a user cannot make it equal to that of another program.
 */
uint64_t process_program(const char *root, uint32_t pid, const struct hash_index *table);

#endif
