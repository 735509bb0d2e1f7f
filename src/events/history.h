/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The --failed stage: keeps the latest transitions, and passes on those of a connection when
 * it fails. Bounded: the oldest transition is dropped first.
 */
#ifndef EVENTS_HISTORY_H
#define EVENTS_HISTORY_H

#include "events/stream.h"

struct history;

enum { HISTORY_MAX = 16384 };

int history_new(struct consumer next, struct history **history);
void history_free(struct history *history);
/* A consumer's take(). The failure comes last, behind all that is known of its connection. */
int history_take(void *history, const struct stream_frame *in);

#endif
