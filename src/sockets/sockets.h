/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Every socket of this machine at one moment, with the processes that hold it, by the BPF
 * iterators: no walk through /proc but for one handle of each network namespace.
 */
#ifndef SOCKETS_SOCKETS_H
#define SOCKETS_SOCKETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tcpstate/filter.h>
#include <tcpstate/socket.h>

#include "lib/error.h"

struct netns;
struct netns_list;

struct socket_entry {
	const struct ts_socket *socket;
	const struct ts_holder *holder;	     /* the first; NULL: no process holds it */
	uint32_t holders;		     /* all of them: holder, then by socket_next_holder() */
	const struct socket_entry *listener; /* of what was not accepted yet; NULL: not known */
	bool unwanted;			     /* the filter's word: only there as a listener */
};

struct sockets {
	struct socket_entry *entries;
	size_t n;
	uint64_t tick_ns;    /* length of the kernel's tick */
	uint64_t mono_ns;    /* when they were looked at */
	bool recorded;	     /* a tracer that keeps records runs beside this */
	size_t netns;	     /* network namespaces that were looked into */
	size_t denied;	     /* processes whose network namespace we may not know */
	uint32_t *unentered; /* inode numbers of the namespaces that could not be entered */
	size_t n_unentered;
};

struct tracer;

struct sockets_wants {
	const struct tracer
		*tracer; /* whose records are to be used; NULL: a keeper's, if there is one */
	const struct ts_filter *filter; /* all of it is applied */
	bool tcp;
	bool udp;
	bool holders;
	bool details;  /* timers, round trips, windows, counters, cgroups: else they are 0 */
	bool subflows; /* MPTCP's as the TCP sockets they are, not as connections */
	bool leaders; /* no files of threads that have a table of their own: /proc/PID/fd has none */
	bool here;    /* only in the caller's network namespace */
	bool debug;   /* libbpf's words go to standard error */
	const struct netns *netns; /* only in that one; NULL: in all */
};

struct socket_source;

/*
 * Loads the iterators. -EPERM, -EOPNOTSUPP, ... with error set, for exit EXIT_UNABLE. The filter is
 * kept by reference.
 */
int socket_source_new(const struct sockets_wants *wants, struct socket_source **source,
		      struct error *error);
void socket_source_free(struct socket_source *source);
/* The map of origins of a tracer that keeps them, see origin.h; -1: there is none. */
int socket_source_origins_fd(const struct socket_source *source);
/* One look; `sockets` is to be freed with sockets_free(). -errno with error set. */
int socket_source_scan(struct socket_source *source, struct sockets **sockets, struct error *error);
void sockets_free(struct sockets *sockets);

/*
 * Identifies a socket across scans: its cookie, or its inode if it has no cookie yet (before 5.12, until
 * one is asked for); 0: neither.
 */
uint64_t socket_key(const struct ts_socket *socket);
/* The kernel's own: subflows of MPTCP look like it and belong to a user. */
bool socket_is_kernels(const struct ts_socket *socket);
/* Payload that the process has not read: recv_q without the FIN. */
uint32_t socket_unread(const struct ts_socket *socket);
/* Payload that the peer has not acknowledged: send_q without the SYN or the FIN. */
uint32_t socket_untaken(const struct ts_socket *socket);
/* Payload that was never sent: without a FIN that waits behind it. */
uint32_t socket_unsent(const struct ts_socket *socket);

/* NULL after the last. */
const struct ts_holder *socket_next_holder(const struct sockets *sockets,
					   const struct ts_holder *holder);

#endif
