/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The network namespace that selftest plays in, with nothing but /proc and ioctl(): its
 * making, its settings, and the kernel's own list of its TCP sockets.
 */
#ifndef SELFTEST_NETNS_H
#define SELFTEST_NETNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/error.h"

/* Moves this process into a new namespace with lo up. -EPERM, -EINVAL (no such thing), ... */
int net_enter(struct error *error);
/* Whether ::1 is there. */
bool net_has_ipv6(void);

/*
 * "ipv4/tcp_syncookies=2": one setting of this namespace, below /proc/sys/net. `was` (may be
 * NULL) takes what it was, in the same form. -ENOENT where the kernel has none of that name.
 */
int net_set(const char *setting, char *was, size_t size);

/* A TCP socket as /proc/net/tcp lists it: request and timewait sockets too. */
struct net_socket {
	uint16_t lport;
	uint16_t rport;
	uint8_t family; /* 4 or 6: by the file it is listed in */
	uint8_t state;	/* enum ts_tcp_state; a request socket is TS_SYN_RECV */
};

struct net_sockets {
	struct net_socket *list;
	size_t n;
	size_t room;
};

/* Reads the list anew. */
int net_sockets_read(struct net_sockets *sockets);
void net_sockets_free(struct net_sockets *sockets);
/* Of one line of /proc/net/tcp or tcp6; false: its header, or no such line. */
bool net_socket_parse(const char *line, struct net_socket *socket);

#endif
