/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The check stage: from untrusted bytes to a frame that has every field of its type. */
#ifndef EVENTS_FRAME_H
#define EVENTS_FRAME_H

#include <stddef.h>
#include <stdint.h>

#include <tcpstate/event.h>

/* A frame of any type of fixed size. */
union any_frame {
	struct ts_frame frame;
	struct ts_transition transition;
	struct ts_lost lost;
	struct ts_drop drop;
	struct ts_port port;
	struct ts_clock clock;
	struct ts_ready ready;
	struct ts_end end;
};

/*
 * Checks the frame at the beginning of `size` bytes. *frame is `data`, or `copy` where the frame
 * is shorter or longer than its type; NULL: skip it, its type is of a later version.
 * Returns 0 or -EBADMSG.
 */
int frame_check(const void *data, size_t size, union any_frame *copy,
		const struct ts_frame **frame);
/* The cgroup id of a transition or a handshake drop; 0: none. */
uint64_t frame_cgroup(const struct ts_frame *frame);

#endif
