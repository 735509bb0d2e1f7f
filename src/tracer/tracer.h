/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The BPF programs of a live trace: open, configure, load, attach, snapshot, detach. Only
 * src/tracer/ knows the skeletons.
 */
#ifndef TRACER_TRACER_H
#define TRACER_TRACER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tcpstate/event.h>
#include <tcpstate/filter.h>

#include "lib/error.h"
#include "tracer/tier.h"

struct tracer;

/*
 * Criteria that the iterator cannot check for request and timewait sockets. Without hooks on these,
 * they are not counted under such a filter.
 */
enum { TRACER_MINISOCKS_UNKNOWN = TS_BY_PID | TS_BY_COMM | TS_BY_UID | TS_BY_CGROUP };

struct tracer_config {
	struct ts_filter filter;
	enum hook_tier tier;
	size_t buffer_bytes;	     /* size of the ring, a power of two; 0: 8 MiB */
	const char *disable_program; /* is loaded but not attached; NULL: none */
	bool events;		     /* transitions through the ring, not only counters */
	bool drops;		     /* with events: handshake drops too */
	bool late_ports;	     /* tracer_each_port() will be called */
	bool records;		     /* other programs read the records of the sockets */
	bool origins;		     /* call stacks of connect() and accept() */
	bool debug;		     /* libbpf's messages go to standard error */
};

struct tracer_facts {
	struct ts_ready ready;
	enum hook_tier tier;
	unsigned cpus;
	unsigned netns_hidden; /* of ready.netns_missed: nothing that may be read leads there */
	uint32_t netns_hidden_first; /* inode number of one of them */
	unsigned netns_unknown; /* processes whose namespace is unknown: it may not be scanned */
	bool in_pid_namespace;	/* PIDs are of that namespace: see TS_F_PID_HIDDEN */
};

/* The counters at one moment. */
struct counters {
	uint64_t transitions[TS_STATES][TS_STATES]; /* [old][new] */
	int64_t sockets[TS_STATES]; /* exact; minisockets: see tracer_follows_minisocks() */
	bool underived;		    /* sockets[] lacks the transitions: counts_derive_sockets() */
	uint64_t lost;		    /* events that did not fit into the ring */
	uint64_t missed;	    /* transitions that every copy of the program missed */
	uint64_t without_record;    /* transitions of sockets without storage */
	uint64_t half_opens_lost;   /* connections: see TS_LOST_HALF_OPEN */
	uint64_t ports_lost;	    /* sockets without a port until their next transition */
	uint64_t listeners_lost; /* closed listeners: their connections may name an earlier owner */
};

/*
 * Loads and attaches the programs, and scans the existing sockets. The config is not used later.
 * Returns 0, or with error set -EPERM, -ENOENT, -EOPNOTSUPP, ...
 */
int tracer_new(const struct tracer_config *config, struct tracer **tracer, struct error *error);
/* Detaches and frees all programs and maps. */
void tracer_free(struct tracer *tracer);

/* Ends the trace. The ring and the counters can still be read. */
void tracer_detach(struct tracer *tracer);

/* Valid until tracer_free(). */
const struct tracer_facts *tracer_facts(const struct tracer *tracer);
/* Calls report() with the name of each BPF program that is loaded. */
void tracer_each_program(const struct tracer *tracer,
			 void (*report)(void *context, const char *name), void *context);

/* True if hooks follow request and timewait sockets: then tracer_count() includes them, exact. */
bool tracer_follows_minisocks(const struct tracer *tracer);
/*
 * As tracer_count(), with request and timewait sockets. Without hooks on these it scans the TCP
 * sockets of every network namespace, about a microsecond each. Returns how many namespaces it
 * could not scan, or -errno.
 */
int tracer_count_minisocks(struct tracer *tracer, struct counters *counters);
void tracer_count(const struct tracer *tracer, struct counters *counters);
/*
 * How often the kernel skipped another program than those of the transitions, because a task that it
 * had preempted was in that program. What the program was to note is missing then.
 */
uint64_t tracer_hooks_skipped(const struct tracer *tracer);

/*
 * Adds one more copy of the program on the tracepoint, once: fewer transitions are missed on
 * kernels that preempt tasks in the program. Takes tens of milliseconds. Returns 0 or -errno.
 */
int tracer_add_copy(struct tracer *tracer);

/*
 * Scans all open files again for the owners of sockets whose owner has exited or has given them up.
 * A scan takes 0.2 s for 180,000 sockets. Scans take at most a twentieth of the time after an exit,
 * otherwise a hundredth.
 */
int tracer_rescan(struct tracer *tracer);
/* How many of these scans have ended; `wanted`: another one is due. */
uint64_t tracer_rescans(const struct tracer *tracer, bool *wanted);

/*
 * Without hooks on request sockets: calls report() with an inferred SYN_RECV->CLOSED for each
 * half-open connection that ended since the last scan. It scans all TCP sockets at most once per
 * second and a twentieth of the time, while half-open connections are known. `last`: the trace ends,
 * and a short scan does not wait. A caller that only counts passes NULL. Returns 0, or -errno of the scan or of report().
 */
int tracer_each_half_open_end(struct tracer *tracer, bool last,
			      int (*report)(void *context, const struct ts_frame *transition),
			      void *context);

/* Maps for other modules. The last three are of origins: see config->origins. */
enum tracer_map {
	TRACER_EVENTS, /* the ring */
	TRACER_RECORDS,
	TRACER_MINISOCKS,
	TRACER_STACKS, /* the ring of copied stacks */
	TRACER_KNOWN_STACKS,
	TRACER_ORIGINS, /* origins by id */
};
/* Returns the descriptor, or -1 for a map of origins without config->origins. */
int tracer_map_fd(const struct tracer *tracer, enum tracer_map map);

struct origin_counts {
	uint64_t copied; /* stacks that user space unwound */
	uint64_t known;	 /* stacks that the kernel side recognized */
	uint64_t lost;	 /* new stacks above the rate: origins of these sockets are unknown */
};
void tracer_count_origins(const struct tracer *tracer, struct origin_counts *counts);
/* For each user whose new stacks exceeded a share: the part of `lost` that is the user's. */
void tracer_each_origin_user(const struct tracer *tracer,
			     void (*take)(void *context, uint32_t uid, uint32_t pid, uint64_t lost),
			     void *context);

/* Takes the losses of CPU `cpu` that the stream does not report yet. Returns false if none. */
bool tracer_read_loss(struct tracer *tracer, unsigned cpu, uint64_t *count, uint64_t *since_ns);
/* The next event wakes the reader of the ring. */
void tracer_ask_wake(struct tracer *tracer);

/*
 * Calls report() with handshake drops that are due for a report; with `all`, after tracer_detach(),
 * with all pending ones. Returns 0, or -errno of report(), which ends it.
 */
int tracer_each_drop(struct tracer *tracer, bool all,
		     int (*report)(void *context, const struct ts_frame *drop), void *context);

/*
 * Calls report() for each socket whose event had no local port, once the kernel has chosen it. The
 * port is 0 if the socket no longer exists. Callers that only count pass NULL: else a
 * hanging connect() is in no count. Returns 1 if sockets still have no port, 0, or -errno, also of
 * report(), which ends it.
 */
int tracer_each_port(struct tracer *tracer,
		     int (*report)(void *context, uint64_t id, uint16_t port), void *context);
/*
 * The local port of a socket whose event had none; it is not reported again. Returns 0 if it is not
 * chosen yet, or -ENOENT if the tracer does not wait for it.
 */
int tracer_find_port(struct tracer *tracer, uint64_t id);
#endif
