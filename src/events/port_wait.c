// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A queue of frames, and a table of the sockets whose local port is pending. */
#include "events/port_wait.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "events/frame.h"
#include "lib/hash_index.h"

#define NOT_QUEUED UINT64_MAX

/*
 * Longest wait of a transition of a file, in recorded time. The live source reported each port
 * within 50 ms.
 */
static const uint64_t WAIT_MAX_NS = 250000000;

struct entry {
	uint64_t id;	 /* 0: free */
	uint64_t number; /* of its transition in the queue, or NOT_QUEUED: it has passed */
	uint16_t rport;
	bool listed; /* in `passed` */
};

enum queued_state { QUEUED_READY, QUEUED_WAITING, QUEUED_DROPPED };

struct queued {
	union any_frame any;
	int64_t clock_offset;
	enum queued_state state;
};

struct port_wait {
	struct ts_filter filter;
	bool live;
	struct consumer next;
	uint64_t latest_ns;	 /* of all transitions so far */
	uint64_t settled_ns;	 /* live: all ports of transitions before have been reported */
	struct hash_index index; /* entries by id */
	uint32_t n;		 /* entries in use, or free and in the list */
	uint32_t n_free;
	uint32_t free[PORT_WAIT_MAX];
	uint32_t passed_first, passed_end;
	uint32_t passed[PORT_WAIT_MAX]; /* ring of entries whose transition has passed, oldest first */
	struct entry entries[PORT_WAIT_MAX];
	uint64_t first, end; /* numbers of the oldest frame in the queue, and of the next */
	uint64_t base;	     /* number of the frame in the first slot */
	uint64_t undecided;
	struct queued queue[PORT_WAIT_FRAMES];
};

int port_wait_new(const struct ts_filter *filter, bool live, struct consumer next,
		  struct port_wait **wait)
{
	struct port_wait *self = calloc(1, sizeof(*self));

	if (!self || hash_index_new(&self->index, PORT_WAIT_MAX)) {
		free(self);
		return -ENOMEM;
	}
	self->filter = *filter;
	self->live = live;
	self->next = next;
	*wait = self;
	return 0;
}

void port_wait_free(struct port_wait *wait)
{
	if (!wait)
		return;
	hash_index_free(&wait->index);
	free(wait);
}

static struct queued *queued_at(struct port_wait *wait, uint64_t number)
{
	return &wait->queue[(number - wait->base) % PORT_WAIT_FRAMES];
}

static struct entry *find(struct port_wait *wait, uint64_t id)
{
	uint32_t at;

	if (!id || wait->n == wait->n_free) /* mostly none waits */
		return NULL;
	return hash_index_get(&wait->index, id, &at) ? &wait->entries[at] : NULL;
}

static void remove_entry(struct port_wait *wait, struct entry *entry)
{
	uint32_t at = (uint32_t)(entry - wait->entries);

	hash_index_remove(&wait->index, entry->id, at);
	entry->id = 0;
	wait->free[wait->n_free++] = at;
}

static bool is_full(const struct port_wait *wait)
{
	return wait->n == PORT_WAIT_MAX && !wait->n_free;
}

/* Its transition has passed: the entry may be replaced. */
static void pass(struct port_wait *wait, struct entry *entry)
{
	entry->number = NOT_QUEUED;
	if (!entry->listed)
		wait->passed[wait->passed_end++ % PORT_WAIT_MAX] = (uint32_t)(entry -
									      wait->entries);
	entry->listed = true;
}

/* Removes the entry that passed first, if there is one. */
static void forget_passed(struct port_wait *wait)
{
	while (is_full(wait) && wait->passed_first != wait->passed_end) {
		struct entry *entry =
			&wait->entries[wait->passed[wait->passed_first++ % PORT_WAIT_MAX]];

		entry->listed = false;
		if (entry->number == NOT_QUEUED) /* or another socket has it since */
			remove_entry(wait, entry);
	}
}

/* false: the socket has no id, or PORT_WAIT_MAX others wait. */
static bool add_entry(struct port_wait *wait, uint64_t id, uint16_t rport, uint64_t number)
{
	struct entry *entry = find(wait, id);
	uint32_t at;

	if (!id)
		return false;
	if (entry) {
		entry->number = number;
		return true;
	}
	forget_passed(wait);
	if (is_full(wait))
		return false;
	at = wait->n_free ? wait->free[--wait->n_free] : wait->n++;
	entry = &wait->entries[at];
	*entry = (struct entry){
		.id = id, .number = number, .rport = rport, .listed = entry->listed
	};
	hash_index_set(&wait->index, id, at);
	return true;
}

