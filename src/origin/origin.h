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

struct loop;
struct origins;
struct stack_collector;
struct tracer;

/* Returns 0, or -EOPNOTSUPP with error set (built without libdw). */
int origins_supported(struct error *error);
/*
 * map_fd: the map of origins, owned by the caller. Returns 0, -EOPNOTSUPP (built without libdw) or
 * -ENOMEM with error set.
 */
int origins_new(int map_fd, struct origins **origins, struct error *error);
void origins_free(struct origins *origins);

/*
 * Returns the origin, valid as long as `origins`. NULL: `id` is 0, expired, or not unwound yet (about 20
 * ms after the call). `holder` is a process that holds the socket, or 0: its code is used if the
 * process of the stack has exited, because it may be a fork of that process.
 */
const struct origin *origin_describe(struct origins *origins, uint32_t id, uint32_t holder);

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
 * Unwinds the stacks that the BPF programs copy, stores each distinct stack once in the map
 * TRACER_ORIGINS, and lists the known ones for the BPF programs. Runs in the loop of the process that
 * traces. The tracer was created with origins, and must outlive the collector. Returns 0 or -errno with
 * error set (-EOPNOTSUPP: built without libdw); stack_collector_free() is due in either case.
 */
int stack_collector_new(const struct tracer *tracer, struct loop *loop,
			struct stack_collector **collector, struct error *error);
void stack_collector_free(struct stack_collector *collector);

#endif
