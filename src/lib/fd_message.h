/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Messages with descriptors, over a socket of AF_UNIX that keeps the bounds of messages. */
#ifndef LIB_FD_MESSAGE_H
#define LIB_FD_MESSAGE_H

#include <stddef.h>
#include <sys/types.h>

enum { FD_MESSAGE_MAX = 2 }; /* descriptors of a message */

/*
 * Sends a message with n descriptors, which stay open here. flags: MSG_DONTWAIT or 0. Returns 0 or
 * -errno (-EINVAL: n is above FD_MESSAGE_MAX; -EPIPE: the peer has gone).
 */
int fd_message_send(int socket, const void *data, size_t size, const int *fds, size_t n, int flags);

/*
 * Receives a message and at most `most` descriptors, up to FD_MESSAGE_MAX, which are closed by exec
 * and owned by the caller. Closes those beyond. fds[i] is -1 where none came, or where the limit of
 * open files left no place for it. Returns the size of the data, 0 at the end of the stream, or
 * -errno without descriptors (-EMSGSIZE: the data is longer than `size`).
 */
ssize_t fd_message_receive(int socket, void *data, size_t size, int *fds, size_t most);

#endif
