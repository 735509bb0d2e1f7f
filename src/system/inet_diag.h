/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The one client of inet_diag, the kernel's netlink interface to sockets (sock_diag(7)). */
#ifndef SYSTEM_INET_DIAG_H
#define SYSTEM_INET_DIAG_H

#include <stddef.h>
#include <stdint.h>

#include <linux/inet_diag.h>
#include <linux/sock_diag.h>

/* As in the kernel since 4.5; older headers lack it. */
#ifndef SOCK_DESTROY
#define SOCK_DESTROY 21
#endif

struct inet_diag {
	int fd; /* negative: closed */
	uint32_t sequence;
};

/* One attribute of a message; data NULL: the message does not have it. */
struct inet_diag_attr {
	const void *data;
	size_t size;
};

/* One socket of a dump: valid until the next one. */
struct inet_diag_socket {
	struct inet_diag_msg msg;
	struct inet_diag_attr attrs[INET_DIAG_MAX + 1]; /* by INET_DIAG_INFO, ... */
};

/* Returns 0 to go on, or -errno. */
typedef int inet_diag_fn(void *context, const struct inet_diag_socket *socket);

/* Opens a netlink socket of the caller's network namespace. Returns 0 or -errno. */
int inet_diag_open(struct inet_diag *diag);
void inet_diag_close(struct inet_diag *diag);
/*
 * Sends one request and waits for its answer: of a dump (NLM_F_DUMP), for its end. type:
 * SOCK_DIAG_BY_FAMILY or SOCK_DESTROY, with NLM_F_ACK. `found` takes the socket that a request for
 * one finds; NULL: none is expected. Returns 0, the kernel's -errno, or -EPROTO.
 */
int inet_diag_request(struct inet_diag *diag, uint16_t type, uint16_t flags,
		      const struct inet_diag_req_v2 *request, struct inet_diag_msg *found);
/*
 * Calls take() for each socket that a dump finds. Returns 0, the kernel's -errno, -EPROTO, or the
 * first error of take().
 */
int inet_diag_dump(struct inet_diag *diag, const struct inet_diag_req_v2 *request,
		   inet_diag_fn *take, void *context);
/*
 * Whether the kernel has a handler for the family and protocol: dumps the sockets in no state.
 * Returns 0, -ENOENT (the module inet_diag or tcp_diag is missing) or -errno.
 */
int inet_diag_probe(struct inet_diag *diag, uint8_t family, uint8_t protocol);

#endif
