/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The stage behind a filter by local port: a transition without a local port waits until the
 * port is known, and all later frames wait behind it. Bounded; a transition that waits too
 * long passes undecided.
 */
#ifndef EVENTS_PORT_WAIT_H
#define EVENTS_PORT_WAIT_H

#include "events/stream.h"

struct port_wait;

enum { PORT_WAIT_MAX = 16384 /* sockets */, PORT_WAIT_FRAMES = 65536 };

/* `filter` is borrowed for new() only. `live`: port_wait_settle() bounds the wait. */
int port_wait_new(const struct ts_filter *filter, bool live, struct consumer next,
		  struct port_wait **wait);
void port_wait_free(struct port_wait *wait);
/* Any frame, with the filter's verdict. Returns 0 or the error of the next stage. */
int port_wait_take(struct port_wait *wait, const struct stream_frame *in, enum ts_match verdict);
/* See stream_settle(). */
int port_wait_settle(struct port_wait *wait, uint64_t mono_ns);
/* Passes on all frames that wait. */
int port_wait_finish(struct port_wait *wait);
/* Transitions that passed although their port was not found. */
uint64_t port_wait_undecided(const struct port_wait *wait);

#endif
