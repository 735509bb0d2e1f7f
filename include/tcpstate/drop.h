/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Handshake drops that are not reported yet. Each listener and kind gets at most one frame per
 * TS_DROP_EVERY_NS. The drops in between are added up here and reported by the next frame, or by
 * user space, which has the table mapped. All drops are reported.
 */
#ifndef TCPSTATE_DROP_H
#define TCPSTATE_DROP_H

#include "event.h"

enum {
	TS_DROP_EVERY_NS = 10 * 1000 * 1000,
	TS_DROP_ENTRIES = 512, /* a power of two: pairs of listener and kind at one time */
};

struct ts_pending_drops {
	__u64 key;	   /* of listener and kind; 0: never used */
	__u64 reported_ns; /* time of the last frame */
	__u64 last_ns;	   /* time of the last drop */
	__u32 count;	   /* since the last frame; the reporter subtracts what it reported */
	__u32 pad;
	struct ts_drop drop; /* the frame, without its time and count */
};

_Static_assert(sizeof(struct ts_pending_drops) == 168, "pending drops");

#endif
