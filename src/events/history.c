// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A ring in order of arrival; each entry is in a doubly linked hash chain, newest first. */
#include "events/history.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

enum { NONE = -1 };

struct past {
	struct ts_transition t;
	int64_t clock_offset;
	int32_t newer, older; /* in the chain */
	bool used;
};

struct history {
	int32_t next; /* place in the ring */
	int32_t heads[HISTORY_MAX];
	struct past ring[HISTORY_MAX];
};

int history_new(struct history **history)
{
	struct history *self = calloc(1, sizeof(*self));

	if (!self)
		return -ENOMEM;
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

void history_add(struct history *history, const struct ts_transition *t, int64_t clock_offset)
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

int history_take(struct history *history, uint64_t id,
		 int (*take)(void *context, const struct ts_transition *t, int64_t clock_offset),
		 void *context)
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
	for (int32_t i = oldest; i != NONE && err >= 0; i = history->ring[i].newer)
		err = take(context, &history->ring[i].t, history->ring[i].clock_offset);
	return err < 0 ? err : 0;
}
