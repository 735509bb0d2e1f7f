/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the field table reads: one transition, or a handshake in trouble, and what the stream knows around it. */
#ifndef FIELDS_ROW_H
#define FIELDS_ROW_H

#include <stdbool.h>
#include <stdint.h>

#include <tcpstate/event.h>

#include "events/stream.h"

struct socket_entry;
struct socket_view;
struct stuck_item;

struct row {
	const struct ts_transition *t;
	const struct ts_drop *drop;  /* NULL, or what `t` was made from: see drop.h */
	const struct stream *stream; /* cgroup names; may be NULL */
	int64_t clock_offset;	     /* wall clock minus monotonic clock, ns */
	/* Of `list`; NULL for all else, as those above are for it: */
	const struct socket_entry *entry;
	const struct socket_view *view;
	const struct stuck_item *stuck; /* of `stuck`, for a socket that is or was */
	const char *event; /* what has become of it: stuck, recovered, closed, left, gone */
	const char *why;   /* why it was left; NULL: it was not */
	uint64_t mono_ns;  /* when */
};

/*
 * Ended badly: PRODUCT's --failed. What reached TIME_WAIT had ended in good order before,
 * whatever ends TIME_WAIT itself.
 */
static inline bool transition_failed(const struct ts_transition *t)
{
	switch (t->reason) {
	case TS_REASON_NONE:
	case TS_REASON_NORMAL:
	case TS_REASON_TIME_WAIT_OVERFLOW:
	case TS_REASON_REUSED:
		return false;
	default: /* a later version's, too */
		return t->old_state != TS_TIME_WAIT;
	}
}

/* Out of the handshake, whichever way. */
static inline bool transition_from_handshake(const struct ts_transition *t)
{
	return t->old_state == TS_SYN_SENT || t->old_state == TS_SYN_RECV ||
	       t->old_state == TS_NEW_SYN_RECV;
}

#endif
