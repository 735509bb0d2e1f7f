/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The last transitions that were not shown, in case their connection ends badly
 * (--failed). Bounded: the oldest goes first.
 */
#ifndef EVENTS_HISTORY_H
#define EVENTS_HISTORY_H

#include <stdint.h>

#include <tcpstate/event.h>

struct history;

enum { HISTORY_MAX = 16384 };

int history_new(struct history **history);
void history_free(struct history *history);
void history_add(struct history *history, const struct ts_transition *t, int64_t clock_offset);
/*
 * Takes out the transitions of a connection, oldest first, and hands each over with the
 * clock offset of its time. Stops at the first negative answer and returns it.
 */
int history_take(struct history *history, uint64_t id,
		 int (*take)(void *context, const struct ts_transition *t, int64_t clock_offset),
		 void *context);

#endif
