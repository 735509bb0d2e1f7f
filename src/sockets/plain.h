/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Rows of sockets and holders without BPF, for any user: from inet_diag or /proc/net, and /proc/PID/fd.
 * Only what the kernel shows to that user. Not for several threads.
 */
#ifndef SOCKETS_PLAIN_H
#define SOCKETS_PLAIN_H

#include <stdbool.h>
#include <stdint.h>

#include <tcpstate/filter.h>
#include <tcpstate/socket.h>

struct inet_diag_socket;
struct plain_reader;
struct proc_net_tcp;
struct rows;

struct plain_config {
	const struct ts_filter *filter; /* applies its addresses, ports, states and cgroup */
	uint64_t tick_ns;		/* length of the kernel's tick */
	bool times;			/* tcp_info: ages, round trips, windows, counters */
	bool details;			/* the congestion control algorithm too */
	bool closed; /* TCP sockets that are only bound (Linux 6.8), as TS_CLOSED */
};

/* Returns 0 or -ENOMEM. */
int plain_reader_new(const struct plain_config *config, struct plain_reader **reader);
void plain_reader_free(struct plain_reader *reader);
/*
 * Appends the sockets of the thread's network namespace. proto: IPPROTO_TCP or IPPROTO_UDP. Returns 0 or
 * -errno.
 */
int plain_read_sockets(struct plain_reader *reader, uint8_t proto, struct rows *rows);
/* Appends the holders of all processes whose descriptors the user may see. Returns 0 or -errno. */
int plain_read_holders(const char *root, struct rows *rows);

struct plain_closed {
	uint32_t netns; /* of the thread */
	bool tcp;
	bool udp;
};

/*
 * Appends to the holders a row for each wanted socket of theirs that is closed: none of `rows`. *hidden: the
 * number of descriptors that could not be asked. Returns 0 or -ENOMEM.
 */
int plain_find_closed(struct plain_reader *reader, const struct plain_closed *config,
		      const struct rows *rows, struct rows *files, size_t *hidden);
/* Whether the filter selects the socket. */
bool plain_is_wanted(struct plain_reader *reader, const struct ts_socket *s);

/* What a row needs besides the kernel's answer. */
struct plain_row_facts {
	uint64_t tick_ns;
	uint32_t netns;
	uint32_t fin_timeout; /* ticks */
	uint8_t proto;
};

/* Return false: the state is unknown. */
bool plain_row_of_diag(const struct inet_diag_socket *diag, const struct plain_row_facts *facts,
		       struct ts_socket *row);
bool plain_row_of_proc(const struct proc_net_tcp *found, const struct plain_row_facts *facts,
		       struct ts_socket *row);

#endif
