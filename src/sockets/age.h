/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Since when a socket has been in its state: known, or a bound. */
#ifndef SOCKETS_AGE_H
#define SOCKETS_AGE_H

#include <stdbool.h>
#include <stdint.h>

#include "sockets/sockets.h"

/*
 * ns, and whether it is exact (a tracer saw the socket enter its state, or the kernel notes when)
 * or a lower bound from the kernel's timestamps. false: not even that.
 */
bool socket_age(const struct sockets *sockets, const struct ts_socket *socket, uint64_t *ns,
		bool *exact);
/*
 * Ticks before the moment that they were read at; three less, as a tick may just have begun, and a
 * CPU that is kept busy counts some late.
 */
enum { SOCKET_TICKS_LATE = 3 };
uint64_t socket_ticks_ns(const struct sockets *sockets, int32_t ticks);

#endif
