// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A ring in order of arrival. The entries of a connection are linked. */
#include "events/history.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#include "lib/hash_index.h"
#include "tcp/transition.h"

#define NONE UINT32_MAX

struct past {
	struct ts_transition t;
	int64_t clock_offset;
	uint32_t newer, older; /* of the same connection, or NONE */
	bool used;
};

struct history {
	struct consumer consumer;
	uint32_t next;		  /* slot in the ring */
	struct hash_index newest; /* of each connection, by its id */
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

static int pass(struct history *history, const struct stream_frame *in)
{
	return history->consumer.take(history->consumer.context, in);
}

/* The oldest of all is the oldest of its connection. */
static void drop_oldest(struct history *history)
{
	struct past *past = &history->ring[history->next];

	if (past->newer == NONE)
		hash_index_remove(&history->newest, past->t.id, history->next);
	else
		history->ring[past->newer].older = NONE;
}

static void add(struct history *history, const struct ts_transition *t, int64_t clock_offset)
{
	uint32_t at = history->next, older = NONE;

	if (!t->id)
		return; /* unknown: of any connection */
	if (history->ring[at].used)
		drop_oldest(history);
	if (hash_index_get(&history->newest, t->id, &older))
		history->ring[older].newer = at;
	history->ring[at] = (struct past){
		.t = *t, .clock_offset = clock_offset, .newer = NONE, .older = older, .used = true
	};
	hash_index_set(&history->newest, t->id, at);
	history->next = (at + 1) % HISTORY_MAX;
}

/* Removes the transitions of a connection and passes them on, the oldest first. */
static int pass_past(struct history *history, uint64_t id)
{
	uint32_t newest, oldest = NONE;
	int err = 0;

	if (hash_index_get(&history->newest, id, &newest)) {
		hash_index_remove(&history->newest, id, newest);
		for (uint32_t i = newest; i != NONE; i = history->ring[i].older) {
			history->ring[i].used = false;
			oldest = i;
		}
	}
	for (uint32_t i = oldest; i != NONE && !err; i = history->ring[i].newer)
		err = pass(history, &(struct stream_frame){
					    .frame = &history->ring[i].t.frame,
					    .clock_offset = history->ring[i].clock_offset,
				    });
	return err;
}

int history_take(void *context, const struct stream_frame *in)
{
	const struct ts_transition *t = (const struct ts_transition *)in->frame;
	struct history *history = context;
	int err = 0;

	if (in->frame->type == TS_FRAME_TRANSITION && !transition_failed(t)) {
		add(history, t, in->clock_offset);
		return 0;
	}
	if (in->frame->type == TS_FRAME_TRANSITION)
		err = pass_past(history, t->id);
	return err ? err : pass(history, in);
}
