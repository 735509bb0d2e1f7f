// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Destroys sockets by netlink, then those that netlink refused by a BPF program. */
#include "stuck/sock_destroy.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/netlink.h>

#include "system/inet_diag.h"
#include "system/netns.h"
#include "system/privilege.h"
#include "tracer/probe.h"
#include "tracer/sock_destroy.h"

/* A sock_diag socket of one network namespace. */
struct diag {
	uint32_t netns;
	struct inet_diag client;
};

struct destroy {
	const struct netns *netns; /* NULL: every namespace */
	struct sock_destroy *sockets;
	size_t n;
	struct diag *diags;
	size_t n_diags;
	bool probed;
	bool missing;	  /* the handler: see is_missing() */
	bool unsupported; /* by netlink, for a full socket */
	struct destroy_bpf *program;
};

/* Runs visit() in the namespaces. One that cannot be entered is skipped, unless the user named it. */
static int each_netns(struct destroy *destroy, int (*visit)(void *destroy, uint32_t inode),
		      struct error *error)
{
	struct netns_list list;
	int err;

	if (destroy->netns)
		return netns_inside(destroy->netns, visit, destroy, error);
	err = netns_list_open(&list);
	if (err)
		return err;
	err = netns_each(&list, visit, destroy);
	netns_list_close(&list);
	return err < 0 ? err : 0;
}

static int open_diag(void *context, uint32_t inode)
{
	struct destroy *destroy = context;
	struct diag *diags = reallocarray(destroy->diags, destroy->n_diags + 1, sizeof(*diags));
	struct diag *diag;
	int err;

	if (!diags)
		return -ENOMEM;
	destroy->diags = diags;
	diag = &diags[destroy->n_diags];
	diag->netns = inode;
	err = inet_diag_open(&diag->client);
	destroy->n_diags += !err;
	return err;
}

static void close_diags(struct destroy *destroy)
{
	for (size_t i = 0; i < destroy->n_diags; i++)
		inet_diag_close(&destroy->diags[i].client);
	free(destroy->diags);
}

static struct inet_diag *find_diag(const struct destroy *destroy, uint32_t netns)
{
	for (size_t i = 0; i < destroy->n_diags; i++)
		if (destroy->diags[i].netns == netns)
			return &destroy->diags[i].client;
	return NULL;
}

/* The kernel compares addresses, ports and the cookie. */
static struct inet_diag_req_v2 make_request(const struct ts_socket *s)
{
	struct inet_diag_req_v2 request = {
		.sdiag_family = s->family == 4 ? AF_INET : AF_INET6,
		.sdiag_protocol = s->proto,
		.idiag_states = ~0u,
		.id = { .idiag_sport = htons(s->lport),
			.idiag_dport = htons(s->rport),
			.idiag_if = s->device,
			.idiag_cookie = { (uint32_t)s->id, (uint32_t)(s->id >> 32) } },
	};

	memcpy(request.id.idiag_src, s->laddr, sizeof(request.id.idiag_src));
	memcpy(request.id.idiag_dst, s->raddr, sizeof(request.id.idiag_dst));
	return request;
}

/* The state of an MPTCP connection is not that of its subflow. */
static bool is_of_connection(const struct sock_destroy *socket)
{
	return !socket->item || socket->socket->flags & (TS_S_CONNECTION | TS_S_SUBFLOW);
}

/*
 * The last check, right before the end: the kernel cannot look and destroy in one request. Also learns
 * the cookie of a socket that has none yet: the iterators of 5.10 cannot make one. The inode proves
 * that the answer is about the same socket. Returns 0, 1 (it no longer breaks its rule) or -errno.
 */
static int look_again(struct inet_diag *diag, const struct sock_destroy *socket,
		      struct inet_diag_req_v2 *request)
{
	const struct ts_socket *s = socket->socket;
	struct inet_diag_msg found;
	int err;

	if (!s->id && !s->inode)
		return -ENOTUNIQ;
	if (!s->id)
		request->id.idiag_cookie[0] = request->id.idiag_cookie[1] = INET_DIAG_NOCOOKIE;
	err = inet_diag_request(diag, SOCK_DIAG_BY_FAMILY, 0, request, &found);
	if (err)
		return err;
	if (!s->id && found.idiag_inode != (uint32_t)s->inode)
		return -ESTALE;
	memcpy(request->id.idiag_cookie, found.id.idiag_cookie, sizeof(found.id.idiag_cookie));
	if (is_of_connection(socket))
		return 0;
	return found.idiag_state != s->state ||
	       (socket->item->rule == STUCK_UNREAD && !found.idiag_rqueue) ||
	       (socket->item->rule == STUCK_UNSENT && !found.idiag_wqueue) ||
	       (socket->item->rule == STUCK_FULL && found.idiag_rqueue <= found.idiag_wqueue);
}

/*
 * Whether inet_diag or tcp_diag is missing. The kernel answers ENOENT for a socket that does not exist
 * and for a missing handler (__sock_diag_cmd(), inet_diag_lock_handler()). To a dump it answers
 * ENOENT for a missing handler alone.
 */
static bool is_missing(struct destroy *destroy, struct inet_diag *diag,
		       const struct inet_diag_req_v2 *request)
{
	if (!destroy->probed)
		destroy->missing = inet_diag_probe(diag, request->sdiag_family,
						   request->sdiag_protocol) == -ENOENT;
	destroy->probed = true;
	return destroy->missing;
}

