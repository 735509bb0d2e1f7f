// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Judges sockets by rules, and remembers what it saw of each at the look before. */
#include "stuck/stuck.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>

#include "lib/hash_index.h"
#include "sockets/age.h"

/* Long enough for a reader that is at work to read something. */
static const uint64_t READER_NS = 150 * 1000000ull;
/* Another look is worth so much waiting. */
static const uint64_t PATIENCE_NS = 2 * 1000000000ull;

/* Since which look it has been so, without a look at which it was not; 0: it is not so. */
struct seen {
	uint64_t key;
	uint64_t state_ns, unread_ns, unsent_ns, full_ns;
	uint64_t read_ns; /* at which look it had been read from since the one before; 0: at none */
	uint32_t read_seq, acked_seq;
	uint8_t state;
};

struct stuck {
	const struct stuck_rules *rules;
	struct seen *seen;
	size_t n;
};

/* What is known of a listener's accept queue. */
struct queue {
	uint32_t children;    /* of those that wait in it */
	uint64_t youngest_ns; /* the least of the times that they have been there, at least */
};

/* While one look is judged. */
struct look {
	struct stuck *stuck;
	const struct sockets *sockets;
	struct stuck_list *list;
	size_t room;
	struct hash_index before;
	struct queue *queues; /* by the place of the listener's entry */
};

/* How long something has been so. */
struct span {
	uint64_t ns;
	bool known;
	bool exact;
};

int stuck_new(const struct stuck_rules *rules, struct stuck **out)
{
	struct stuck *stuck = calloc(1, sizeof(*stuck));

	if (!stuck)
		return -ENOMEM;
	stuck->rules = rules;
	*out = stuck;
	return 0;
}

void stuck_free(struct stuck *stuck)
{
	if (!stuck)
		return;
	free(stuck->seen);
	free(stuck);
}

void stuck_list_free(struct stuck_list *list)
{
	free(list->items);
	*list = (struct stuck_list){ 0 };
}

uint64_t socket_key(const struct ts_socket *s)
{
	return s->id || !s->inode ? s->id : s->inode | UINT64_C(1) << 63;
}

/* sk_acceptq_is_full() */
static bool is_full(const struct ts_socket *s)
{
	return s->state == TS_LISTEN && s->backlog > s->backlog_max;
}

static const struct seen *seen_before(const struct look *look, const struct ts_socket *s)
{
	uint64_t key = socket_key(s);
	uint32_t at;

	if (!key || !look->before.slots || !hash_index_get(&look->before, key, &at))
		return NULL;
	return &look->stuck->seen[at];
}

static void see(const struct look *look, const struct ts_socket *s, const struct seen *before,
		struct seen *now)
{
	uint64_t ns = look->sockets->mono_ns;
	bool stayed = before && before->state == s->state;

	*now = (struct seen){ .key = socket_key(s),
			      .state = s->state,
			      .read_seq = s->read_seq,
			      .acked_seq = s->acked_seq };
	if (stayed)
		now->read_ns = before->read_seq == s->read_seq ? before->read_ns : ns;
	now->state_ns = stayed ? before->state_ns : ns;
	if (is_full(s))
		now->full_ns = stayed && before->full_ns ? before->full_ns : ns;
	if (s->state != TS_ESTABLISHED)
		return;
	if (socket_unread(s))
		now->unread_ns = stayed && before->unread_ns && before->read_seq == s->read_seq ?
					 before->unread_ns :
					 ns;
	if (s->send_q)
		now->unsent_ns = stayed && before->unsent_ns && before->acked_seq == s->acked_seq ?
					 before->unsent_ns :
					 ns;
}

/* The better of two lower bounds. */
static void at_least(struct span *span, uint64_t ns)
{
	if (span->exact || (span->known && span->ns >= ns))
		return;
	*span = (struct span){ .ns = ns, .known = span->known || ns };
}

/* Nothing but the FIN waits: had it done so for long, its timer would tell. */
static bool has_fin_alone(const struct ts_socket *s)
{
	return (s->state == TS_FIN_WAIT_1 || s->state == TS_LAST_ACK) && s->send_q <= 1;
}

static struct span state_span(const struct look *look, const struct ts_socket *s,
			      const struct seen *now)
{
	struct span span = { 0 };

	span.known = socket_age(look->sockets, s, &span.ns, &span.exact) || has_fin_alone(s);
	at_least(&span, look->sockets->mono_ns - now->state_ns);
	return span;
}

/* Its newest byte has lain there since it came; but if one was read since, somebody gets there. */
static struct span unread_span(const struct look *look, const struct ts_socket *s,
			       const struct seen *now)
{
	uint64_t mono_ns = look->sockets->mono_ns;
	uint64_t received_ns = socket_ticks_ns(look->sockets, s->received);
	struct span span = { .known = true };

	if (!now->read_ns || received_ns < mono_ns - now->read_ns)
		at_least(&span, received_ns);
	at_least(&span, mono_ns - now->unread_ns);
	return span;
}

static struct span unsent_span(const struct look *look, const struct ts_socket *s,
			       const struct seen *now)
{
	struct span span = { 0 };

	at_least(&span, socket_ticks_ns(look->sockets, s->stalled));
	at_least(&span, look->sockets->mono_ns - now->unsent_ns);
	return span;
}

/*
 * Nobody has accepted since the youngest connection came into the queue, or else there would be
 * room for one more.
 */
