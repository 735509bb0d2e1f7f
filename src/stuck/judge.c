// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Judges sockets by rules, and remembers what the last scan showed of each. */
#include "stuck/stuck.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>

#include "lib/hash_index.h"

/* An active reader reads something in this time. */
static const uint64_t READER_NS = 150 * 1000000ull;
/* Longest wait for a second scan. */
static const uint64_t AGAIN_MAX_NS = 2 * 1000000000ull;

/* One socket of a scan. state_ns ...: time of the scan since which the condition holds; 0: it does not. */
struct observed {
	uint64_t key;
	uint64_t state_ns, unread_ns, unsent_ns, full_ns;
	uint64_t read_ns; /* time of the last scan that found data read since the scan before; 0: none */
	uint64_t scan_ns; /* time of the scan */
	uint32_t read_seq, acked_seq;
	uint32_t item; /* the first of the socket in the list, plus 1; 0: none */
	uint8_t state;
};

/* The accept queue of a listener. */
struct queue {
	uint32_t children;
	uint64_t youngest_ns; /* lower bound of the youngest child's age */
};

/* One scan while its sockets are judged. */
struct scan {
	struct stuck *stuck;
	const struct sockets *sockets;
	struct stuck_list *list;
	size_t room;
	struct hash_index before;
	struct queue *queues;	/* by the index of the listener's entry */
	struct hash_index idle; /* MPTCP: the fewest idle ticks of a connection's other subflows */
};

/* How long a condition has held. */
struct span {
	uint64_t ns;
	bool known;
	bool exact;
};

void stuck_list_free(struct stuck_list *list)
{
	free(list->items);
	*list = (struct stuck_list){ 0 };
}

/* sk_acceptq_is_full() */
static bool is_full(const struct ts_socket *s)
{
	return s->state == TS_LISTEN && !(s->flags & TS_S_NO_INFO) && s->backlog > s->backlog_max;
}

static const struct observed *find_before(const struct scan *scan, const struct ts_socket *s)
{
	uint32_t at;

	return hash_index_get(&scan->before, socket_key(s), &at) ? &scan->stuck->observed[at] :
								   NULL;
}

