// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Sorts stuck sockets by group, origin and peer, and cuts the result into runs. */
#include "stuck/group.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "lib/hash_index.h"
#include "sockets/view.h"

enum { HOLDERS_MAX = 64 };

/* The sort key of an item. */
struct keyed {
	const struct stuck_item *item;
	uint64_t who; /* hash of its processes */
	enum stuck_cause cause;
	bool server;
};

size_t stuck_holders(const struct sockets *sockets, const struct socket_entry *entry,
		     const struct ts_holder **holders, size_t max)
{
	const struct ts_holder *holder = socket_process(entry), *last = NULL;
	size_t n = 0;

	for (; holder; last = holder, holder = socket_next_holder(sockets, holder)) {
		size_t i = 0;

		while (i < n && i < max && holders[i]->tgid != holder->tgid)
			i++;
		/* beyond `max`, compare with the last: the iterator walks process by process */
		if ((i < n && i < max) || (last && last->tgid == holder->tgid))
			continue;
		if (n < max)
			holders[n] = holder;
		n++;
	}
	return n;
}

static uint64_t mix(uint64_t hash, uint64_t number)
{
	return (hash ^ number) * 0x9e3779b97f4a7c15 + (hash >> 29);
}

/* Sockets without a process are grouped by the cause. */
static uint64_t no_process_cause(const struct ts_socket *s)
{
	return socket_is_kernels(s) ? 1 : s->flags & TS_S_ORPHAN ? 2 : 0;
}

/* A hash of the processes, whatever their order. */
static uint64_t who_holds(const struct sockets *sockets, const struct socket_entry *entry)
{
	const struct ts_holder *holders[HOLDERS_MAX];
	size_t n = stuck_holders(sockets, entry, holders, HOLDERS_MAX);
	uint64_t sum = 0;

	for (size_t i = 0; i < n && i < HOLDERS_MAX; i++)
		sum += mix(mix(1, holders[i]->tgid), holders[i]->start_ns);
	return mix(sum, n ? n : no_process_cause(entry->socket) << 32);
}

static enum stuck_cause half_open_cause(const struct socket_entry *entry)
{
	const struct ts_socket *listener = entry->listener ? entry->listener->socket : NULL;
	uint32_t flags = entry->socket->flags;

	if (!(flags & TS_S_ACK_CAME))
		return STUCK_USUAL;
	if (flags & TS_S_DEFERRED && !(listener && listener->backlog > listener->backlog_max))
		return STUCK_DEFERRED;
	return STUCK_ACK_DROPPED;
}

enum stuck_cause stuck_cause(const struct stuck_item *item)
{
	return (int)item->rule == TS_SYN_RECV ? half_open_cause(item->entry) : STUCK_USUAL;
}

/* The ports of listeners, by network namespace. */
static int index_servers(const struct sockets *sockets, struct hash_index *ports)
{
	size_t n = 0;

	for (size_t i = 0; i < sockets->n; i++)
		n += sockets->entries[i].socket->state == TS_LISTEN;
	if (hash_index_new(ports, n))
		return -ENOMEM;
	for (size_t i = 0; i < sockets->n; i++) {
		const struct ts_socket *s = sockets->entries[i].socket;

		if (s->state == TS_LISTEN)
			(void)hash_index_put(ports, (uint64_t)s->netns << 16 | s->lport, 0);
	}
	return 0;
}

