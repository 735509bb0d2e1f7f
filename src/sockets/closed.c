// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Sockets that are in no table of the kernel, without BPF: a copy of the descriptor is asked for the
 * state. The kernel permits that for the user's own processes, unless Yama forbids it (ptrace_scope).
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <linux/sockios.h>
#include <linux/tcp.h>

#include "lib/hash_index.h"
#include "sockets/join.h"
#include "sockets/plain.h"
#include "system/process.h"

/* As in the kernel since 5.14 and 5.6; older headers lack them. */
#ifndef SO_NETNS_COOKIE
#define SO_NETNS_COOKIE 71
#endif
#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif

/* What all sockets of one scan share. */
struct closed_scan {
	uint64_t netns_cookie; /* 0: the kernel has none */
	const struct plain_closed *config;
};

static bool get_option(int fd, int level, int name, void *value, socklen_t size)
{
	return !getsockopt(fd, level, name, value, &size);
}

static uint64_t own_netns_cookie(void)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	uint64_t cookie = 0;

	if (fd < 0)
		return 0;
	(void)get_option(fd, SOL_SOCKET, SO_NETNS_COOKIE, &cookie, sizeof(cookie));
	(void)close(fd);
	return cookie;
}

/* Not the port: getsockname() goes on to show one that the socket no longer has. */
static void set_local(int fd, struct ts_socket *row)
{
	struct sockaddr_in6 name6 = { 0 };
	struct sockaddr_in name;
	socklen_t size = sizeof(name6);

	if (getsockname(fd, (struct sockaddr *)&name6, &size))
		return;
	if (name6.sin6_family == AF_INET6) {
		bool mapped = IN6_IS_ADDR_V4MAPPED(&name6.sin6_addr);

		row->flags |= TS_S_IPV6 | (mapped ? TS_S_MAPPED : 0);
		row->family = mapped ? 4 : 6;
		memcpy(row->laddr, &name6.sin6_addr.s6_addr[mapped ? 12 : 0], mapped ? 4 : 16);
		return;
	}
	memcpy(&name, &name6, sizeof(name));
	row->family = 4;
	memcpy(row->laddr, &name.sin_addr, sizeof(name.sin_addr));
}

/* Not the counters: whether they count a FIN is unknown. */
static void set_payload(int fd, struct ts_socket *row)
{
	int unread = 0;

	row->flags |= TS_S_NO_INFO;
	if (!ioctl(fd, SIOCINQ, &unread) && unread > 0)
		row->recv_q = (uint32_t)unread;
}

/* Whether the socket is in no table: UDP is in one from bind() on. */
static bool is_closed(int fd, int proto, struct tcp_info *info)
{
	struct sockaddr_in6 name = { 0 };
	socklen_t size = sizeof(name);

	if (proto == IPPROTO_UDP) /* the port is at the same place for IPv4 */
		return !getsockname(fd, (struct sockaddr *)&name, &size) && !name.sin6_port;
	return (proto == IPPROTO_TCP || proto == IPPROTO_MPTCP) &&
	       get_option(fd, IPPROTO_TCP, TCP_INFO, info, sizeof(*info)) &&
	       info->tcpi_state == TS_CLOSED;
}

/* Returns false: another kind, another namespace, or not closed. */
static bool read_socket(const struct closed_scan *scan, int fd, struct ts_socket *row)
{
	struct tcp_info info = { 0 };
	uint64_t netns = 0;
	int proto = 0, v6only = 0;
	struct stat st;

	(void)get_option(fd, SOL_SOCKET, SO_NETNS_COOKIE, &netns, sizeof(netns));
	if (netns != scan->netns_cookie || fstat(fd, &st) ||
	    !get_option(fd, SOL_SOCKET, SO_PROTOCOL, &proto, sizeof(proto)) ||
	    !(proto == IPPROTO_UDP ? scan->config->udp : scan->config->tcp) ||
	    !is_closed(fd, proto, &info))
		return false;
	*row = (struct ts_socket){ .head = { TS_ROW_SOCKET, sizeof(*row) },
				   .proto = proto == IPPROTO_UDP ? IPPROTO_UDP : IPPROTO_TCP,
				   .state = TS_CLOSED,
				   .netns = scan->config->netns,
				   .inode = st.st_ino,
				   .uid = st.st_uid };
	(void)get_option(fd, SOL_SOCKET, SO_COOKIE, &row->id, sizeof(row->id));
	set_local(fd, row);
	if (row->flags & TS_S_IPV6 &&
	    get_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, &v6only, sizeof(v6only)) && v6only)
		row->flags |= TS_S_V6ONLY;
	if (proto == IPPROTO_MPTCP)
		row->flags |= TS_S_SUBFLOW | TS_S_CONNECTION;
	if (proto == IPPROTO_TCP)
		set_payload(fd, row);
	return row->family;
}

static int index_rows(const struct rows *rows, struct hash_index *inodes)
{
	size_t n = rows->size / sizeof(struct ts_socket);
	const struct ts_socket *sockets = (const void *)rows->data;
	int err = hash_index_new(inodes, n);

	for (size_t i = 0; i < n && !err; i++)
		(void)hash_index_put(inodes, sockets[i].inode, 0);
	return err;
}

static int add_holder(const struct closed_scan *scan, struct plain_reader *reader, size_t at,
		      struct rows *files, size_t *hidden)
{
	const struct ts_holder *holder = (const void *)(files->data + at);
	/* without the cookie it may be of another network namespace */
	int fd = scan->netns_cookie ? process_copy_fd(holder->pid, holder->fd) : -ENOSYS;
	struct ts_socket *row;

	*hidden += fd == -EPERM || fd == -EACCES || fd == -ENOSYS;
	if (fd < 0)
		return 0;
	row = (void *)rows_reserve(files, sizeof(*row));
	if (row && read_socket(scan, fd, row) && plain_is_wanted(reader, row))
		files->size += sizeof(*row);
	(void)close(fd);
	return row ? 0 : -ENOMEM;
}

int plain_find_closed(struct plain_reader *reader, const struct plain_closed *config,
		      const struct rows *rows, struct rows *files, size_t *hidden)
{
	const struct closed_scan scan = { .netns_cookie = own_netns_cookie(), .config = config };
	const size_t size = files->size;
	struct hash_index inodes = { 0 };
	int err = index_rows(rows, &inodes);
	uint32_t unused;

	*hidden = 0;
	for (size_t at = 0; at < size && !err; at += sizeof(struct ts_holder)) {
		const struct ts_holder *holder = (const void *)(files->data + at);

		if (!hash_index_get(&inodes, holder->inode, &unused))
			err = add_holder(&scan, reader, at, files, hidden);
	}
	hash_index_free(&inodes);
	return err;
}