static int destroy_by_netlink(struct destroy *destroy, const struct sock_destroy *socket)
{
	const struct ts_socket *s = socket->socket;
	struct inet_diag_req_v2 request = make_request(s);
	struct inet_diag *diag = find_diag(destroy, s->netns);
	int err;

	if (!diag)
		return -ENODEV;
	err = look_again(diag, socket, &request);
	if (!err)
		err = inet_diag_request(diag, SOCK_DESTROY, NLM_F_ACK, &request, NULL);
	if (err == -ENOENT)
		err = is_missing(destroy, diag, &request) ? -EOPNOTSUPP : -ESTALE;
	if (err == -EOPNOTSUPP && (destroy->missing || !(s->flags & TS_S_MINISOCK)))
		destroy->unsupported = true;
	return err;
}

/*
 * Tries to destroy a socket that cannot exist: no port is 0, and no cookie. Returns 0, -EOPNOTSUPP or
 * another -errno.
 */
static int try_netlink(void)
{
	static const struct inet_diag_req_v2 never = { .sdiag_family = AF_INET,
						       .sdiag_protocol = IPPROTO_TCP,
						       .idiag_states = ~0u };
	struct destroy destroy = { 0 };
	struct inet_diag diag;
	int err = inet_diag_open(&diag);

	if (!err)
		err = inet_diag_request(&diag, SOCK_DESTROY, NLM_F_ACK, &never, NULL);
	if (err == -ENOENT)
		err = is_missing(&destroy, &diag, &never) ? -EOPNOTSUPP : 0;
	inet_diag_close(&diag);
	return err;
}

static int try_program(void)
{
	struct destroy_bpf *program = NULL;
	int err = sock_destroyer_new(1, &program);

	sock_destroyer_free(program);
	return err;
}

int probe_sock_destroy(const struct probes *probes, const char *target, struct error *why)
{
	int netlink, program;
	struct privileges have;

	privileges_read(&have);
	/* the kernel asks for it once it has found a socket: sock_diag_destroy() */
	if (!(have.effective & PRIVILEGE(CAP_NET_ADMIN)))
		return error_set(why, EPERM, "resetting a socket needs CAP_NET_ADMIN");
	netlink = try_netlink();
	program = netlink ? try_program() : 0;
	if (!program)
		return 0;
	return error_set(
		why, EOPNOTSUPP, "SOCK_DESTROY: %s; bpf_sock_destroy(): %s", strerror(-netlink),
		program == -EOPNOTSUPP ? "the kernel does not have it" : strerror(-program));
}

static bool is_refused(const struct sock_destroy *s)
{
	return s->err == -EOPNOTSUPP && s->socket->id;
}

static int run_program(void *context, uint32_t inode)
{
	struct destroy *destroy = context;
	bool any = false;
	int err;

	for (size_t i = 0; i < destroy->n && !any; i++)
		any = is_refused(&destroy->sockets[i]) &&
		      destroy->sockets[i].socket->netns == inode;
	err = any ? sock_destroyer_run(destroy->program) : 0;
	for (size_t i = 0; i < destroy->n && any && !err; i++) {
		struct sock_destroy *s = &destroy->sockets[i];

		if (is_refused(s) && s->socket->netns == inode)
			s->err = sock_destroyer_result(destroy->program, s->socket->id);
	}
	return err;
}

/* The state of the kernel's own structure; 0: any. */
static uint8_t kernel_state(const struct sock_destroy *socket)
{
	if (is_of_connection(socket))
		return 0;
	if (!(socket->socket->flags & TS_S_MINISOCK))
		return socket->socket->state;
	return socket->socket->state == TS_SYN_RECV ? TS_NEW_SYN_RECV : TS_TIME_WAIT;
}

static int destroy_by_program(struct destroy *destroy, struct error *error)
{
	int err = sock_destroyer_new(destroy->n, &destroy->program);

	if (err == -EOPNOTSUPP)
		return error_set(error, -err,
				 "cannot reset sockets: this kernel needs CONFIG_INET_DIAG_DESTROY "
				 "and the module tcp_diag, or bpf_sock_destroy() (Linux 6.5): "
				 "close them with a FIN");
	if (err)
		return error_set(error, -err,
				 "cannot reset sockets: SOCK_DESTROY is missing (module tcp_diag), "
				 "and bpf_sock_destroy() is refused: %s",
				 strerror(-err));
	for (size_t i = 0; i < destroy->n && !err; i++)
		if (is_refused(&destroy->sockets[i]))
			err = sock_destroyer_add(destroy->program, destroy->sockets[i].socket->id,
						 kernel_state(&destroy->sockets[i]));
	if (!err)
		err = each_netns(destroy, run_program, error);
	sock_destroyer_free(destroy->program);
	if (err)
		(void)error_set(error, -err, "cannot reset all sockets: %s", strerror(-err));
	return err;
}

int sockets_destroy(const struct netns *netns, struct sock_destroy *sockets, size_t n,
		    struct error *error)
{
	struct destroy destroy = { .netns = netns, .sockets = sockets, .n = n };
	int err = each_netns(&destroy, open_diag, error);

	if (err)
		(void)error_set(error, -err, "cannot open a netlink socket: %s", strerror(-err));
	for (size_t i = 0; i < n && !err; i++)
		sockets[i].err = destroy_by_netlink(&destroy, &sockets[i]);
	close_diags(&destroy);
	return err || !destroy.unsupported ? err : destroy_by_program(&destroy, error);
}
