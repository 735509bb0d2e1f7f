/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Properties of one transition that several folders ask for. */
#ifndef TCP_TRANSITION_H
#define TCP_TRANSITION_H

#include <stdbool.h>

#include <tcpstate/event.h>

/*
 * The connection failed: what --failed selects. A connection that reached TIME_WAIT was closed
 * by both ends before, so the end of TIME_WAIT is never a failure.
 */
static inline bool transition_failed(const struct ts_transition *t)
{
	switch (t->reason) {
	case TS_REASON_NONE:
	case TS_REASON_NORMAL:
	case TS_REASON_TIME_WAIT_OVERFLOW:
	case TS_REASON_REUSED:
		return false;
	default: /* reasons of later versions too */
		return t->old_state != TS_TIME_WAIT;
	}
}

/* The old state is one of the handshake. */
static inline bool transition_from_handshake(const struct ts_transition *t)
{
	return t->old_state == TS_SYN_SENT || t->old_state == TS_SYN_RECV ||
	       t->old_state == TS_NEW_SYN_RECV;
}

#endif
