/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The time that a socket has been in its state: exact, or a lower bound. */
#ifndef SOCKETS_AGE_H
#define SOCKETS_AGE_H

#include <stdbool.h>
#include <stdint.h>

#include "sockets/sockets.h"

/*
 * Exact: a tracer saw the socket enter its state, or the kernel notes that time. Else a lower bound from the
 * kernel's timestamps. Returns false if neither is known.
 */
bool socket_age(const struct sockets *sockets, const struct ts_socket *socket, uint64_t *ns,
		bool *exact);
/*
 * Ticks that have passed for certain. Three fewer than read: a tick may just have begun, and a busy CPU
 * counts some late.
 */
enum { SOCKET_TICKS_LATE = 3 };
uint64_t socket_ticks_ns(const struct sockets *sockets, int32_t ticks);

#endif
