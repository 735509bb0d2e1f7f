/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Loads the BPF iterators of bpf/socket_iter.bpf.c, which write all sockets and their holders. */
#ifndef TRACER_SOCKET_ITER_H
#define TRACER_SOCKET_ITER_H

#include <stdbool.h>
#include <stdint.h>

#include <tcpstate/filter.h>
#include <tcpstate/socket.h>

#include "lib/error.h"

struct tracer;
struct socket_iter;

enum socket_iter_kind {
	SOCKET_ITER_TCP,
	SOCKET_ITER_UDP,
	SOCKET_ITER_FILES,
	SOCKET_ITER_NETNS,
	SOCKET_ITERS
};

struct socket_iter_config {
	const struct ts_filter *filter; /* applies its addresses, ports, states and cgroup */
	const struct tracer *tracer;	/* uses its records; NULL: the pinned ones, if they exist */
	uint32_t files_netns;		/* only files of sockets in that namespace; 0: all */
	bool kinds[SOCKET_ITERS];
	bool details;	 /* timers, round trips, windows, counters, cgroups: else they are 0 */
	bool subflows;	 /* MPTCP's subflows as TCP sockets, not as connections */
	bool leaders;	 /* skips threads with a file table of their own: /proc/PID/fd lacks them */
	uint32_t closed; /* enum ts_closed: the files' rows come with those of their sockets */
	bool debug;	 /* libbpf's messages go to standard error */
};

/* Returns 0, or with error set -EPERM, -EOPNOTSUPP, ... */
int socket_iter_new(const struct socket_iter_config *config, struct socket_iter **iter,
		    struct error *error);
void socket_iter_free(struct socket_iter *iter);
/*
 * Begins one scan: of TCP or UDP sockets in the network namespace of the caller, or of all files. For
 * SOCKET_ITER_NETNS see netns_cover.h. Returns a descriptor, for the caller to read and close, or -errno.
 */
int socket_iter_open(const struct socket_iter *iter, enum socket_iter_kind kind);
/* Whether a process had an io_uring open in the last scan of files. */
bool socket_iter_saw_ring(const struct socket_iter *iter);
/*
 * Searches the tables of all io_urings for sockets with these inode numbers, and hands each holder to
 * take(), with the descriptor of its ring. debug: libbpf's messages go to standard error. Returns 0,
 * 1 if the search was cut short, or -errno.
 */
int socket_iter_ring_files(const uint64_t *inodes, size_t n,
			   int (*take)(void *context, const struct ts_holder *holder),
			   void *context, bool debug);
/* True if the records were complete in all scans until now: their tracer still runs. */
bool socket_iter_is_recorded(const struct socket_iter *iter);
/* Returns the tracer's map of origins, see origin/origin.h, or -1. */
int socket_iter_origins_fd(const struct socket_iter *iter);

#endif
