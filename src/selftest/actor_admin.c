// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Closes other processes' sockets by SOCK_DESTROY, as `ss -K` does. */
#include "selftest/actor.h"

#include <errno.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <string.h>

#include "system/inet_diag.h"

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

static int destroy(struct actor *actor, struct inet_diag *diag, const struct endpoint *end)
{
	struct inet_diag_req_v2 request = {
		.sdiag_family = (uint8_t)actor->setup.family,
		.sdiag_protocol = IPPROTO_TCP,
		.idiag_states = ~0u,
	};
	int err;

	if (inet_diag_probe(diag, request.sdiag_family, IPPROTO_TCP))
		return actor_unable(actor, "no tcp_diag in this kernel (CONFIG_INET_TCP_DIAG)");
	fill_id(actor, end, &request.id);
	err = inet_diag_request(diag, SOCK_DESTROY, NLM_F_ACK, &request, NULL);
	if (err == -EOPNOTSUPP)
		return actor_unable(actor, "this kernel cannot end such a socket "
					   "(CONFIG_INET_DIAG_DESTROY)");
	return err;
}

/* destroy NAME */
static int step_destroy(struct actor *actor, char **words, int n)
{
	const struct endpoint *end = endpoint_find(*words[0]);
	struct inet_diag diag;
	int err;

	if (!end)
		return actor_fail(actor, "no socket is called %s", words[0]);
	if (inet_diag_open(&diag))
		return actor_unable(actor, "no socket diagnosis in this kernel (CONFIG_INET_DIAG)");
	err = destroy(actor, &diag, end);
	inet_diag_close(&diag);
	return err;
}

const struct actor_verb actor_admin_verbs[] = {
	{ "destroy", 1, step_destroy },
	{ 0 },
};
