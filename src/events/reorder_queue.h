/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The queue of frames that wait, in order, behind a transition whose filter cannot be
 * answered yet. Bounded; knows neither filters nor consumers.
 */
#ifndef EVENTS_REORDER_QUEUE_H
#define EVENTS_REORDER_QUEUE_H

#include <stdbool.h>
#include <stdint.h>

#include <tcpstate/event.h>

/* A frame of any type that the stream passes on, by value. */
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

enum held_state { HELD_WANTED, HELD_WAITING, HELD_DROPPED };

struct held {
	union any_frame any;
	enum held_state state;
};

enum { HOLD_MAX = 65536 };

struct hold;

int hold_new(struct hold **hold);
void hold_free(struct hold *hold);
bool hold_is_empty(const struct hold *hold);
bool hold_is_full(const struct hold *hold);
/* Not when full. Returns the frame's number, by which hold_at() finds it while it waits. */
uint64_t hold_append(struct hold *hold, const struct ts_frame *frame, enum held_state state);
struct held *hold_at(struct hold *hold, uint64_t number);
/* The first of the queue and its number; NULL: empty. */
struct held *hold_first(struct hold *hold, uint64_t *number);
void hold_remove_first(struct hold *hold);

#endif
