// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A ring in order of arrival; each entry is in a doubly linked hash chain, newest first. */
#include "events/history.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#include "tcp/transition.h"

enum { NONE = -1 };

struct past {
	struct ts_transition t;
	int64_t clock_offset;
	int32_t newer, older; /* in the chain */
	bool used;
};

struct history {
	struct consumer consumer;
	int32_t next; /* slot in the ring */
	int32_t heads[HISTORY_MAX];
	struct past ring[HISTORY_MAX];
};

int history_new(struct consumer next, struct history **history)
{
	struct history *self = calloc(1, sizeof(*self));

	if (!self)
		return -ENOMEM;
	self->consumer = next;
	for (int i = 0; i < HISTORY_MAX; i++)
		self->heads[i] = NONE;
	*history = self;
	return 0;
}

void history_free(struct history *history)
{
	free(history);
}

static int32_t *head_of(struct history *history, uint64_t id)
{
	return &history->heads[(id * 0x9e3779b97f4a7c15) >> 32 & (HISTORY_MAX - 1)];
}

static int pass(struct history *history, const struct stream_frame *in)
{
	return history->consumer.take(history->consumer.context, in);
}

static void unlink_past(struct history *history, struct past *past)
{
	if (past->newer == NONE)
		*head_of(history, past->t.id) = past->older;
	else
		history->ring[past->newer].older = past->older;
	if (past->older != NONE)
		history->ring[past->older].newer = past->newer;
	past->used = false;
}

static void add(struct history *history, const struct ts_transition *t, int64_t clock_offset)
{
	struct past *past = &history->ring[history->next];
	int32_t *head = head_of(history, t->id);

	if (!t->id)
		return; /* unknown: of any connection */
	if (past->used)
		unlink_past(history, past);
	*past = (struct past){
		.t = *t, .clock_offset = clock_offset, .newer = NONE, .older = *head, .used = true
	};
	if (*head != NONE)
		history->ring[*head].newer = history->next;
	*head = history->next;
	history->next = (history->next + 1) % HISTORY_MAX;
}

/* Removes the transitions of a connection and passes them on, the oldest first. */
static int pass_past(struct history *history, uint64_t id)
{
	int32_t oldest = NONE; /* of a list through `newer`, made while the chain is walked */
	int32_t older;
	int err = 0;

	for (int32_t i = *head_of(history, id); i != NONE; i = older) {
		older = history->ring[i].older;
		if (history->ring[i].t.id != id)
			continue;
		unlink_past(history, &history->ring[i]);
		history->ring[i].newer = oldest;
		oldest = i;
	}
	for (int32_t i = oldest; i != NONE && !err; i = history->ring[i].newer)
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
