// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Shutting down and destroying other processes' sockets. */
#define _GNU_SOURCE
#include "stuck_close.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>

#include "netns.h"

/* As in the kernel's tables for all architectures since 5.3 and 5.6; older headers lack them. */
#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif
#ifndef SYS_pidfd_getfd
#define SYS_pidfd_getfd 438
#endif
#ifndef SOCK_DESTROY
#define SOCK_DESTROY 21
#endif

/* A copy of a holder's descriptor, if that is the socket; else -errno, -ESTALE where it is another. */
static int take(const struct ts_holder *holder, uint64_t id)
{
	uint64_t cookie = 0;
	socklen_t size = sizeof(cookie);
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
	if (getsockopt(fd, SOL_SOCKET, SO_COOKIE, &cookie, &size) || cookie != id) {
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
	int fd = -ENOENT, err = holder ? check_state(entry->socket) : -ENOENT;

	/* one descriptor is as good as another: all are of the same socket */
	for (; holder && !err && fd < 0; holder = socket_next_holder(sockets, holder))
		if (holder->pid)
			fd = take(holder, entry->socket->id);
	if (err)
		return err;
	return fd < 0 ? fd : shut_down(fd);
}

/* A netlink socket of one network namespace. */
struct door {
	uint32_t netns;
	int fd;
};

struct destroyer {
	struct door *doors;
	size_t n;
	uint32_t sequence;
};

static int add_door(struct destroyer *destroyer, uint32_t inode)
{
	struct door *doors = reallocarray(destroyer->doors, destroyer->n + 1, sizeof(*doors));

	if (!doors)
		return -ENOMEM;
	destroyer->doors = doors;
	doors[destroyer->n].netns = inode;
	doors[destroyer->n].fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
	if (doors[destroyer->n].fd < 0)
		return -errno;
	destroyer->n++;
	return 0;
}

static int open_door(void *context, uint32_t inode)
{
	return add_door(context, inode);
}

/* Those that --netns names by a path may be found in no other way. */
static int open_one(struct destroyer *destroyer, const char *netns, uint32_t inode,
		    struct error *error)
{
	struct netns_list list;
	struct netns *items;
	int err, fd = netns_open(netns, inode, error);

	if (fd < 0)
		return fd;
	err = netns_list_open(&list);
	items = err ? NULL : calloc(2, sizeof(*items));
	if (items) {
		items[0] = list.items[0]; /* the caller's own, to come back to */
		items[1] = (struct netns){ .fd = fd, .inode = inode };
		err = netns_each(&(struct netns_list){ .items = items, .n = 2 }, open_door, destroyer);
	}
	if (!err && !items)
		err = -ENOMEM;
	free(items);
	netns_list_close(&list);
	(void)close(fd);
	return err > 0 ? -EPERM : err;
}

static int open_all(struct destroyer *destroyer)
{
	struct netns_list list;
	int err = netns_list_open(&list);

	if (!err) {
		err = netns_each(&list, open_door, destroyer);
		netns_list_close(&list);
	}
	return err < 0 ? err : 0; /* one that could not be entered has no door */
}

int destroyer_new(const char *netns, uint32_t inode, struct destroyer **out, struct error *error)
{
	struct destroyer *destroyer = calloc(1, sizeof(*destroyer));
	int err = destroyer ? 0 : -ENOMEM;

	if (!err)
		err = netns ? open_one(destroyer, netns, inode, error) : open_all(destroyer);
	if (err) {
		destroyer_free(destroyer);
		return error_set(error, -err, "--close=reset: no netlink socket can be had: %s",
				 strerror(-err));
	}
	*out = destroyer;
	return 0;
}

void destroyer_free(struct destroyer *destroyer)
{
	if (!destroyer)
		return;
	for (size_t i = 0; i < destroyer->n; i++)
		(void)close(destroyer->doors[i].fd);
	free(destroyer->doors);
	free(destroyer);
}

/* What names the socket to the kernel: addresses, ports and the cookie, which it compares. */
static void name_socket(const struct ts_socket *s, struct inet_diag_sockid *id)
{
	id->idiag_sport = htons(s->lport);
	id->idiag_dport = htons(s->rport);
	memcpy(id->idiag_src, s->laddr, sizeof(id->idiag_src));
	memcpy(id->idiag_dst, s->raddr, sizeof(id->idiag_dst));
	id->idiag_if = s->device;
	id->idiag_cookie[0] = (uint32_t)s->id;
	id->idiag_cookie[1] = (uint32_t)(s->id >> 32);
}

/* The kernel's answer to the request of that sequence number: 0 or -errno. */
static int wait_for_answer(int fd, uint32_t sequence)
{
	union {
		struct nlmsghdr head;
		char bytes[1024];
	} answer;
	ssize_t n;

	do {
		n = recv(fd, &answer, sizeof(answer), 0);
		if (n < 0 && errno != EINTR)
			return -errno;
	} while (n < (ssize_t)NLMSG_LENGTH(sizeof(struct nlmsgerr)) ||
		 answer.head.nlmsg_seq != sequence);
	if (answer.head.nlmsg_type != NLMSG_ERROR)
		return -EPROTO;
	return ((const struct nlmsgerr *)NLMSG_DATA(&answer.head))->error;
}

int destroyer_reset(struct destroyer *destroyer, const struct ts_socket *s)
{
	struct {
		struct nlmsghdr head;
		struct inet_diag_req_v2 request;
	} message = {
		.head = { .nlmsg_len = sizeof(message), .nlmsg_type = SOCK_DESTROY,
			  .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK,
			  .nlmsg_seq = ++destroyer->sequence },
		.request = { .sdiag_family = s->family == 4 ? AF_INET : AF_INET6,
			     .sdiag_protocol = s->proto, .idiag_states = ~0u },
	};
	const struct door *door = NULL;
	int err;

	for (size_t i = 0; i < destroyer->n && !door; i++)
		if (destroyer->doors[i].netns == s->netns)
			door = &destroyer->doors[i];
	if (!door)
		return -ENODEV;
	name_socket(s, &message.request.id);
	if (send(door->fd, &message, sizeof(message), 0) < 0)
		return -errno;
	err = wait_for_answer(door->fd, message.head.nlmsg_seq);
	return err == -ENOENT ? -ESTALE : err;
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
		return "this kernel cannot destroy sockets (CONFIG_INET_DIAG_DESTROY)";
	case ENODEV:
		return "its network namespace cannot be entered";
	default:
		return strerror(-err);
	}
}
