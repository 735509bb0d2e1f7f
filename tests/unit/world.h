/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Scans with made-up sockets: rows as the iterators write them, joined by the real code. The sockets
 * of a scan are in the order in which they were added.
 */
#ifndef WORLD_H
#define WORLD_H

#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "sockets/join.h"
#include "stuck/stuck.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))
#define MS UINT64_C(1000000)
#define SECOND (1000 * MS)
#define TICK (4 * MS)
#define NOW (100000 * SECOND)

/* One scan, until it is joined. */
struct world {
	struct sockets *sockets;
	struct rows *rows;
	struct rows files;
};

/* The ticks for which socket_ticks_ns() returns `ns`. */
static inline int32_t ticks(uint64_t ns)
{
	return (int32_t)(ns / TICK) + 3;
}

static inline void world_begin(struct world *world, uint64_t mono_ns)
{
	*world = (struct world){ 0 };
	assert_int_equal(sockets_new(&world->sockets, &world->rows), 0);
	world->sockets->tick_ns = TICK;
	world->sockets->mono_ns = mono_ns;
	world->sockets->recorded = true;
}

static inline void world_put(struct rows *rows, const void *row, size_t size)
{
	char *room = rows_reserve(rows, size);

	assert_non_null(room);
	memcpy(room, row, size);
	rows->size += size;
}

/* Adds a socket. Its inode is its id unless it has one; TS_S_NO_FILE: none. */
static inline void world_add(struct world *world, struct ts_socket s)
{
	s.head = (struct ts_row_head){ TS_ROW_SOCKET, sizeof(s) };
	s.address = s.address ? s.address : s.id;
	s.inode = s.flags & TS_S_NO_FILE ? 0 : s.inode ? s.inode : s.id;
	world_put(world->rows, &s, sizeof(s));
}

static inline void world_hold(struct world *world, uint64_t id, uint32_t pid, uint32_t fd,
			      const char *comm)
{
	struct ts_holder h = { .head = { TS_ROW_HOLDER, sizeof(h) }, .inode = id, .tgid = pid,
			       .pid = pid, .fd = fd, .uid = 33, .start_ns = pid };

	strncpy(h.comm, comm, sizeof(h.comm) - 1);
	world_put(&world->files, &h, sizeof(h));
}

/* Puts a socket into the accept queue of a listener. */
static inline void world_queue(struct world *world, uint64_t id, uint64_t listener)
{
	struct ts_child c = { .head = { TS_ROW_CHILD, sizeof(c) }, .address = id,
			      .listener = listener };

	world_put(world->rows, &c, sizeof(c));
}

/* The caller frees the result with sockets_free(). */
static inline struct sockets *world_join(struct world *world)
{
	struct rows none = { 0 };

	assert_int_equal(sockets_join(world->sockets, world->rows, &world->files), 0);
	sockets_keep(world->sockets, &world->files, &none);
	return world->sockets;
}

static inline struct ts_socket tcp(uint64_t id, uint8_t state)
{
	return (struct ts_socket){ .id = id, .proto = IPPROTO_TCP, .state = state, .family = 4,
				   .laddr = { 10, 0, 0, 1 }, .raddr = { 10, 0, 0, 9 },
				   .lport = 40000, .rport = 80, .netns = 7 };
}

/* A tracer recorded that the socket entered its state `ns` ago. */
static inline struct ts_socket since(struct ts_socket s, uint64_t ns)
{
	s.flags |= TS_S_RECORD;
	s.since_ns = NOW - ns;
	return s;
}

/* The socket with that id is stuck, for so long exactly. */
static inline struct stuck_item item_of(const struct sockets *sockets, uint64_t id, int rule,
					uint64_t ns)
{
	struct stuck_item item = { .ns = ns, .rule_ns = 60 * SECOND, .rule = (enum stuck_rule)rule,
				   .exact = true };

	for (size_t i = 0; i < sockets->n; i++)
		if (sockets->entries[i].socket->id == id)
			item.entry = &sockets->entries[i];
	assert_non_null(item.entry);
	return item;
}

#endif
