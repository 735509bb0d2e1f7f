/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Resets sockets in any network namespace, each only if it is still the same socket in its state: by netlink's
 * SOCK_DESTROY, as ss -K does, or by bpf_sock_destroy() where the kernel lacks that.
 */
#ifndef STUCK_SOCK_DESTROY_H
#define STUCK_SOCK_DESTROY_H

#include <stddef.h>
#include <stdint.h>

#include <tcpstate/socket.h>

#include "lib/error.h"
#include "stuck/stuck.h"
#include "system/netns.h"
#include "tracer/probe.h"

/*
 * One socket and its result: 0, or
 *   1           it no longer breaks its rule, and was left alone
 *   -ESTALE     it no longer exists, whichever socket has its ports now
 *   -EOPNOTSUPP this kernel cannot reset a socket of that kind
 *   -ENODEV     its namespace cannot be entered
 *   -ENOTUNIQ   it has neither a cookie nor an inode that identifies it
 *   -errno      of the kernel
 */
struct sock_destroy {
	const struct ts_socket *socket;
	const struct stuck_item *item; /* NULL: a subflow, which goes with its connection */
	int err;
};

/*
 * netns NULL: in every namespace.
 * Returns 0, or -errno with error set: -EOPNOTSUPP (this kernel cannot, no socket was reset).
 */
int sockets_destroy(const struct netns *netns, struct sock_destroy *sockets, size_t n,
		    struct error *error);
/* Probes both ways to reset a socket. */
probe_hook probe_sock_destroy;

#endif
