/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The life of the BPF side: open, configure, load, attach, snapshot, destroy. Knows the
 * skeleton; nothing else of user space does but hook.c and its probes.
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
 * Filters that request and timewait sockets have no answer to where only the iterator tells of
 * them: they are not counted then.
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

/* What the counters say at one moment. */
struct counters {
	uint64_t transitions[TS_STATES][TS_STATES]; /* [old][new] */
	int64_t sockets[TS_STATES]; /* exact; small sockets' see tracer_follows_minisocks() */
	uint64_t lost;		    /* events the ring had no room for */
	uint64_t unseen;	    /* transitions that all copies of the program missed */
	uint64_t without_record;    /* transitions of sockets without storage */
};

/*
 * Loads and attaches the programs, and scans the sockets that exist. The config is not kept.
 * Returns 0, or with error set -EPERM, -ENOENT, -EOPNOTSUPP, ...
 */
int tracer_new(const struct tracer_config *config, struct tracer **tracer, struct error *error);
/* Detaches; the kernel keeps nothing. */
void tracer_free(struct tracer *tracer);

/* No transition is seen or counted any more; the ring and the counters can still be read. */
void tracer_detach(struct tracer *tracer);

void tracer_ready(const struct tracer *tracer, struct ts_ready *ready);
/* PIDs are then those of that namespace: see ts_flag's TS_F_PID_HIDDEN. */
bool tracer_in_pid_namespace(void);
/* Processes whose network namespace we may not know: they may be in one not looked into. */
unsigned tracer_netns_unknown(const struct tracer *tracer);
enum hook_tier tracer_tier(const struct tracer *tracer);
/* Names of the BPF programs that this kernel gets. */
void tracer_each_program(const struct tracer *tracer, void (*tell)(void *context, const char *name),
			 void *context);

/* Request and timewait sockets have hooks of their own: tracer_count() has them too, exact. */
bool tracer_follows_minisocks(const struct tracer *tracer);
/*
 * Adds request and timewait sockets where they make no transitions: a look at every TCP socket of
 * every namespace, about a microsecond each. Sets counters->sockets[] whole.
 */
int tracer_count_minisocks(struct tracer *tracer, struct counters *counters);
void tracer_count(const struct tracer *tracer, struct counters *counters);

/*
 * One more copy of the program on the tracepoint, for kernels that preempt tasks in there: fewer
 * transitions are missed from then on. Once there, it does nothing. As tracer_new() it takes tens of
 * milliseconds. 0 or -errno.
 */
int tracer_add_copy(struct tracer *tracer);

/*
 * Looks through all open files again where an owner has ended and others have its socket:
 * 0.2 s for 180,000 sockets, so at most a twentieth of the time goes there.
 */
int tracer_rescan(struct tracer *tracer);

/*
 * Where request sockets are not told of: calls tell() with SYN_RECV->CLOSED, inferred, of each
 * half-open connection that has gone since the last look. A look at all TCP sockets at most once
 * a second and for a twentieth of the time, and only while there are any. -errno of it or tell().
 */
int tracer_each_half_open_end(struct tracer *tracer,
			      int (*tell)(void *context, const struct ts_transition *),
			      void *context);

/* The maps of its records, of full sockets and of request and timewait sockets: keep.c. */
int tracer_records_fd(const struct tracer *tracer);
int tracer_minisocks_fd(const struct tracer *tracer);

/*
 * With config->origins, the maps of origins: the ring of stacks, those that are known, and what is
 * known of each id. The last is -1 without.
 */
int tracer_stacks_fd(const struct tracer *tracer);
int tracer_known_stacks_fd(const struct tracer *tracer);
int tracer_origins_fd(const struct tracer *tracer);

struct origin_counts {
	uint64_t copied; /* stacks that user space had to unwind */
	uint64_t known;	 /* those that the kernel side knew */
	uint64_t lost;	 /* too many at a time: of those sockets the origin is not known */
};
void tracer_count_origins(const struct tracer *tracer, struct origin_counts *counts);

/* The ring, for its source. */
int tracer_ring_fd(const struct tracer *tracer);
/* Takes what CPU `cpu` lost and has not told in the stream; false: nothing. */
bool tracer_read_loss(struct tracer *tracer, unsigned cpu, uint64_t *count, uint64_t *since_ns);
unsigned tracer_cpus(const struct tracer *tracer);
/* The next event wakes whoever waits on the ring. */
void tracer_ask_wake(struct tracer *tracer);

/*
 * Handshakes in trouble that were held back, and whose time has come; with `all`, after
 * tracer_detach(), all of them. -errno of tell() ends it.
 */
int tracer_each_drop(struct tracer *tracer, bool all,
		     int (*tell)(void *context, const struct ts_drop *drop), void *context);

/* The same for a caller that only counts: without it a connect that hangs is in no count. */
void tracer_resolve_ports(struct tracer *tracer);
/*
 * Sockets whose event had no local port: calls tell() with the port of each that has one by
 * now, or 0 where the socket is gone. -errno of tell() ends it.
 */
int tracer_each_port(struct tracer *tracer, int (*tell)(void *context, uint64_t id, uint16_t port),
		     void *context);

#endif
