/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Ends sockets of other processes by a FIN, each only if it is still the one that was meant. */
#ifndef STUCK_SHUTDOWN_H
#define STUCK_SHUTDOWN_H

#include "sockets/sockets.h"

/*
 * An orderly end: a descriptor of one of its holders is taken (pidfd_getfd(2)) and shut down in both
 * directions, so that a FIN goes. 0, or:
 *   -ESTALE   the socket has gone, whatever has its descriptor or its ports now
 *   -ENOENT   no process holds it
 *   -EALREADY its FIN has gone already
 *   -EINVAL   a listener, which has no end to close
 *   -errno    of the system call
 */
int socket_close_fin(const struct sockets *sockets, const struct socket_entry *entry);

/* In words, for one of the errors above or of sockets_destroy(); NULL for -ESTALE. Static. */
const char *socket_close_why(int err);

#endif
