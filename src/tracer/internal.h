/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The generated skeleton and the inside of a tracer, only for src/tracer/. */
#ifndef TRACER_INTERNAL_H
#define TRACER_INTERNAL_H

#include <stdint.h>
#include <stdlib.h>

#include <bpf/libbpf.h>

#include <tcpstate/counters.h>
#include <tcpstate/drop.h>
#include <tcpstate/filter.h>

#include "tracer/netns_cover.h"
#include "tracer/tracer.h"

/* the types of the skeleton's variables */
typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wsign-conversion"
#ifdef SKELETON_COMPAT
#include "compat.skel.h"
#else
#include "tcpstate.skel.h"
#endif
#pragma GCC diagnostic pop
/* kernel type names stay out of the rest of the program */
#pragma GCC poison u8 u16 u32 u64

enum { TRACER_KPROBES = 32 };

struct tracer {
	struct tracer_facts facts;
	struct tcpstate_bpf *bpf;
	int core_btf;		   /* between opening and loading; -1 */
	struct tcpstate_bpf *copy; /* object of tracer_add_copy(); NULL: none */
	struct bpf_link *kprobes[TRACER_KPROBES];
	struct ts_slot *slots;		/* mapped, one per CPU */
	struct ts_pending_drops *drops; /* mapped */
	int socket;			/* for cfg_socket_fd; -1: not needed */
	struct netns_cover cover;
	uint64_t rescanned_ns;
	uint64_t rescan_after_ns;
	uint64_t rescans;
	uint64_t rescan_left_after_ns;
	uint64_t half_open_after_ns;
	uint64_t ports_prune_ns;
	bool compat;	 /* uses the object without socket storage */
	bool incomplete; /* a program is disabled: no other one may replace it */
	bool origins;	 /* config->origins */
	bool filtered;
	bool minisocks_unknown; /* the filter has criteria that minisockets lack */
};

/* For counters that the kernel side is changing. */
static inline uint64_t load_relaxed(const __u64 *value)
{
	return __atomic_load_n(value, __ATOMIC_RELAXED);
}

/*
 * Sets error to the first probe that also fails, after a load failed with `err`. `what` completes
 * "cannot". Returns the -errno of the cause.
 */
int load_error_explain(const char *what, int err, struct error *error);

/* The ELF object for kernels without socket storage. */
const void *tracer_compat_object(size_t *size);

/*
 * Opens one of the two objects. Returns 0 or -errno; the caller destroys *out in both cases.
 * *core_btf goes to tracer_load_object() or to btf_subset_close().
 */
int tracer_open_object(bool compat, struct tcpstate_bpf **out, int *core_btf);
int tracer_load_object(struct tcpstate_bpf *bpf, int *core_btf);

/* Sends libbpf's messages to standard error or nowhere. Returns the former printer. */
libbpf_print_fn_t tracer_set_debug(bool debug);
/* Returns the inode of this process's PID namespace, or 0 for the initial one. */
uint32_t tracer_pid_ns(void);
/* Up to 5.10 the kernel charges maps to RLIMIT_MEMLOCK. */
void tracer_raise_memlock(void);

struct probes;
/* Configures the object without socket storage, before the load. */
void tracer_configure_compat(struct tracer *tracer, const struct probes *probes);
/* Returns 0, or -EOPNOTSUPP with error set: the kernel cannot read user stacks. */
int tracer_configure_origins(struct tracer *tracer, const struct probes *probes,
			     struct error *error);
/* Attaches the loaded kprobes. Skips functions that the kernel lacks or inlines. */
int tracer_attach_kprobes(struct tracer *tracer);

/* See netns_cover.h; by the list_netns of that object, if it is attached. */
int netns_cover_find(struct netns_cover *cover, struct tcpstate_bpf *bpf, struct netns_list *list);
/*
 * Lists the network namespaces to scan, as far as they can be found: tracer->cover has the rest. Returns 0,
 * -ENOMEM or -EPROTO.
 */
int tracer_list_netns(struct tracer *tracer, struct netns_list *list);

/* Makes the kernel assign a cookie to every socket. Returns 0 or the first -errno. */
int tracer_number_sockets(struct tracer *tracer);

/*
 * Calls each() with the entries of a hash map whose keys have 8 bytes, until it returns an error.
 * It may remove entries. Entries that come meanwhile may be left out. Returns 0 or -errno.
 */
int map_each(const struct bpf_map *map, int (*each)(void *context, uint64_t key, const void *value),
	     void *context);

/* Runs an iterator that writes nothing, to its end. Returns 0 or -errno. */
int iterator_run(const struct bpf_link *link);

/*
 * The first scan: sockets with their owners by the open files, then all others. After it,
 * counts-only tracers count without records.
 */
int tracer_snapshot(struct tracer *tracer);
/* Scans the TCP sockets of every namespace. Returns how many it could not scan, or -errno. */
int tracer_scan(struct tracer *tracer);

/* Loads but does not attach that program. Returns -ENOENT with error set if it is not loaded. */
int tracer_disable_program(struct tcpstate_bpf *bpf, const char *name, struct error *error);

#endif
