/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The one reader of /proc/net/tcp, tcp6, udp and udp6. Those of TCP have request and timewait sockets too
 * (get_tcp4_sock()).
 */
#ifndef SYSTEM_PROC_NET_TCP_H
#define SYSTEM_PROC_NET_TCP_H

#include <stdbool.h>
#include <stdint.h>

struct proc_net_tcp {
	uint16_t lport;
	uint16_t rport;
	uint8_t family; /* 4 or 6, by the file */
	uint8_t state;	/* enum ts_tcp_state; a request socket is TS_SYN_RECV */
	uint8_t timer;	/* enum ts_timer */
	uint8_t retransmits;
	uint8_t probes;
	uint32_t uid;
	uint32_t recv_q; /* listener: length of its accept queue */
	uint32_t send_q;
	uint32_t expires_ms;
	uint64_t inode;	   /* 0: no file */
	uint8_t laddr[16]; /* network order; IPv4 in the first four bytes */
	uint8_t raddr[16];
};

/* false: the line is the header, malformed, or of a state that is unknown. */
bool proc_net_tcp_parse(const char *line, struct proc_net_tcp *socket);
typedef int proc_net_tcp_fn(void *context, const struct proc_net_tcp *socket);

/*
 * Calls take() for each TCP socket of the thread's network namespace. Returns 0, -errno, or the
 * first result of take() that is not 0. A missing tcp6 is not an error.
 */
int proc_net_tcp_read(proc_net_tcp_fn *take, void *context);
/* The same for UDP: the state is TS_ESTABLISHED with a peer and TS_CLOSED without one. */
int proc_net_udp_read(proc_net_tcp_fn *take, void *context);

#endif
