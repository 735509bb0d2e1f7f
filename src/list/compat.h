/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* TCP sockets in the formats of netstat and ss, column by column, for scripts that parse these. */
#ifndef LIST_COMPAT_H
#define LIST_COMPAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/sink.h"
#include "list/query.h"
#include "sockets/sockets.h"

struct compat_list {
	enum compat_format format;
	struct sink *sink;
	const struct sockets *sockets;
	const struct socket_entry *const *entries;
	size_t n;
	bool listeners; /* only these, as with -l */
};

/*
 * netstat -tanp of net-tools, and ss -tanp of iproute2. Each is called in the network namespace of the
 * sockets, which has the names of their interfaces. Returns 0, -ENOMEM or the sink's error.
 */
int compat_print_netstat(const struct compat_list *list);
int compat_print_ss(const struct compat_list *list);

/* As inet_ntop(3) prints it, which is slow; takes up to INET6_ADDRSTRLEN bytes. */
char *compat_print_address(char *at, const uint8_t *address, uint8_t family);

/* Both print IPv4 sockets first, each family in the kernel's order. */
static inline bool compat_is_in_turn(const struct socket_entry *entry, int turn)
{
	return !!(entry->socket->flags & TS_S_IPV6) == turn;
}

#endif