/* The queue's head has waited too long: it passes undecided rather than being lost. */
static void stop_waiting(struct port_wait *wait)
{
	struct queued *head = queued_at(wait, wait->first);
	struct entry *entry = find(wait, head->any.transition.id);

	head->state = QUEUED_READY;
	wait->undecided++;
	if (entry && entry->number == wait->first)
		pass(wait, entry);
}

static bool is_overdue(const struct port_wait *wait, const struct ts_transition *t)
{
	if (wait->live)
		return t->mono_ns < wait->settled_ns;
	return wait->latest_ns > t->mono_ns && wait->latest_ns - t->mono_ns > WAIT_MAX_NS;
}

/* Passes frames on until the head of the queue must wait; with `all`, all of them. */
static int drain(struct port_wait *wait, bool all)
{
	while (wait->first != wait->end) {
		struct queued *head = queued_at(wait, wait->first);
		int err = 0;

		if (head->state == QUEUED_WAITING) {
			if (!all && !is_overdue(wait, &head->any.transition))
				return 0;
			stop_waiting(wait);
		}
		if (head->state == QUEUED_READY)
			err = consumer_take(&wait->next, &head->any.frame, head->clock_offset);
		wait->first++;
		if (err)
			return err;
	}
	return 0;
}

/* Appends the frame, or passes it on if nothing waits before it. */
static int enqueue(struct port_wait *wait, const struct stream_frame *in, enum queued_state state)
{
	const struct ts_transition *t = (const struct ts_transition *)in->frame;
	struct queued *queued;

	if (wait->end - wait->first == PORT_WAIT_FRAMES) {
		int err;

		stop_waiting(wait);
		err = drain(wait, false);
		if (err)
			return err;
	}
	if (wait->first == wait->end) {
		if (state == QUEUED_READY)
			return consumer_take(&wait->next, in->frame, in->clock_offset);
		wait->base = wait->end; /* short queues stay in the same few pages */
	}
	queued = queued_at(wait, wait->end);
	memcpy(&queued->any, in->frame,
	       in->frame->type == TS_FRAME_TRANSITION ? sizeof(*t) : in->frame->size);
	queued->clock_offset = in->clock_offset;
	queued->state = state;
	wait->end++;
	if (state == QUEUED_READY || add_entry(wait, t->id, t->rport, wait->end - 1))
		return 0;
	queued->state = QUEUED_READY;
	wait->undecided++;
	return drain(wait, false);
}

static enum ts_match match_ports(const struct port_wait *wait, uint16_t lport, uint16_t rport)
{
	return ts_filter_ports(&wait->filter, lport, rport, true) == TS_YES ? TS_YES : TS_NO;
}

/* The local port of a socket is known now; 0: it never had one. Returns the filter's verdict. */
static enum ts_match settle_port(struct port_wait *wait, uint64_t id, uint16_t port)
{
	struct entry *entry = find(wait, id);
	enum ts_match verdict;

	if (!entry)
		return TS_YES;
	verdict = match_ports(wait, port, entry->rport);
	if (entry->number != NOT_QUEUED)
		queued_at(wait, entry->number)->state = verdict == TS_YES ? QUEUED_READY :
									    QUEUED_DROPPED;
	remove_entry(wait, entry);
	return verdict;
}

int port_wait_take(struct port_wait *wait, const struct stream_frame *in, enum ts_match verdict)
{
	const struct ts_transition *t = (const struct ts_transition *)in->frame;
	const struct ts_port *port = (const struct ts_port *)in->frame;
	int err;

	if (in->frame->type == TS_FRAME_PORT) {
		verdict = settle_port(wait, port->id, port->lport);
	} else if (in->frame->type == TS_FRAME_TRANSITION) {
		bool ended = t->new_state == TS_CLOSED;

		if (t->mono_ns > wait->latest_ns)
			wait->latest_ns = t->mono_ns;
		if (t->lport || ended)
			(void)settle_port(wait, t->id, t->lport);
		if (verdict == TS_MAYBE && ended) /* closed without ever having had a port */
			verdict = match_ports(wait, 0, t->rport);
	}
	err = drain(wait, false);
	if (err || verdict == TS_NO)
		return err;
	return enqueue(wait, in, verdict == TS_MAYBE ? QUEUED_WAITING : QUEUED_READY);
}

int port_wait_settle(struct port_wait *wait, uint64_t mono_ns)
{
	wait->settled_ns = mono_ns;
	return drain(wait, false);
}

int port_wait_finish(struct port_wait *wait)
{
	return drain(wait, true);
}

uint64_t port_wait_undecided(const struct port_wait *wait)
{
	return wait->undecided;
}
