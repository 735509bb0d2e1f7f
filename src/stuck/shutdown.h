/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Closes sockets of other processes by a FIN, each only if it is still the same socket. */
#ifndef STUCK_SHUTDOWN_H
#define STUCK_SHUTDOWN_H

#include "sockets/sockets.h"

/*
 * Copies a descriptor of one of the holders (pidfd_getfd(2)) and shuts the socket down in both
 * directions, so that a FIN is sent. Returns 0, or:
 *   -ESTALE   the socket no longer exists, whatever has its descriptor or its ports now
 *   -ENOENT   no process holds it
 *   -EALREADY its FIN has been sent already
 *   -EINVAL   a listener: it has no peer
 *   -errno    of the system call
 */
int socket_close_fin(const struct sockets *sockets, const struct socket_entry *entry);

/* The reason in words for an error above or one of sockets_destroy(); NULL for -ESTALE. Static. */
const char *socket_close_why(int err);

#endif