static int compare_numbers(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

/* Listeners have no peer: each is one of its own. */
static int compare_listeners(const struct ts_socket *left, const struct ts_socket *right)
{
	int order = left->lport - right->lport;

	return order ? order : compare_numbers(left->address, right->address);
}

static int compare_peers(const struct keyed *a, const struct keyed *b)
{
	const struct ts_socket *left = a->item->entry->socket, *right = b->item->entry->socket;
	int order = a->server - b->server;

	if (!order)
		order = left->family - right->family;
	if (!order)
		order = memcmp(left->raddr, right->raddr, sizeof(left->raddr));
	if (!order && left->state == TS_LISTEN)
		order = compare_listeners(left, right);
	else if (!order && !a->server)
		order = left->rport - right->rport;
	return order;
}

static int compare_origins(const struct keyed *a, const struct keyed *b)
{
	return compare_numbers(a->item->origin, b->item->origin);
}

static int compare_groups(const struct keyed *a, const struct keyed *b)
{
	int order = compare_numbers(a->who, b->who);

	if (!order)
		order = compare_numbers(a->item->rule, b->item->rule);
	return order ? order : compare_numbers(a->cause, b->cause);
}

static int compare_keyed(const void *left, const void *right)
{
	const struct keyed *a = left, *b = right;
	int order = compare_groups(a, b);

	if (!order)
		order = compare_origins(a, b);
	if (!order)
		order = compare_peers(a, b);
	return order ? order : compare_numbers((uintptr_t)a->item, (uintptr_t)b->item);
}

static struct stuck_part part_of(const struct keyed *keyed, size_t n)
{
	struct stuck_part part = { .n = n, .oldest = keyed->item };

	for (size_t i = 1; i < n; i++)
		if (keyed[i].item->ns > part.oldest->ns)
			part.oldest = keyed[i].item;
	return part;
}

/* Returns how many items from the first on are equal to it. */
static size_t run_length(const struct keyed *keyed, size_t n,
			 int (*compare)(const struct keyed *a, const struct keyed *b))
{
	size_t length = 1;

	while (length < n && !compare(&keyed[0], &keyed[length]))
		length++;
	return length;
}

static size_t count_runs(const struct keyed *keyed, size_t n,
			 int (*compare)(const struct keyed *a, const struct keyed *b))
{
	size_t runs = 0;

	for (size_t i = 0; i < n; runs++)
		i += run_length(keyed + i, n - i, compare);
	return runs;
}

/* The part is the first member of what is sorted. */
static int most_first(const void *left, const void *right)
{
	const struct stuck_part *a = left, *b = right;

	if (a->n != b->n)
		return a->n > b->n ? -1 : 1;
	if (a->oldest->ns != b->oldest->ns)
		return a->oldest->ns > b->oldest->ns ? -1 : 1;
	return compare_numbers((uintptr_t)a->oldest, (uintptr_t)b->oldest);
}

static int add_peers(const struct keyed *keyed, size_t n, struct stuck_origin *origin)
{
	origin->peers = calloc(count_runs(keyed, n, compare_peers), sizeof(*origin->peers));
	if (!origin->peers)
		return -ENOMEM;
	for (size_t i = 0, length; i < n; i += length) {
		length = run_length(keyed + i, n - i, compare_peers);
		origin->peers[origin->n_peers++] = (struct stuck_peer){
			.all = part_of(keyed + i, length), .server = keyed[i].server
		};
	}
	qsort(origin->peers, origin->n_peers, sizeof(*origin->peers), most_first);
	return 0;
}

static int add_origins(const struct keyed *keyed, size_t n, struct stuck_group *group)
{
	int err = 0;

	group->origins = calloc(count_runs(keyed, n, compare_origins), sizeof(*group->origins));
	if (!group->origins)
		return -ENOMEM;
	for (size_t i = 0, length; i < n && !err; i += length) {
		struct stuck_origin *origin = &group->origins[group->n_origins++];

		length = run_length(keyed + i, n - i, compare_origins);
		origin->all = part_of(keyed + i, length);
		origin->origin = keyed[i].item->origin;
		err = add_peers(keyed + i, length, origin);
	}
	qsort(group->origins, group->n_origins, sizeof(*group->origins), most_first);
	return err;
}

static void sum_up(const struct keyed *keyed, size_t n, struct stuck_group *group)
{
	for (size_t i = 0; i < n; i++) {
		const struct socket_entry *entry = keyed[i].item->entry;
		const struct ts_socket *s = entry->socket;

		group->not_accepted += !entry->holder && entry->listener;
		if (s->state == TS_LISTEN || s->flags & TS_S_MINISOCK)
			continue;
		group->unread += socket_unread(s);
		group->with_unread += socket_unread(s) > 0;
		group->unsent += socket_unacked(s);
		group->with_unsent += socket_unacked(s) > 0;
		group->at_end += s->flags & TS_S_FIN_SEEN && !s->recv_q;
	}
}

static int add_groups(const struct keyed *keyed, size_t n, struct stuck_groups *groups)
{
	int err = 0;

	groups->groups = calloc(count_runs(keyed, n, compare_groups) + 1, sizeof(*groups->groups));
	if (!groups->groups)
		return -ENOMEM;
	for (size_t i = 0, length; i < n && !err; i += length) {
		struct stuck_group *group = &groups->groups[groups->n++];

		length = run_length(keyed + i, n - i, compare_groups);
		group->all = part_of(keyed + i, length);
		group->rule = keyed[i].item->rule;
		group->cause = keyed[i].cause;
		sum_up(keyed + i, length, group);
		err = add_origins(keyed + i, length, group);
	}
	qsort(groups->groups, groups->n, sizeof(*groups->groups), most_first);
	return err;
}

static void key_items(const struct sockets *sockets, const struct stuck_list *list,
		      const struct hash_index *servers, struct keyed *keyed)
{
	uint32_t unused;

	for (size_t i = 0; i < list->n; i++) {
		const struct stuck_item *item = &list->items[i];
		const struct ts_socket *s = item->entry->socket;

		keyed[i].item = item;
		keyed[i].who = who_holds(sockets, item->entry);
		keyed[i].cause = stuck_cause(item);
		keyed[i].server = s->flags & TS_S_SERVED || /* its listener may be closed */
				  hash_index_get(servers, (uint64_t)s->netns << 16 | s->lport,
						 &unused);
	}
	qsort(keyed, list->n, sizeof(*keyed), compare_keyed);
}

int stuck_groups_new(const struct sockets *sockets, const struct stuck_list *list,
		     struct stuck_groups *groups)
{
	struct keyed *keyed = calloc(list->n + 1, sizeof(*keyed));
	struct hash_index servers = { 0 };
	int err = keyed ? index_servers(sockets, &servers) : -ENOMEM;

	*groups = (struct stuck_groups){ 0 };
	if (!err) {
		key_items(sockets, list, &servers, keyed);
		err = add_groups(keyed, list->n, groups);
	}
	hash_index_free(&servers);
	free(keyed);
	if (err)
		stuck_groups_free(groups);
	return err;
}

void stuck_groups_free(struct stuck_groups *groups)
{
	for (size_t i = 0; i < groups->n; i++) {
		for (size_t j = 0; j < groups->groups[i].n_origins; j++)
			free(groups->groups[i].origins[j].peers);
		free(groups->groups[i].origins);
	}
	free(groups->groups);
	*groups = (struct stuck_groups){ 0 };
}
