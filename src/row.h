/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the field table reads: one transition and what the stream knows around it. */
#ifndef ROW_H
#define ROW_H

#include <stdbool.h>
#include <stdint.h>

#include <tcpstate/event.h>

#include "stream.h"

struct row {
	const struct ts_transition *t;
	const struct stream *stream; /* cgroup names; may be NULL */
	int64_t clock_offset;	     /* wall clock minus monotonic clock, ns */
};

/* Ended badly: PRODUCT's --failed. */
static inline bool transition_failed(const struct ts_transition *t)
{
	return t->reason > TS_REASON_NORMAL;
}

#endif
