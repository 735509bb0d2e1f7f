// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Destroying sockets by netlink, and finding out whether there is that way. */
#include "stuck/sock_destroy.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>

#include "stuck/bpf_destroy.h"
#include "system/netns.h"
#include "tracer/probe_insn.h"

/* As in the kernel since 4.5; older headers lack it. */
#ifndef SOCK_DESTROY
#define SOCK_DESTROY 21
#endif

/* A netlink socket of one network namespace. */
struct door {
	uint32_t netns;
	int fd;
};

enum handler { HANDLER_UNKNOWN, HANDLER_THERE, HANDLER_MISSING };

struct destroyer {
	struct door *doors;
	size_t n;
	uint32_t sequence;
	enum handler handler;
	bool lacking; /* SOCK_DESTROY is not there, or for no full socket */
};

union answer {
	struct nlmsghdr head;
	char bytes[1024];
};

static int open_door(void *context, uint32_t inode)
{
	struct destroyer *destroyer = context;
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
		err = netns_each(&(struct netns_list){ .items = items, .n = 2 }, open_door,
				 destroyer);
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

static const struct door *find_door(const struct destroyer *destroyer, uint32_t netns)
{
	for (size_t i = 0; i < destroyer->n; i++)
		if (destroyer->doors[i].netns == netns)
			return &destroyer->doors[i];
	return NULL;
}

/* The kernel's answer to the request of that sequence number. */
static int wait_for_answer(int fd, uint32_t sequence, union answer *answer)
{
	ssize_t n;

	do {
		n = recv(fd, answer, sizeof(*answer), 0);
		if (n < 0 && errno != EINTR)
			return -errno;
	} while (n < (ssize_t)NLMSG_LENGTH(sizeof(int)) || answer->head.nlmsg_seq != sequence);
	if (answer->head.nlmsg_type == NLMSG_DONE)
		return *(const int *)NLMSG_DATA(&answer->head);
	if (answer->head.nlmsg_type == NLMSG_ERROR)
		return ((const struct nlmsgerr *)NLMSG_DATA(&answer->head))->error;
	return 0;
}

/* 0 or the kernel's -errno. A dump is one of no state, and so of no socket. */
static int request(struct destroyer *destroyer, int fd, int type, int flags,
		   const struct ts_socket *s, const struct inet_diag_sockid *id,
		   union answer *answer)
{
	struct {
		struct nlmsghdr head;
		struct inet_diag_req_v2 request;
	} message = {
		.head = { .nlmsg_len = sizeof(message),
			  .nlmsg_type = (uint16_t)type,
			  .nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags),
			  .nlmsg_seq = ++destroyer->sequence },
		.request = { .sdiag_family = s->family == 4 ? AF_INET : AF_INET6,
			     .sdiag_protocol = s->proto,
			     .idiag_states = flags & NLM_F_DUMP ? 0 : ~0u,
			     .id = *id },
	};

	if (send(fd, &message, sizeof(message), 0) < 0)
		return -errno;
	return wait_for_answer(fd, message.head.nlmsg_seq, answer);
}

/* What names the socket to the kernel: addresses, ports and the cookie, which it compares. */
static void name_socket(const struct ts_socket *s, struct inet_diag_sockid *id)
{
	*id = (struct inet_diag_sockid){
		.idiag_sport = htons(s->lport),
		.idiag_dport = htons(s->rport),
		.idiag_if = s->device,
		.idiag_cookie = { (uint32_t)s->id, (uint32_t)(s->id >> 32) },
	};
	memcpy(id->idiag_src, s->laddr, sizeof(id->idiag_src));
	memcpy(id->idiag_dst, s->raddr, sizeof(id->idiag_dst));
}

/*
 * Nobody has asked for its cookie yet, and the iterators of 5.10 cannot: ask now, and know it by
 * its inode.
 */
static int learn_cookie(struct destroyer *destroyer, int fd, const struct ts_socket *s,
			struct inet_diag_sockid *id)
{
	const struct inet_diag_msg *found;
	union answer answer;
	int err;

	if (!s->inode)
		return -ENOTUNIQ;
	id->idiag_cookie[0] = id->idiag_cookie[1] = INET_DIAG_NOCOOKIE;
	err = request(destroyer, fd, SOCK_DIAG_BY_FAMILY, 0, s, id, &answer);
	if (err)
		return err;
	if (answer.head.nlmsg_type != SOCK_DIAG_BY_FAMILY ||
	    answer.head.nlmsg_len < NLMSG_LENGTH(sizeof(*found)))
		return -EPROTO;
	found = NLMSG_DATA(&answer.head);
	if (found->idiag_inode != (uint32_t)s->inode)
		return -ESTALE;
	memcpy(id->idiag_cookie, found->id.idiag_cookie, sizeof(id->idiag_cookie));
	return 0;
}

