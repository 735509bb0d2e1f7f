/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The call stack of the connect() or accept() of a socket, with names. Reads the map of a stack
 * collector, in this process or pinned by another one (tracer/pin.h).
 */
#ifndef ORIGIN_ORIGIN_H
#define ORIGIN_ORIGIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tcpstate/stack.h>

#include "lib/error.h"

/* Strings are untrusted bytes: escape them. NULL: unknown. */
struct origin_frame {
	const char *function;
	const char *file;   /* as the compiler knew it */
	const char *module; /* path of the executable or library; NULL: code of a JIT */
	uint64_t address;   /* in the process */
	uint64_t offset;    /* in the module */
	unsigned line;	    /* 0: unknown */
	bool inlined;	    /* into the next */
};

struct origin {
	uint32_t id;  /* the same for all sockets with this stack */
	uint32_t pid; /* the process that had the stack */
	enum ts_origin_kind kind;
	bool more; /* the stack has more frames */
	size_t n;
	const struct origin_frame *frames; /* innermost first */
};

/* Why the origin of a socket is unknown, although its stack was copied. */
enum origin_refusal {
	ORIGIN_REFUSED_RATE,  /* too many new stacks at a time */
	ORIGIN_REFUSED_SHARE, /* the process or the user has its share of the stored stacks */
	ORIGIN_REFUSED_LATE,  /* their files take too long to read */
	ORIGIN_REFUSALS,
};

struct helper;
struct loop;
struct origins;
struct stack_collector;
struct tracer;

/* Returns 0, or -EOPNOTSUPP with error set (built without libdw). */
int origins_supported(struct error *error);
/*
 * Starts the processes that read the files of others, before BPF programs are loaded. Returns 0 or
 * -errno with error set (-EOPNOTSUPP: built without libdw).
 */
int helper_new(struct helper **helper, struct error *error);
/* Ends them. Returns the number of those that hang in the kernel and are left. */
unsigned helper_free(struct helper *helper);

/* The collector of the same process, which goes on while a description is waited for. */
struct origins_idle {
	int (*run)(void *collector);
	bool (*has)(const void *collector, uint32_t id); /* the stack is not unwound yet */
	void *collector;
};

/*
 * map_fd: the map of origins, owned by the caller, as is the helper. stop_fd: readable after a stop
 * signal, which ends every wait. Returns 0, -EOPNOTSUPP (built without libdw) or -ENOMEM with error set.
 */
int origins_new(int map_fd, struct helper *helper, int stop_fd, struct origins **origins,
		struct error *error);
void origins_free(struct origins *origins);
/* Waits no longer than `ms` from now on, in all calls of origin_describe(). idle: NULL, or called. */
void origins_wait_for(struct origins *origins, unsigned ms, const struct origins_idle *idle);
/* Whether this user's files have taken much time lately: others come first. */
bool origins_is_slow(struct origins *origins, uint32_t uid);
/* The number of stacks that were not described, because their files take too long to read. */
uint64_t origins_refused(const struct origins *origins);

/*
 * Returns the origin, valid as long as `origins`. NULL: `id` is 0, expired, not unwound yet (about 20
 * ms after the call), or there was no time to describe it. `holder` is a process that holds the socket,
 * or 0: its code is used if the process of the stack has exited, because it may be a fork of that
 * process. uid: whose the socket is.
 */
const struct origin *origin_describe(struct origins *origins, uint32_t id, uint32_t holder,
				     uint32_t uid);

struct socket_view;
struct socket_entry;
/* origin_describe() for a socket of a scan; NULL also where the tracer records no origins. */
const struct origin *socket_origin(const struct socket_view *view,
				   const struct socket_entry *entry);

/* The innermost frame outside of the language's own library. Never NULL. */
const struct origin_frame *origin_site(const struct origin *origin);

enum { ORIGIN_TEXT = 256 };

/*
 * "accepted at worker.c:212 handle_conn", "connected at handle_conn (worker)", "first used at
 * worker+0x1234". Not escaped. Returns the number of bytes.
 */
size_t origin_text(const struct origin *origin, char text[ORIGIN_TEXT]);
/* "accept", "connect" or "use". */
const char *origin_kind_name(enum ts_origin_kind kind);

/*
 * Has the stacks unwound that the BPF programs copy, stores each distinct stack once in the map
 * TRACER_ORIGINS, and lists the known ones for the BPF programs. Runs in the loop of the process that
 * traces, and waits for nothing. The tracer was created with origins, and must outlive the collector,
 * as the helper. Returns 0 or -errno with error set (-EOPNOTSUPP: built without libdw);
 * stack_collector_free() is due in either case.
 */
int stack_collector_new(const struct tracer *tracer, struct helper *helper, struct loop *loop,
			struct stack_collector **collector, struct error *error);
void stack_collector_free(struct stack_collector *collector);
/* What the loop would do now, for a caller that waits. A loop_fn; context: the collector. */
int stack_collector_run(void *context);
/* Whether the stack waits to be unwound. context: the collector. */
bool stack_collector_has(const void *context, uint32_t id);

/* What became of the stacks of one user, or of all that the kernel side copied. */
struct origin_losses {
	uint32_t uid;
	uint32_t pid; /* one of the processes */
	uint64_t refused[ORIGIN_REFUSALS];
};

enum { ORIGIN_USERS = 5 };

/* What became of the stacks of a trace. */
struct origin_summary {
	uint64_t unwound;
	uint64_t known; /* recognized by the kernel side */
	uint64_t refused[ORIGIN_REFUSALS];
	bool described;	      /* by this process, which wanted their names */
	uint64_t undescribed; /* their files took too long to read */
	size_t n;
	struct origin_losses users[ORIGIN_USERS]; /* who have most of the losses */
};

/* At the end of a trace, once. */
void origin_summarize(const struct tracer *tracer, struct stack_collector *collector,
		      struct origin_summary *summary);
/* "rate", "share" or "late". */
const char *origin_refusal_name(enum origin_refusal why);

/* The number of stacks that were unwound. */
uint64_t stack_collector_unwound(const struct stack_collector *collector);
/* The sum for all users. */
uint64_t stack_collector_refused(const struct stack_collector *collector, enum origin_refusal why);
/* Adds what the kernel side refused of a user. context: the collector. */
void stack_collector_add_lost(void *context, uint32_t uid, uint32_t pid, uint64_t lost);
/* Fills `losses` with the users who have most of them. Returns their number. */
size_t stack_collector_losses(const struct stack_collector *collector, struct origin_losses *losses,
			      size_t room);

#endif
