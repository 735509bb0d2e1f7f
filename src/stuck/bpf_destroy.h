/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Ends sockets by the kernel function bpf_sock_destroy(), which needs no netlink: see stuck_reset.h. */
#ifndef STUCK_BPF_DESTROY_H
#define STUCK_BPF_DESTROY_H

#include <stddef.h>
#include <stdint.h>

#include "lib/error.h"

struct sock_destroy;

/*
 * Those of `resets` whose err is -EOPNOTSUPP, which it leaves for half-open and timewait sockets. 0; or,
 * and none was ended, -EOPNOTSUPP: this kernel has no such function; -EPERM, ...: it may not be
 * used; or, with error set, -errno of what was under way.
 */
int bpf_destroy_sockets(const char *netns, uint32_t inode, struct sock_destroy *resets, size_t n,
			struct error *error);
/* 0: the program loads; or -errno as above. */
int bpf_destroy_supported(void);

#endif
