/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the field table reads: one transition, or a handshake in trouble, and what the stream knows around it. */
#ifndef FIELDS_ROW_H
#define FIELDS_ROW_H

#include <stdbool.h>
#include <stdint.h>

#include <tcpstate/event.h>

struct socket_entry;
struct socket_view;
struct stuck_item;

struct row {
	const struct ts_transition *t;
	const struct ts_drop *drop; /* NULL, or what `t` was made from: see drop.h */
	const char *cgroup;	    /* path; NULL: not known */
	bool retrans_unknown;	    /* the source does not count retransmissions of handshakes */
	int64_t clock_offset;	    /* wall clock minus monotonic clock, ns */
	/* Of `list`; NULL for all else, as those above are for it: */
	const struct socket_entry *entry;
	const struct socket_view *view;
	const struct stuck_item *stuck; /* of `stuck`, for a socket that is or was */
	const char *event; /* what has become of it: stuck, recovered, closed, left, gone */
	const char *why;   /* why it was left; NULL: it was not */
	uint64_t mono_ns;  /* when */
};

#endif
