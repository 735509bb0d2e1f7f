/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The sockets that processes have open, from /proc/PID/fd. */
#ifndef SYSTEM_OPEN_SOCKETS_H
#define SYSTEM_OPEN_SOCKETS_H

#include <stdint.h>

struct open_socket {
	uint64_t inode;
	uint32_t pid;
	uint32_t fd;
	int folder; /* /proc/PID/fd, open during the call */
};

/*
 * Calls take() for each open socket: one process after the other, and each process once. take()
 * returns 0, a positive number to skip the other sockets of the process, or -errno to end. Processes
 * that hide their descriptors from the caller, or exit meanwhile, are skipped. root: "/proc".
 * Returns 0 or -errno (-EMFILE, -ENFILE: no descriptor was left, so the result is incomplete).
 */
int open_sockets_each(const char *root, int (*take)(void *context, const struct open_socket *),
		      void *context);

#endif
