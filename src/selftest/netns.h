/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The network namespace of selftest: creation, sysctls, and the kernel's list of its TCP
 * sockets. Uses only /proc and ioctl(), so that it works in an initramfs.
 */
#ifndef SELFTEST_NETNS_H
#define SELFTEST_NETNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/error.h"
#include "system/proc_net_tcp.h"

/* Enters a new network namespace with lo up. Returns 0 or -errno (-EINVAL: no CONFIG_NET_NS). */
int net_enter(struct error *error);
/* True if ::1 exists. */
bool net_has_ipv6(void);

/*
 * Sets "ipv4/tcp_syncookies=2": a sysctl below /proc/sys/net. `was` (may be NULL) receives the
 * old value in the same form. Returns 0 or -errno (-ENOENT: the kernel lacks the sysctl).
 */
int net_set(const char *setting, char *was, size_t size);

struct net_sockets {
	struct proc_net_tcp *list;
	size_t n;
	size_t room;
};

/* Replaces the list. Returns 0 or -errno. */
int net_sockets_read(struct net_sockets *sockets);
void net_sockets_free(struct net_sockets *sockets);

#endif
