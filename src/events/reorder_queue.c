// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A ring of frames, numbered from the first one ever. */
#include "events/reorder_queue.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct reorder_queue {
	uint64_t first; /* number of the oldest that waits */
	uint64_t next;	/* number of the next to come */
	uint64_t base;	/* number that lies in the ring's first place */
	struct held *ring;
};

int reorder_queue_new(struct reorder_queue **hold)
{
	struct reorder_queue *self = calloc(1, sizeof(*self));

	if (!self)
		return -ENOMEM;
	self->ring = malloc(HOLD_MAX * sizeof(*self->ring));
	if (!self->ring) {
		free(self);
		return -ENOMEM;
	}
	*hold = self;
	return 0;
}

void reorder_queue_free(struct reorder_queue *hold)
{
	if (!hold)
		return;
	free(hold->ring);
	free(hold);
}

bool reorder_queue_is_empty(const struct reorder_queue *hold)
{
	return hold->first == hold->next;
}

bool reorder_queue_is_full(const struct reorder_queue *hold)
{
	return hold->next - hold->first == HOLD_MAX;
}

struct held *reorder_queue_at(struct reorder_queue *hold, uint64_t number)
{
	return &hold->ring[(number - hold->base) % HOLD_MAX];
}

uint64_t reorder_queue_append(struct reorder_queue *hold, const struct ts_frame *frame,
			      enum held_state state)
{
	struct held *held;

	if (reorder_queue_is_empty(hold))
		hold->base = hold->next; /* short queues stay in the same few pages */
	held = reorder_queue_at(hold, hold->next);
	memcpy(&held->any, frame,
	       frame->type == TS_FRAME_TRANSITION ? sizeof(struct ts_transition) : frame->size);
	held->state = state;
	return hold->next++;
}

struct held *reorder_queue_first(struct reorder_queue *hold, uint64_t *number)
{
	if (reorder_queue_is_empty(hold))
		return NULL;
	*number = hold->first;
	return reorder_queue_at(hold, hold->first);
}

void reorder_queue_remove_first(struct reorder_queue *hold)
{
	hold->first++;
}
