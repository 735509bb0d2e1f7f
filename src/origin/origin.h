/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Where in its process's code a socket was connected or accepted, in words. Reads what a tracer has
 * found out (stacks.h), which may be that of another process (keep.h).
 *
 * In the process that traces: config->origins, tracer_new(), then stack_collector_new() and its descriptor
 * into the loop; origins_new(tracer_origins_fd(tracer)) to describe what records have in `origin`.
 */
#ifndef ORIGIN_ORIGIN_H
#define ORIGIN_ORIGIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tcpstate/stack.h>

#include "lib/error.h"

/* Strings are bytes from outside, to be escaped; NULL: not known. */
struct origin_frame {
	const char *function;
	const char *file;   /* as the compiler was given it */
	const char *module; /* path of the executable or library; NULL: code that a JIT made */
	uint64_t address;   /* in the process */
	uint64_t offset;    /* in the module */
	unsigned line;	    /* 0: not known */
	bool inlined;	    /* into the next */
};

struct origin {
	uint32_t id;  /* the same for all sockets with this stack: what to group by */
	uint32_t pid; /* of the process it was seen in */
	enum ts_origin_kind kind;
	bool more; /* the stack went on */
	size_t n;
	const struct origin_frame *frames; /* innermost first */
};

struct origins;

/* 0, or -EOPNOTSUPP with error set: built without libdw. */
int origins_supported(struct error *error);
/*
 * Describes by the map of that descriptor, which stays the caller's. -EOPNOTSUPP: built without
 * libdw; -ENOMEM; with error set.
 */
int origins_new(int map_fd, struct origins **origins, struct error *error);
void origins_free(struct origins *origins);

/*
 * NULL: `id` is 0, or nothing is known of it (any more, or yet: a stack is unwound some 20 ms after
 * it was taken). Valid as long as `origins`. `holder` is a process that has the socket, or 0: asked
 * for its code when the process that the stack is of has gone, of which it may be a fork.
 */
const struct origin *origin_describe(struct origins *origins, uint32_t id, uint32_t holder);

struct socket_view;
struct socket_entry;
/* origin_describe() for a socket of a scan; NULL also where the tracer records no origins. */
const struct origin *socket_origin(const struct socket_view *view,
				   const struct socket_entry *entry);

/* What to name: the innermost frame that is not the language's own library. There is one, always. */
const struct origin_frame *origin_site(const struct origin *origin);

enum { ORIGIN_TEXT = 256 };

/*
 * "accepted at worker.c:212 handle_conn", "connected at handle_conn (worker)", "first used at
 * worker+0x1234": the bytes in it are not escaped yet. Returns their number.
 */
size_t origin_text(const struct origin *origin, char text[ORIGIN_TEXT]);
/* "accept", "connect", "use": JSON's word. */
const char *origin_kind_name(enum ts_origin_kind kind);

/* What the tracer wrote of an id. 0 or -ENOENT. */
int origin_lookup(int map_fd, uint32_t id, struct ts_origin *origin);

#endif
