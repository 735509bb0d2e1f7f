/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The one client of inet_diag, the kernel's netlink interface to sockets (sock_diag(7)). */
#ifndef SYSTEM_INET_DIAG_H
#define SYSTEM_INET_DIAG_H

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
 * Whether the kernel has a handler for the family and protocol: dumps the sockets in no state.
 * Returns 0, -ENOENT (the module inet_diag or tcp_diag is missing) or -errno.
 */
int inet_diag_probe(struct inet_diag *diag, uint8_t family, uint8_t protocol);

#endif
