/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Frames in order of arrival, behind a transition whose local port is pending. Bounded.
 * Knows neither filters nor consumers.
 */
#ifndef EVENTS_REORDER_QUEUE_H
#define EVENTS_REORDER_QUEUE_H

#include <stdbool.h>
#include <stdint.h>

#include "events/frame.h"

enum queued_state { QUEUED_READY, QUEUED_WAITING, QUEUED_DROPPED };

struct queued {
	union any_frame any;
	int64_t clock_offset;
	enum queued_state state;
};

enum { REORDER_QUEUE_MAX = 65536 };

struct reorder_queue;

int reorder_queue_new(struct reorder_queue **queue);
void reorder_queue_free(struct reorder_queue *queue);
bool reorder_queue_is_empty(const struct reorder_queue *queue);
bool reorder_queue_is_full(const struct reorder_queue *queue);
/* Not when full. Returns the frame's number, for reorder_queue_at() while it is in the queue. */
uint64_t reorder_queue_append(struct reorder_queue *queue, const struct ts_frame *frame,
			      int64_t clock_offset, enum queued_state state);
struct queued *reorder_queue_at(struct reorder_queue *queue, uint64_t number);
/* The oldest frame and its number; NULL: empty. */
struct queued *reorder_queue_first(struct reorder_queue *queue, uint64_t *number);
void reorder_queue_remove_first(struct reorder_queue *queue);

#endif
