/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Ends sockets of other processes, each only if it is still the one that was meant. */
#ifndef STUCK_CLOSE_H
#define STUCK_CLOSE_H

#include "error.h"
#include "src_iter.h"

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

/* Resets by netlink's SOCK_DESTROY (what ss -K does), in any network namespace. */
struct destroyer;

/* `netns` as --netns has it, or NULL; `inode` is that one's. -errno with error set. */
int destroyer_new(const char *netns, uint32_t inode, struct destroyer **destroyer,
		  struct error *error);
void destroyer_free(struct destroyer *destroyer);
/*
 * 0, -ESTALE as above, -EOPNOTSUPP: this kernel cannot (CONFIG_INET_DIAG_DESTROY); -ENODEV: its
 * namespace cannot be entered; or another -errno.
 */
int destroyer_reset(struct destroyer *destroyer, const struct ts_socket *socket);

/* In words, for one of the errors above; NULL for -ESTALE. Static. */
const char *socket_close_why(int err);

#endif
