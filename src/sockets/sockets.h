/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * All sockets of this machine at one moment, with the processes that have them, from the BPF iterators.
 * /proc is read only for a handle of each network namespace. Where BPF is not to be had, the same rows
 * come from inet_diag and /proc, as far as these go.
 */
#ifndef SOCKETS_SOCKETS_H
#define SOCKETS_SOCKETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tcpstate/filter.h>
#include <tcpstate/socket.h>

#include "lib/error.h"
#include "system/netns.h"

struct socket_entry {
	const struct ts_socket *socket;
	const struct ts_holder *holder; /* the first: one that the filter matches, if there
					      * is a filter by owner; NULL: no process has it */
	uint32_t holders; /* descriptors, of which socket_next_holder() may lack some: file_rows.h */
	const struct socket_entry *listener; /* of a socket not accepted yet; NULL: unknown */
	bool unwanted; /* left out by the filter: it is only here as a listener */
};

struct sockets {
	struct socket_entry *entries;
	size_t n;
	const struct ts_filter *filter; /* of the scan; NULL: none */
	uint64_t tick_ns;		/* length of the kernel's tick */
	uint64_t mono_ns;		/* time of the scan */
	bool recorded;			/* a tracer runs that keeps records of the sockets */
	bool rings_unknown;		/* io_urings were not searched, or not all of them */
	size_t netns;			/* network namespaces that were scanned */
	size_t netns_unknown;		/* processes whose network namespace may not be read */
	bool netns_unsure;		/* others may exist: without BPF the kernel does not say */
	uint32_t *netns_failed;		/* inode numbers of namespaces that could not be entered */
	size_t n_netns_failed;
	uint32_t *netns_hidden; /* the same of namespaces to which nothing leads that may be read */
	size_t n_netns_hidden;
	bool plain; /* read without BPF */
	const char *
		plain_why; /* the source's: why there is no BPF; empty: the user lacks privileges */
	bool closed_missing; /* sockets without a connection were asked for, and are not there */
	bool own_holders;    /* only holders of the caller's own user are visible */
};

struct tracer;

struct socket_source_config {
	const struct tracer *tracer;	/* has the records; NULL: one with pinned maps, if any */
	const struct ts_filter *filter; /* applied in full; kept by reference */
	bool tcp;
	bool udp;
	bool holders;
	bool times;    /* without BPF: what ages are made from */
	bool details;  /* timers, round trips, windows, counters, cgroups; else they are 0 */
	bool subflows; /* MPTCP subflows as TCP sockets, not as parts of a connection */
	bool leaders;  /* only files of thread group leaders, as /proc/PID/fd has them */
	bool rings;    /* search io_urings for sockets that no process has a descriptor of */
	bool closed;   /* sockets without a connection, in state TS_CLOSED */
	bool here;     /* only the caller's network namespace */
	bool debug;    /* libbpf's messages go to standard error */
	const struct netns *netns; /* only this one; NULL: all */
};

struct socket_source;

/*
 * Loads the iterators, or does without them: for an ordinary user, and on a kernel that refuses them.
 * Root without the capabilities gets an error, which names them. Returns 0, or -EPERM, -EOPNOTSUPP, ...
 * with error set.
 */
int socket_source_new(const struct socket_source_config *config, struct socket_source **source,
		      struct error *error);
/* Whether it does without them. */
bool socket_source_is_plain(const struct socket_source *source);
void socket_source_free(struct socket_source *source);
/* The map of call stacks of a tracer that records them (origin/origin.h); -1: there is none. */
int socket_source_origins_fd(const struct socket_source *source);
/* Scans once. `sockets` is freed by sockets_free(). Returns 0 or -errno with error set. */
int socket_source_scan(struct socket_source *source, struct sockets **sockets, struct error *error);
/*
 * Runs visit() in each network namespace that a scan now would find, and can enter. Returns 0, or the first
 * error of visit() or -errno.
 */
int socket_source_each_netns(struct socket_source *source, netns_visit_fn *visit, void *context,
			     struct error *error);
/* Warns about network namespaces that the scan did not cover. */
void sockets_warn_coverage(const struct sockets *sockets, int verbosity);
void sockets_free(struct sockets *sockets);

/*
 * Identifies a socket across scans: its cookie, or its inode if it has no cookie yet (before 5.12, until
 * one is asked for); 0: neither.
 */
uint64_t socket_key(const struct ts_socket *socket);
/* A socket of the kernel itself; MPTCP subflows look like one and belong to a user. */
bool socket_is_kernels(const struct ts_socket *socket);
/* Payload that the process has not read: recv_q without the FIN. */
uint32_t socket_unread(const struct ts_socket *socket);
/* Payload that the peer has not acknowledged: send_q without the SYN or the FIN. */
uint32_t socket_unacked(const struct ts_socket *socket);
/* Payload that was never sent: without a FIN after it. */
uint32_t socket_unsent(const struct ts_socket *socket);

/*
 * The time that a socket has been in its state. Exact: a tracer saw the socket enter its state, or the kernel notes that time. Else a lower bound from the
 * kernel's timestamps. Returns false if neither is known.
 */
bool socket_age(const struct sockets *sockets, const struct ts_socket *socket, uint64_t *ns,
		bool *exact);
/*
 * Ticks that have passed for certain. Three fewer than read: a tick may just have begun, and a busy CPU
 * counts some late.
 */
enum { SOCKET_TICKS_LATE = 3 };
uint64_t socket_ticks_ns(const struct sockets *sockets, int32_t ticks);

/* Ticks since data was last sent (retransmissions too) or received; negative: no connection. */
int32_t socket_idle_ticks(const struct ts_socket *socket);
/*
 * The time until keepalive ends the connection if the peer does not answer, with `details`. Returns false
 * if keepalive is off, or sends no probes: then other timers do, because data is unacknowledged.
 */
bool socket_keepalive_end(const struct sockets *sockets, const struct ts_socket *socket,
			  uint64_t *ns);

/* By its PID, user and command name. */
bool socket_holder_matches(const struct ts_filter *filter, const struct ts_holder *holder);
/* NULL after the last. */
const struct ts_holder *socket_next_holder(const struct sockets *sockets,
					   const struct ts_holder *holder);

#endif
