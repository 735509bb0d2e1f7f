// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Shutting down other processes' sockets, and why one could not be ended. */
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
 * Is the descriptor one of that socket? By its inode where the cookie is not known (5.10, until
 * somebody asks for it) or not this descriptor's: that is of the MPTCP connection.
 */
static bool leads_to(int fd, const struct ts_socket *s)
{
	uint64_t cookie = 0;
	socklen_t size = sizeof(cookie);
	struct stat st;

	if (s->id && !(s->flags & TS_S_SUBFLOW))
		return !getsockopt(fd, SOL_SOCKET, SO_COOKIE, &cookie, &size) && cookie == s->id;
	return s->inode && !fstat(fd, &st) && st.st_ino == s->inode;
}

/* A copy of a holder's descriptor, if that is the socket; else -errno, -ESTALE where it is another. */
static int take(const struct ts_holder *holder, const struct ts_socket *s)
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
	if (!leads_to(fd, s)) {
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

	/* one descriptor is as good as another: all are of the same socket */
	for (; holder && !err && fd < 0; holder = socket_next_holder(sockets, holder)) {
		if (holder->pid)
			fd = take(holder, entry->socket);
		if (fd < 0 && fd != -ESTALE) /* that one may have it still */
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
		return "no process holds it: only --close=reset ends it";
	case EALREADY:
		return "its FIN has been sent already: only --close=reset ends it";
	case EINVAL:
		return "it is a listener: the process has to accept()";
	case EPERM:
	case EACCES:
		return "not permitted: it needs CAP_SYS_PTRACE (fin) or CAP_NET_ADMIN (reset)";
	case EOPNOTSUPP:
		return "this kernel cannot reset one of its kind";
	case ENOTUNIQ:
		return "neither a number nor a process tells it from another one of its ports";
	case ENODEV:
		return "its network namespace cannot be entered";
	default:
		return strerror(-err);
	}
}