static struct span full_span(const struct look *look, const struct socket_entry *entry,
			     const struct seen *now)
{
	const struct queue *queue = &look->queues[entry - look->sockets->entries];
	struct span span = { 0 };

	if (queue->children >= entry->socket->backlog)
		at_least(&span, queue->youngest_ns);
	at_least(&span, look->sockets->mono_ns - now->full_ns);
	return span;
}

static void wait_longer(struct look *look, uint64_t ns)
{
	if (ns > look->list->again_ns && ns <= PATIENCE_NS)
		look->list->again_ns = ns;
}

static int add(struct look *look, const struct stuck_item *item)
{
	struct stuck_list *list = look->list;

	if (list->n == look->room) {
		size_t room = look->room ? look->room * 2 : 256;
		void *items = reallocarray(list->items, room, sizeof(*list->items));

		if (!items)
			return -ENOMEM;
		list->items = items;
		look->room = room;
	}
	list->items[list->n++] = *item;
	return 0;
}

enum { FOUND = 1 }; /* by one rule it is stuck: the others are not asked */

/* The kernel itself ends what has become a timewait socket. */
static uint64_t limit_of(const struct look *look, const struct ts_socket *s, enum stuck_rule rule)
{
	uint64_t ns = look->stuck->rules->ns[rule];

	if (ns != STUCK_FIN_TIMEOUT)
		return ns;
	return s->fin_timeout ? s->fin_timeout * look->sockets->tick_ns : STUCK_OFF;
}

/* FOUND, 0 or -ENOMEM. */
static int judge(struct look *look, const struct socket_entry *entry, enum stuck_rule rule,
		 struct span span)
{
	uint64_t limit = limit_of(look, entry->socket, rule);

	if (limit == STUCK_OFF)
		return 0;
	if (!limit || (span.known && span.ns > limit)) { /* longer than nothing: any */
		const struct stuck_item item = { .entry = entry,
						 .ns = span.ns,
						 .rule_ns = limit,
						 .rule = rule,
						 .exact = span.exact };
		int err = add(look, &item);

		return err ? err : FOUND;
	}
	if (!span.known) {
		look->list->unknown[rule]++;
		wait_longer(look, limit + 1);
	}
	return 0;
}

static bool is_on(const struct look *look, enum stuck_rule rule)
{
	return look->stuck->rules->ns[rule] != STUCK_OFF;
}

static int judge_unread(struct look *look, const struct socket_entry *entry,
			const struct seen *before, const struct seen *now)
{
	int err = judge(look, entry, STUCK_UNREAD, unread_span(look, entry->socket, now));

	if (err == FOUND && !before) /* is somebody reading? */
		wait_longer(look, READER_NS);
	return err;
}

static int judge_socket(struct look *look, const struct socket_entry *entry, struct seen *now)
{
	const struct ts_socket *s = entry->socket;
	const struct seen *before = seen_before(look, s);
	int err = 0;

	see(look, s, before, now);
	if (now->full_ns && is_on(look, STUCK_FULL))
		err = judge(look, entry, STUCK_FULL, full_span(look, entry, now));
	if (!err && now->unread_ns && is_on(look, STUCK_UNREAD))
		err = judge_unread(look, entry, before, now);
	if (!err && now->unsent_ns && is_on(look, STUCK_UNSENT))
		err = judge(look, entry, STUCK_UNSENT, unsent_span(look, s, now));
	if (!err && is_on(look, (enum stuck_rule)s->state))
		err = judge(look, entry, (enum stuck_rule)s->state, state_span(look, s, now));
	return err < 0 ? err : 0;
}

static void count_child(struct look *look, const struct socket_entry *entry)
{
	struct queue *queue = &look->queues[entry->listener - look->sockets->entries];
	uint64_t ns = 0;
	bool exact;

	if (entry->socket->state == TS_SYN_RECV) /* not in that queue yet */
		return;
	(void)socket_age(look->sockets, entry->socket, &ns, &exact);
	if (!queue->children++ || ns < queue->youngest_ns)
		queue->youngest_ns = ns;
}

static int open_look(struct look *look)
{
	const struct stuck *stuck = look->stuck;

	look->queues = calloc(look->sockets->n + 1, sizeof(*look->queues));
	if (!look->queues || hash_index_new(&look->before, stuck->n))
		return -ENOMEM;
	for (size_t i = 0; i < stuck->n; i++)
		if (stuck->seen[i].key)
			(void)hash_index_put(&look->before, stuck->seen[i].key, (uint32_t)i);
	for (size_t i = 0; i < look->sockets->n; i++)
		if (look->sockets->entries[i].listener)
			count_child(look, &look->sockets->entries[i]);
	return 0;
}

/* An MPTCP connection once, whatever number of subflows it has. */
static bool is_judged(const struct socket_entry *entry)
{
	return entry->socket->proto == IPPROTO_TCP && !(entry->socket->flags & TS_S_JOINED) &&
	       !entry->unwanted;
}

int stuck_judge(struct stuck *stuck, const struct sockets *sockets, struct stuck_list *list)
{
	struct look look = { .stuck = stuck, .sockets = sockets, .list = list };
	struct seen *seen = calloc(sockets->n + 1, sizeof(*seen));
	size_t n = 0;
	int err = seen ? open_look(&look) : -ENOMEM;

	*list = (struct stuck_list){ 0 };
	for (size_t i = 0; i < sockets->n && !err; i++)
		if (is_judged(&sockets->entries[i]))
			err = judge_socket(&look, &sockets->entries[i], &seen[n++]);
	hash_index_free(&look.before);
	free(look.queues);
	if (err) {
		free(seen);
		stuck_list_free(list);
		return err;
	}
	free(stuck->seen);
	stuck->seen = seen;
	stuck->n = n;
	return 0;
}
