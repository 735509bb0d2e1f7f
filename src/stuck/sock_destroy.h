/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Resets sockets, in any network namespace, each only if it is still the one that was meant: by
 * netlink's SOCK_DESTROY, what ss -K does, or, where the kernel lacks that, by a BPF program.
 */
#ifndef STUCK_SOCK_DESTROY_H
#define STUCK_SOCK_DESTROY_H

#include <stddef.h>
#include <stdint.h>

#include <tcpstate/socket.h>

#include "lib/error.h"
#include "tracer/probe.h"

/*
 * One socket, and what became of it: 0, or
 *   -ESTALE     it had gone, whatever has its ports now
 *   -EOPNOTSUPP this kernel cannot reset one of that kind
 *   -ENODEV     its namespace cannot be entered
 *   -ENOTUNIQ   it has no cookie and no inode to know it by
 *   -errno      of the kernel
 */
struct sock_destroy {
	const struct ts_socket *socket;
	int err;
};

/*
 * `netns` as --netns has it, or NULL; `inode` is that one's. 0, or -errno with error set: -EOPNOTSUPP,
 * and none was, as this kernel cannot.
 */
int sockets_destroy(const char *netns, uint32_t inode, struct sock_destroy *resets, size_t n,
		    struct error *error);
/* Probes both ways to destroy a socket, netlink and the BPF program. */
probe_hook probe_sock_destroy;

#endif