static void observe(const struct scan *scan, const struct ts_socket *s,
		    const struct observed *before, struct observed *now)
{
	uint64_t ns = scan->sockets->mono_ns;
	bool stayed = before && before->state == s->state;

	*now = (struct observed){ .key = socket_key(s),
				  .state = s->state,
				  .scan_ns = ns,
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

/* Keeps the larger of two lower bounds. */
static void at_least(struct span *span, uint64_t ns)
{
	if (span->exact || (span->known && span->ns >= ns))
		return;
	*span = (struct span){ .ns = ns, .known = span->known || ns };
}

/* Only the FIN is unacknowledged. A long wait would show in its retransmissions. */
static bool has_fin_alone(const struct ts_socket *s)
{
	return (s->state == TS_FIN_WAIT_1 || s->state == TS_LAST_ACK) && s->send_q <= 1;
}

static struct span state_span(const struct scan *scan, const struct ts_socket *s,
			      const struct observed *now)
{
	struct span span = { 0 };

	span.known = socket_age(scan->sockets, s, &span.ns, &span.exact) || has_fin_alone(s);
	at_least(&span, scan->sockets->mono_ns - now->state_ns);
	return span;
}

/* The newest byte is unread since it arrived, unless the process has read data since. */
static struct span unread_span(const struct scan *scan, const struct ts_socket *s,
			       const struct observed *now)
{
	uint64_t mono_ns = scan->sockets->mono_ns;
	uint64_t received_ns = socket_ticks_ns(scan->sockets, s->received);
	struct span span = { .known = !(s->flags & TS_S_NO_INFO) };

	if (!now->read_ns || received_ns < mono_ns - now->read_ns)
		at_least(&span, received_ns);
	at_least(&span, mono_ns - now->unread_ns);
	return span;
}

static struct span unsent_span(const struct scan *scan, const struct ts_socket *s,
			       const struct observed *now)
{
	struct span span = { 0 };

	at_least(&span, socket_ticks_ns(scan->sockets, s->stalled));
	at_least(&span, scan->sockets->mono_ns - now->unsent_ns);
	return span;
}

/* A connection of MPTCP is as idle as the subflow that is least idle. */
static struct span idle_span(const struct scan *scan, const struct ts_socket *s)
{
	int32_t ticks = socket_idle_ticks(s);
	struct span span = { .known = ticks >= 0 };
	uint32_t least;

	if (s->connection && hash_index_get(&scan->idle, s->connection, &least) &&
	    (int32_t)least < ticks)
		ticks = (int32_t)least;
	at_least(&span, socket_ticks_ns(scan->sockets, ticks));
	return span;
}

/* The process has not called accept() since the youngest child came, or the queue would have room. */
static struct span full_span(const struct scan *scan, const struct socket_entry *entry,
			     const struct observed *now)
{
	const struct queue *queue = &scan->queues[entry - scan->sockets->entries];
	struct span span = { 0 };

	if (queue->children >= entry->socket->backlog)
		at_least(&span, queue->youngest_ns);
	at_least(&span, scan->sockets->mono_ns - now->full_ns);
	return span;
}

static void wait_longer(struct scan *scan, uint64_t ns)
{
	if (ns > scan->list->again_ns && ns <= AGAIN_MAX_NS)
		scan->list->again_ns = ns;
}

static int add(struct scan *scan, const struct stuck_item *item)
{
	struct stuck_list *list = scan->list;

	if (list->n == scan->room) {
		size_t room = scan->room ? scan->room * 2 : 256;
		void *items = reallocarray(list->items, room, sizeof(*list->items));

		if (!items)
			return -ENOMEM;
		list->items = items;
		scan->room = room;
	}
	list->items[list->n++] = *item;
	return 0;
}

enum { FOUND = 1 }; /* the socket breaks a rule: skip the others */

uint64_t stuck_limit(const struct stuck_rules *rules, enum stuck_rule rule,
		     const struct sockets *sockets, const struct ts_socket *s)
{
	if (rules->ns[rule] != STUCK_FIN_TIMEOUT)
		return rules->ns[rule];
	/* a timewait socket in FIN_WAIT_2 has none: the kernel ends it */
	return s->fin_timeout ? s->fin_timeout * sockets->tick_ns : STUCK_OFF;
}

/* Returns FOUND, 0 or -ENOMEM. */
static int judge(struct scan *scan, const struct socket_entry *entry, enum stuck_rule rule,
		 struct span span)
{
	uint64_t limit = stuck_limit(scan->stuck->rules, rule, scan->sockets, entry->socket);

	if (limit == STUCK_OFF)
		return 0;
	if (!limit || (span.known && span.ns > limit)) { /* a limit of 0: any age */
		const struct stuck_item item = { .entry = entry,
						 .ns = span.ns,
						 .rule_ns = limit,
						 .rule = rule,
						 .exact = span.exact };
		int err = add(scan, &item);

		return err ? err : FOUND;
	}
	if (!span.known) {
		scan->list->unknown[rule]++;
		wait_longer(scan, limit + 1);
	}
	return 0;
}

/*
 * The last judgement of a condition that has held since then: timestamps that bounds are made from may be
 * newer now.
 */
static void keep_bound(const struct scan *scan, const struct observed *before, enum stuck_rule rule,
		       uint64_t since_ns, struct span *span)
{
	const struct stuck_list *last = scan->stuck->last;
	const struct stuck_item *item;

	if (!last || !before || !before->item || since_ns == scan->sockets->mono_ns)
		return;
	item = &last->items[before->item - 1];
	if (item->rule == rule)
		at_least(span, item->ns + scan->sockets->mono_ns - before->scan_ns);
}

static int judge_since(struct scan *scan, const struct socket_entry *entry, enum stuck_rule rule,
		       struct span span, uint64_t since_ns)
{
	keep_bound(scan, find_before(scan, entry->socket), rule, since_ns, &span);
	return judge(scan, entry, rule, span);
}

static int judge_unread(struct scan *scan, const struct socket_entry *entry,
			const struct observed *before, const struct observed *now)
{
	int err = judge_since(scan, entry, STUCK_UNREAD, unread_span(scan, entry->socket, now),
			      now->unread_ns);

	if (err == FOUND && !before) /* a second scan shows whether the process reads */
		wait_longer(scan, READER_NS);
	return err;
}

static int judge_socket(struct scan *scan, const struct socket_entry *entry, struct observed *now)
{
	const struct ts_socket *s = entry->socket;
	const struct observed *before = find_before(scan, s);
	const int enough = scan->stuck->last ? FOUND + 1 : FOUND;
	const size_t items = scan->list->n;
	int err = 0;

	observe(scan, s, before, now);
	if (now->full_ns)
		err = judge_since(scan, entry, STUCK_FULL, full_span(scan, entry, now),
				  now->full_ns);
	if (err >= 0 && err < enough && now->unread_ns)
		err = judge_unread(scan, entry, before, now);
	if (err >= 0 && err < enough && now->unsent_ns)
		err = judge_since(scan, entry, STUCK_UNSENT, unsent_span(scan, s, now),
				  now->unsent_ns);
	if (err >= 0 && err < enough && s->state == TS_ESTABLISHED)
		err = judge(scan, entry, STUCK_IDLE, idle_span(scan, s));
	if (err >= 0 && err < enough)
		err = judge_since(scan, entry, (enum stuck_rule)s->state, state_span(scan, s, now),
				  now->state_ns);
	now->item = scan->list->n > items ? (uint32_t)items + 1 : 0;
	return err < 0 ? err : 0;
}

static void count_child(struct scan *scan, const struct socket_entry *entry)
{
	struct queue *queue = &scan->queues[entry->listener - scan->sockets->entries];
	uint64_t ns = 0;
	bool exact;

	if (entry->socket->state == TS_SYN_RECV) /* not in the accept queue yet */
		return;
	(void)socket_age(scan->sockets, entry->socket, &ns, &exact);
	if (!queue->children++ || ns < queue->youngest_ns)
		queue->youngest_ns = ns;
}

static int index_subflows(struct scan *scan)
{
	const struct sockets *sockets = scan->sockets;
	size_t n = 0;

	for (size_t i = 0; i < sockets->n; i++)
		n += !!(sockets->entries[i].socket->flags & TS_S_JOINED);
	if (n && hash_index_new(&scan->idle, n))
		return -ENOMEM;
	for (size_t i = 0; i < sockets->n && n; i++) {
		const struct ts_socket *s = sockets->entries[i].socket;
		int32_t ticks = socket_idle_ticks(s);
		uint32_t before;

		if (!(s->flags & TS_S_JOINED) || ticks < 0)
			continue;
		before = hash_index_put(&scan->idle, s->connection, (uint32_t)ticks);
		if ((int32_t)before > ticks)
			(void)hash_index_set(&scan->idle, s->connection, (uint32_t)ticks);
	}
	return 0;
}

static int open_scan(struct scan *scan)
{
	const struct stuck *stuck = scan->stuck;

	scan->queues = calloc(scan->sockets->n + 1, sizeof(*scan->queues));
	if (!scan->queues || hash_index_new(&scan->before, stuck->n_observed))
		return -ENOMEM;
	for (size_t i = 0; i < stuck->n_observed; i++)
		(void)hash_index_put(&scan->before, stuck->observed[i].key, (uint32_t)i);
	for (size_t i = 0; i < scan->sockets->n; i++)
		if (scan->sockets->entries[i].listener)
			count_child(scan, &scan->sockets->entries[i]);
	return index_subflows(scan);
}

/* An MPTCP connection is judged once, not once per subflow. */
static bool is_judged(const struct stuck *stuck, const struct socket_entry *entry)
{
	const uint32_t state = entry->socket->state;

	if (stuck->states && !ts_filter_pair(stuck->states, state, state))
		return false;
	return entry->socket->proto == IPPROTO_TCP && !(entry->socket->flags & TS_S_JOINED) &&
	       !entry->unwanted;
}

int stuck_judge(struct stuck *stuck, const struct sockets *sockets, struct stuck_list *list)
{
	struct scan scan = { .stuck = stuck, .sockets = sockets, .list = list };
	struct observed *observed = calloc(sockets->n + 1, sizeof(*observed));
	size_t n = 0;
	int err = observed ? open_scan(&scan) : -ENOMEM;

	*list = (struct stuck_list){ 0 };
	for (size_t i = 0; i < sockets->n && !err; i++)
		if (is_judged(stuck, &sockets->entries[i]))
			err = judge_socket(&scan, &sockets->entries[i], &observed[n++]);
	hash_index_free(&scan.before);
	hash_index_free(&scan.idle);
	free(scan.queues);
	if (err) {
		free(observed);
		stuck_list_free(list);
		return err;
	}
	free(stuck->observed);
	stuck->observed = observed;
	stuck->n_observed = n;
	return 0;
}
