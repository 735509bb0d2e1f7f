/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * --handshakes: from transitions to handshakes. One that is over is told as its last transition,
 * whose duration is the whole handshake's. Knows no output.
 */
#ifndef EVENTS_HANDSHAKE_H
#define EVENTS_HANDSHAKE_H

#include <stdbool.h>

#include <tcpstate/event.h>
#include <tcpstate/filter.h>

struct handshakes;

int handshakes_new(struct handshakes **handshakes);
void handshakes_free(struct handshakes *handshakes);
/* true: a handshake is over, and `whole` is filled. */
bool handshakes_take(struct handshakes *handshakes, const struct ts_transition *t,
		     struct ts_transition *whole);

/* What became of it: `established`, `closed`, or why it failed; NULL: not known, or not over. */
const char *handshake_outcome(const struct ts_transition *t);
bool handshake_is_over(const struct ts_transition *t);
/* Lets through what handshakes are made from, as far as the filter let it through. */
void handshakes_filter(struct ts_filter *f);

#endif
