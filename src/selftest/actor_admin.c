// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Closes other processes' sockets by SOCK_DESTROY, as `ss -K` does. */
#include "selftest/actor.h"

#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct request {
	struct nlmsghdr header;
	struct inet_diag_req_v2 diag;
};

struct reply {
	struct nlmsghdr header;
	struct nlmsgerr error;
};

static void fill_id(const struct actor *actor, const struct endpoint *end,
		    struct inet_diag_sockid *id)
{
	const struct in6_addr v6 = IN6ADDR_LOOPBACK_INIT;

	id->idiag_sport = htons(actor->setup.port + end->local);
	id->idiag_cookie[0] = id->idiag_cookie[1] = INET_DIAG_NOCOOKIE;
	if (end->remote)
		id->idiag_dport = htons(actor->setup.port + end->remote);
	if (actor->setup.family == AF_INET)
		id->idiag_src[0] = htonl(INADDR_LOOPBACK);
	else
		memcpy(id->idiag_src, &v6, sizeof(v6));
	if (end->remote)
		memcpy(id->idiag_dst, id->idiag_src, sizeof(id->idiag_dst));
}

/* Returns the type of the kernel's answer, its error in *err; or -errno. */
static int ask(int fd, const struct request *request, int *err)
{
	struct reply reply;

	if (send(fd, request, sizeof(*request), 0) < 0 || recv(fd, &reply, sizeof(reply), 0) < 0)
		return -errno;
	*err = reply.header.nlmsg_type == NLMSG_ERROR ? reply.error.error : 0;
	return reply.header.nlmsg_type;
}

static struct request make_request(const struct actor *actor, uint16_t type, uint16_t flags)
{
	return (struct request){
		.header = { .nlmsg_len = sizeof(struct request),
			    .nlmsg_type = type,
			    .nlmsg_flags = NLM_F_REQUEST | flags },
		.diag = { .sdiag_family = (uint8_t)actor->setup.family,
			  .sdiag_protocol = IPPROTO_TCP },
	};
}

/* Dumps no sockets (no state is selected). Without tcp_diag the kernel answers ENOENT. */
static bool has_diagnosis(const struct actor *actor, int fd)
{
	const struct request request = make_request(actor, SOCK_DIAG_BY_FAMILY, NLM_F_DUMP);
	int err;

	return ask(fd, &request, &err) == NLMSG_DONE;
}

static int destroy(struct actor *actor, int fd, const struct endpoint *end)
{
	struct request request = make_request(actor, SOCK_DESTROY, NLM_F_ACK);
	int type, err;

	if (!has_diagnosis(actor, fd))
		return actor_unable(actor, "no tcp_diag in this kernel (CONFIG_INET_TCP_DIAG)");
	request.diag.idiag_states = ~0u;
	fill_id(actor, end, &request.diag.id);
	type = ask(fd, &request, &err);
	if (type != NLMSG_ERROR)
		return type < 0 ? type : -EBADMSG;
	if (err == -EOPNOTSUPP)
		return actor_unable(actor, "this kernel cannot end such a socket "
					   "(CONFIG_INET_DIAG_DESTROY)");
	return err;
}

/* destroy NAME */
static int step_destroy(struct actor *actor, char **words, int n)
{
	const struct endpoint *end = endpoint_find(*words[0]);
	int fd, err;

	(void)n;
	if (!end)
		return actor_fail(actor, "no socket is called %s", words[0]);
	fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
	if (fd < 0)
		return actor_unable(actor, "no socket diagnosis in this kernel (CONFIG_INET_DIAG)");
	err = destroy(actor, fd, end);
	(void)close(fd);
	return err;
}

const struct actor_verb actor_admin_verbs[] = {
	{ "destroy", 1, step_destroy },
	{ 0 },
};
