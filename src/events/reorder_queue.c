// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A ring of frames, numbered since the first one. */
#include "events/reorder_queue.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct reorder_queue {
	uint64_t first; /* number of the oldest frame */
	uint64_t next;	/* number of the next frame to come */
	uint64_t base;	/* number of the frame in the ring's first slot */
	struct queued *ring;
};

int reorder_queue_new(struct reorder_queue **queue)
{
	struct reorder_queue *self = calloc(1, sizeof(*self));

	if (!self)
		return -ENOMEM;
	self->ring = malloc(REORDER_QUEUE_MAX * sizeof(*self->ring));
	if (!self->ring) {
		free(self);
		return -ENOMEM;
	}
	*queue = self;
	return 0;
}

void reorder_queue_free(struct reorder_queue *queue)
{
	if (!queue)
		return;
	free(queue->ring);
	free(queue);
}

bool reorder_queue_is_empty(const struct reorder_queue *queue)
{
	return queue->first == queue->next;
}

bool reorder_queue_is_full(const struct reorder_queue *queue)
{
	return queue->next - queue->first == REORDER_QUEUE_MAX;
}

struct queued *reorder_queue_at(struct reorder_queue *queue, uint64_t number)
{
	return &queue->ring[(number - queue->base) % REORDER_QUEUE_MAX];
}

uint64_t reorder_queue_append(struct reorder_queue *queue, const struct ts_frame *frame,
			      int64_t clock_offset, enum queued_state state)
{
	struct queued *queued;

	if (reorder_queue_is_empty(queue))
		queue->base = queue->next; /* short queues stay in the same few pages */
	queued = reorder_queue_at(queue, queue->next);
	memcpy(&queued->any, frame, frame_bytes(frame));
	queued->clock_offset = clock_offset;
	queued->state = state;
	return queue->next++;
}

struct queued *reorder_queue_first(struct reorder_queue *queue, uint64_t *number)
{
	if (reorder_queue_is_empty(queue))
		return NULL;
	*number = queue->first;
	return reorder_queue_at(queue, queue->first);
}

void reorder_queue_remove_first(struct reorder_queue *queue)
{
	queue->first++;
}
