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

struct reorder_queue;

int reorder_queue_new(struct reorder_queue **hold);
void reorder_queue_free(struct reorder_queue *hold);
bool reorder_queue_is_empty(const struct reorder_queue *hold);
bool reorder_queue_is_full(const struct reorder_queue *hold);
/* Not when full. Returns the frame's number, by which reorder_queue_at() finds it while it waits. */
uint64_t reorder_queue_append(struct reorder_queue *hold, const struct ts_frame *frame,
			      enum held_state state);
struct held *reorder_queue_at(struct reorder_queue *hold, uint64_t number);
/* The first of the queue and its number; NULL: empty. */
struct held *reorder_queue_first(struct reorder_queue *hold, uint64_t *number);
void reorder_queue_remove_first(struct reorder_queue *hold);

#endif
