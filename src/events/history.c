// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A ring of transitions in order of arrival; those of one connection are linked. */
#include "events/history.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#include "lib/hash_index.h"
#include "tcp/transitions.h"

enum { NONE = -1 };

struct past {
	struct ts_transition t; /* id 0: free */
	int64_t clock_offset;
	int32_t newer, older; /* of the same connection */
};

struct history {
	struct consumer consumer;
	struct hash_index newest; /* slot of the newest transition by id */
	int32_t next;		  /* slot in the ring */
	struct past ring[HISTORY_MAX];
};

int history_new(struct consumer next, struct history **history)
{
	struct history *self = calloc(1, sizeof(*self));

	if (!self || hash_index_new(&self->newest, HISTORY_MAX)) {
		free(self);
		return -ENOMEM;
	}
	self->consumer = next;
	*history = self;
	return 0;
}

void history_free(struct history *history)
{
	if (!history)
		return;
	hash_index_free(&history->newest);
	free(history);
}

/* The oldest of all, so also of its connection. */
static void drop_oldest(struct history *history, struct past *past)
{
	if (past->newer == NONE)
		hash_index_remove(&history->newest, past->t.id, (uint32_t)history->next);
	else
		history->ring[past->newer].older = NONE;
}

static void add(struct history *history, const struct ts_transition *t, int64_t clock_offset)
{
	struct past *past = &history->ring[history->next];
	int32_t older;

	if (!t->id)
		return; /* the connection is unknown */
	if (past->t.id)
		drop_oldest(history, past);
	*past = (struct past){ .t = *t, .clock_offset = clock_offset, .newer = NONE, .older = NONE };
	older = (int32_t)hash_index_set(&history->newest, t->id, (uint32_t)history->next);
	if (older != history->next) {
		past->older = older;
		history->ring[older].newer = history->next;
	}
	history->next = (history->next + 1) % HISTORY_MAX;
}

/* Removes the transitions of a connection and passes them on, the oldest first. */
static int pass_past(struct history *history, uint64_t id)
{
	uint32_t newest;
	int32_t at;
	int err = 0;

	if (!hash_index_get(&history->newest, id, &newest))
		return 0;
	hash_index_remove(&history->newest, id, newest);
	for (at = (int32_t)newest; history->ring[at].older != NONE; at = history->ring[at].older)
		;
	for (; at != NONE; at = history->ring[at].newer) {
		struct past *past = &history->ring[at];

		if (!err)
			err = consumer_take(&history->consumer, &past->t.frame, past->clock_offset);
		past->t.id = 0;
	}
	return err;
}

int history_take(void *context, const struct stream_frame *in)
{
	const struct ts_transition *t = (const struct ts_transition *)in->frame;
	struct history *history = context;
	int err = 0;

	if (in->frame->type == TS_FRAME_TRANSITION) {
		if (!transition_failed(t)) {
			add(history, t, in->clock_offset);
			return 0;
		}
		err = t->id ? pass_past(history, t->id) : 0;
	}
	return err ? err : consumer_take(&history->consumer, in->frame, in->clock_offset);
}
