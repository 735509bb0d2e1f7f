/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The --handshakes stage: passes on one transition per handshake, its last one, with the start
 * and the retransmissions of the whole handshake. Knows no output.
 */
#ifndef EVENTS_HANDSHAKE_H
#define EVENTS_HANDSHAKE_H

#include "events/stream.h"

struct handshakes;

int handshakes_new(struct consumer next, struct handshakes **handshakes);
void handshakes_free(struct handshakes *handshakes);
/* A consumer's take(). */
int handshakes_take(void *handshakes, const struct stream_frame *in);

/* `established`, `closed`, or the reason of the failure; NULL: unknown, or not over. */
const char *handshake_outcome(const struct ts_transition *t);
bool handshake_is_over(const struct ts_transition *t);
/* Restricts a filter to the transitions that handshakes are made from. */
void handshakes_filter(struct ts_filter *f);

#endif
