/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Handshakes in trouble that are held back: at most one frame a listener, kind and
 * TS_DROP_EVERY_NS is made, what comes in between is added up here and told by the next
 * frame, or by user space, which has the table mapped. Nothing is left out.
 */
#ifndef TCPSTATE_DROP_H
#define TCPSTATE_DROP_H

#include "event.h"

enum {
	TS_DROP_EVERY_NS = 10 * 1000 * 1000,
	TS_DROPS_HELD = 512, /* entries: a power of two; listeners in trouble at one time */
};

struct ts_drops_held {
	__u64 key;     /* of listener and kind; 0: never used */
	__u64 told_ns; /* the last frame */
	__u64 last_ns; /* the last that happened */
	__u32 count;   /* since the last frame; who tells them takes off as many */
	__u32 pad;
	struct ts_drop drop; /* what a frame says, but for its time and count */
};

_Static_assert(sizeof(struct ts_drops_held) == 152, "held drops");

#endif
