// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Shuts down other processes' sockets; says why a socket could not be closed. */
#define _GNU_SOURCE
#include "stuck/shutdown.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* As in the kernel's tables for all architectures since 5.3 and 5.6; older headers lack them. */
#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif
#ifndef SYS_pidfd_getfd
#define SYS_pidfd_getfd 438
#endif

/*
 * Whether the descriptor refers to the socket. The cookie decides, or the inode where the socket has no
 * cookie yet (5.10). The descriptor of a subflow has the cookie of its MPTCP connection.
 */
static bool refers_to(int fd, const struct ts_socket *s)
{
	uint64_t cookie = 0;
	socklen_t size = sizeof(cookie);
	struct stat st;

	if (s->id && !(s->flags & TS_S_SUBFLOW))
		return !getsockopt(fd, SOL_SOCKET, SO_COOKIE, &cookie, &size) && cookie == s->id;
	return s->inode && !fstat(fd, &st) && st.st_ino == s->inode;
}

/* Returns a copy of the holder's descriptor of the socket, or -errno (-ESTALE: another socket). */
static int copy_fd(const struct ts_holder *holder, const struct ts_socket *s)
{
	int process, fd;

	process = (int)syscall(SYS_pidfd_open, (pid_t)holder->pid, 0);
	if (process < 0)
		return errno == ESRCH ? -ESTALE : -errno;
	fd = (int)syscall(SYS_pidfd_getfd, process, (int)holder->fd, 0);
	if (fd < 0)
		fd = errno == ESRCH || errno == EBADF ? -ESTALE : -errno;
	(void)close(process);
	if (fd < 0)
		return fd;
	if (!refers_to(fd, s)) {
		(void)close(fd);
		return -ESTALE;
	}
	return fd;
}

static int shut_down(int fd)
{
	int err = shutdown(fd, SHUT_RDWR) ? -errno : 0;

	(void)close(fd);
	return err == -ENOTCONN ? -ESTALE : err;
}

static int check_state(const struct ts_socket *s)
{
	switch (s->state) {
	case TS_LISTEN:
		return -EINVAL;
	case TS_FIN_WAIT_1:
	case TS_FIN_WAIT_2:
	case TS_CLOSING:
	case TS_LAST_ACK:
	case TS_TIME_WAIT:
		return -EALREADY;
	default:
		return 0;
	}
}

int socket_close_fin(const struct sockets *sockets, const struct socket_entry *entry)
{
	const struct ts_holder *holder = entry->holder;
	int fd = -ENOENT, refused = 0, err = holder ? check_state(entry->socket) : -ENOENT;

	/* any descriptor will do: all refer to the same socket */
	for (; holder && !err && fd < 0; holder = socket_next_holder(sockets, holder)) {
		if (holder->pid)
			fd = copy_fd(holder, entry->socket);
		if (fd < 0 && fd != -ESTALE) /* this process may still have the socket */
			refused = fd;
	}
	if (err)
		return err;
	if (fd < 0)
		return refused ? refused : fd;
	return shut_down(fd);
}

const char *socket_close_why(int err)
{
	switch (-err) {
	case ESTALE:
		return NULL;
	case ENOENT:
		return "no process holds it: only a reset closes it";
	case EALREADY:
		return "its FIN has been sent already: only a reset closes it";
	case EINVAL:
		return "it is a listener: the process must call accept()";
	case EPERM:
	case EACCES:
		return "not permitted: CAP_SYS_PTRACE (fin) or CAP_NET_ADMIN (reset) is needed";
	case EOPNOTSUPP:
		return "this kernel cannot reset such a socket";
	case ENOTUNIQ:
		return "it has no cookie and no inode that identify it";
	case ENODEV:
		return "its network namespace cannot be entered";
	default:
		return strerror(-err);
	}
}
