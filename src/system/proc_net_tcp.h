/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The one reader of /proc/net/tcp and tcp6: request and timewait sockets too (get_tcp4_sock()). */
#ifndef SYSTEM_PROC_NET_TCP_H
#define SYSTEM_PROC_NET_TCP_H

#include <stdbool.h>
#include <stdint.h>

struct proc_net_tcp {
	uint16_t lport;
	uint16_t rport;
	uint8_t family; /* 4 or 6, by the file */
	uint8_t state;	/* enum ts_tcp_state; a request socket is TS_SYN_RECV */
	uint64_t inode; /* 0: no file */
};

/* false: the line is the header, malformed, or of a state that is unknown. */
bool proc_net_tcp_parse(const char *line, struct proc_net_tcp *socket);
typedef int proc_net_tcp_fn(void *context, const struct proc_net_tcp *socket);

/*
 * Calls take() for each TCP socket of the thread's network namespace. Returns 0, -errno, or the
 * first result of take() that is not 0. A missing tcp6 is not an error.
 */
int proc_net_tcp_read(proc_net_tcp_fn *take, void *context);

#endif
