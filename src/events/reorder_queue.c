// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A ring of frames, numbered from the first one ever. */
#include "events/reorder_queue.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct hold {
	uint64_t first; /* number of the oldest that waits */
	uint64_t next;	/* number of the next to come */
	uint64_t base;	/* number that lies in the ring's first place */
	struct held *ring;
};

int hold_new(struct hold **hold)
{
	struct hold *self = calloc(1, sizeof(*self));

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

void hold_free(struct hold *hold)
{
	if (!hold)
		return;
	free(hold->ring);
	free(hold);
}

bool hold_is_empty(const struct hold *hold)
{
	return hold->first == hold->next;
}

bool hold_is_full(const struct hold *hold)
{
	return hold->next - hold->first == HOLD_MAX;
}

struct held *hold_at(struct hold *hold, uint64_t number)
{
	return &hold->ring[(number - hold->base) % HOLD_MAX];
}

uint64_t hold_append(struct hold *hold, const struct ts_frame *frame, enum held_state state)
{
	struct held *held;

	if (hold_is_empty(hold))
		hold->base = hold->next; /* short queues stay in the same few pages */
	held = hold_at(hold, hold->next);
	memcpy(&held->any, frame,
	       frame->type == TS_FRAME_TRANSITION ? sizeof(struct ts_transition) : frame->size);
	held->state = state;
	return hold->next++;
}

struct held *hold_first(struct hold *hold, uint64_t *number)
{
	if (hold_is_empty(hold))
		return NULL;
	*number = hold->first;
	return hold_at(hold, hold->first);
}

void hold_remove_first(struct hold *hold)
{
	hold->first++;
}
