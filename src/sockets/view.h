/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The context of a socket entry from which its columns are made. */
#ifndef SOCKETS_VIEW_H
#define SOCKETS_VIEW_H

#include <netinet/in.h>

#include "sockets/sockets.h"

struct cgroups;
struct origins;
struct pods;

enum { SOCKET_TEXT = 256 };

struct socket_view {
	const struct sockets *sockets;
	struct socket_source *source; /* of the sockets; NULL: no facts of their namespaces */
	struct cgroups *cgroups;      /* NULL: no paths */
	struct pods *pods;	      /* NULL: no names */
	struct origins *origins;      /* NULL: no tracer records them */
	char *text; /* SOCKET_TEXT bytes: the text of the last value that needed room */
};

static inline bool socket_is_listener(const struct ts_socket *s)
{
	return s->proto == IPPROTO_TCP && s->state == TS_LISTEN;
}

/* Without a connection: not used yet, only bound, or its connection has ended. */
static inline bool socket_is_closed(const struct ts_socket *s)
{
	return s->proto == IPPROTO_TCP && s->state == TS_CLOSED;
}

/* A full TCP socket with a peer: it has queues and counters. */
static inline bool socket_is_connection(const struct ts_socket *s)
{
	return s->proto == IPPROTO_TCP && s->state != TS_LISTEN && s->state != TS_CLOSED &&
	       !(s->flags & TS_S_MINISOCK);
}

/* It has the counters of a connection. */
static inline bool socket_has_info(const struct ts_socket *s)
{
	return socket_is_connection(s) && !(s->flags & TS_S_NO_INFO);
}

/* A request socket whose count of SYN-ACKs is known. */
static inline bool socket_is_request(const struct ts_socket *s)
{
	return s->flags & TS_S_MINISOCK && s->state == TS_SYN_RECV && !(s->flags & TS_S_NO_INFO);
}

/* The process of a socket: its holder, or that of its listener; NULL: none. */
static inline const struct ts_holder *socket_process(const struct socket_entry *entry)
{
	if (entry->holder || !entry->listener)
		return entry->holder;
	return entry->listener->holder;
}

/* In the table of an io_uring: `fd` is the ring's descriptor, and the socket has none. */
static inline bool holder_is_ring(const struct ts_holder *holder)
{
	return holder->head.kind == TS_ROW_SLOT;
}

#endif