/*
 * The kernel says ENOENT of a socket that has gone, and where nobody handles the request as inet_diag
 * or tcp_diag is not there (__sock_diag_cmd(), inet_diag_lock_handler()). A dump says it of the latter
 * alone.
 */
static bool is_handled(struct destroyer *destroyer, int fd, const struct ts_socket *s)
{
	static const struct inet_diag_sockid any;
	union answer answer;

	if (destroyer->handler == HANDLER_UNKNOWN)
		destroyer->handler = request(destroyer, fd, SOCK_DIAG_BY_FAMILY, NLM_F_DUMP, s,
					     &any, &answer) == -ENOENT ?
					     HANDLER_MISSING :
					     HANDLER_THERE;
	return destroyer->handler == HANDLER_THERE;
}

static int destroy(struct destroyer *destroyer, const struct ts_socket *s)
{
	const struct door *door = find_door(destroyer, s->netns);
	struct inet_diag_sockid id;
	union answer answer;
	int err = 0;

	if (!door)
		return -ENODEV;
	name_socket(s, &id);
	if (!s->id)
		err = learn_cookie(destroyer, door->fd, s, &id);
	if (!err)
		err = request(destroyer, door->fd, SOCK_DESTROY, NLM_F_ACK, s, &id, &answer);
	if (err == -ENOENT)
		err = is_handled(destroyer, door->fd, s) ? -ESTALE : -EOPNOTSUPP;
	if (err == -EOPNOTSUPP &&
	    (destroyer->handler == HANDLER_MISSING || !(s->flags & TS_S_SMALL)))
		destroyer->lacking = true;
	return err;
}

static void close_doors(struct destroyer *destroyer)
{
	for (size_t i = 0; i < destroyer->n; i++)
		(void)close(destroyer->doors[i].fd);
	free(destroyer->doors);
}

/*
 * Tries to destroy a socket that cannot exist: no port is 0, and no cookie. Returns 0, -EOPNOTSUPP or
 * another -errno.
 */
static int try_netlink(void)
{
	static const struct ts_socket none = { .family = 4, .proto = IPPROTO_TCP };
	static const struct inet_diag_sockid never;
	struct destroyer destroyer = { 0 };
	union answer answer;
	int err = open_door(&destroyer, 0);

	if (!err)
		err = request(&destroyer, destroyer.doors->fd, SOCK_DESTROY, NLM_F_ACK, &none,
			      &never, &answer);
	if (err == -ENOENT)
		err = is_handled(&destroyer, destroyer.doors->fd, &none) ? 0 : -EOPNOTSUPP;
	close_doors(&destroyer);
	return err;
}

void probe_sock_destroy(const struct probes *probes, const char *target, struct verdict *verdict)
{
	int netlink = try_netlink(), program;

	(void)probes;
	(void)target;
	program = netlink ? bpf_destroy_supported() : 0;
	if (!program)
		return verdict_good(verdict);
	verdict_set(verdict, program, "SOCK_DESTROY: %s; bpf_sock_destroy(): %s",
		    strerror(-netlink),
		    program == -EOPNOTSUPP ? "the kernel has none" : strerror(-program));
}

int sockets_destroy(const char *netns, uint32_t inode, struct sock_destroy *resets, size_t n,
		    struct error *error)
{
	struct destroyer destroyer = { 0 };
	int err = netns ? open_one(&destroyer, netns, inode, error) : open_all(&destroyer);

	if (err)
		(void)error_set(error, -err, "--close=reset: no netlink socket can be had: %s",
				strerror(-err));
	for (size_t i = 0; i < n && !err; i++)
		resets[i].err = destroy(&destroyer, resets[i].socket);
	close_doors(&destroyer);
	if (err || !destroyer.lacking)
		return err;
	err = bpf_destroy_sockets(netns, inode, resets, n, error);
	if (err == -EOPNOTSUPP)
		return error_set(error, -err,
				 "--close=reset: this kernel cannot: it needs "
				 "CONFIG_INET_DIAG_DESTROY and the module tcp_diag, or "
				 "bpf_sock_destroy(), from 6.5 on; --close=fin may do");
	if (err)
		(void)error_set(error, -err,
				"--close=reset: netlink's SOCK_DESTROY is not there (module "
				"tcp_diag), and bpf_sock_destroy() is refused: %s",
				strerror(-err));
	return err;
}
