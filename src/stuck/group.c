// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Sorts stuck sockets by group, origin and peer, and cuts the result into runs. Lists the processes of each. */
#include "stuck/group.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "lib/hash_index.h"
#include "sockets/view.h"
#include "stuck/program.h"

enum { HOLDERS_MAX = 64 };

/* The sort key of an item. */
struct keyed {
	const struct stuck_item *item;
	uint64_t who; /* hash of its programs */
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

/* Sockets without a process are grouped by the cause. */
static uint64_t no_process_cause(const struct ts_socket *s)
{
	return socket_is_kernels(s) ? 1 : s->flags & TS_S_ORPHAN ? 2 : 0;
}

/* A hash of the programs that hold a socket, whatever their order. */
static uint64_t who_holds(struct programs *programs, const struct sockets *sockets,
			  const struct socket_entry *entry)
{
	const struct ts_holder *holders[HOLDERS_MAX];
	size_t n = stuck_holders(sockets, entry, holders, HOLDERS_MAX), different = 0;
	uint64_t sum = 0, seen[HOLDERS_MAX];

	for (size_t i = 0; i < n && i < HOLDERS_MAX; i++) {
		uint64_t program = programs_get(programs, holders[i]);
		size_t k = 0;

		while (k < different && seen[k] != program)
			k++;
		if (k < different)
			continue;
		seen[different++] = program;
		sum += program_mix(1, program);
	}
	return program_mix(sum, different ? different : no_process_cause(entry->socket) << 32);
}

static enum stuck_cause half_open_cause(const struct socket_entry *entry)
{
	const struct ts_socket *listener = entry->listener ? entry->listener->socket : NULL;
	uint32_t flags = entry->socket->flags;

	if (!entry->socket->listener && flags & TS_S_MINISOCK)
		return STUCK_ACK_UNKNOWN;
	if (!(flags & TS_S_ACK_CAME))
		return STUCK_USUAL;
	if (flags & TS_S_DEFERRED && !(listener && listener->backlog > listener->backlog_max))
		return STUCK_DEFERRED;
	return STUCK_ACK_DROPPED;
}

/* An acknowledgement of the last data comes before that. */
static const uint64_t ANSWER_NS = 2 * UINT64_C(1000000000);

static enum stuck_cause idle_cause(const struct sockets *sockets, const struct ts_socket *s)
{
	uint64_t idle_ns = socket_ticks_ns(sockets, socket_idle_ticks(s));

	if (s->probes || (s->send_q && s->retransmits))
		return STUCK_NO_ANSWER;
	if (s->flags & TS_S_NO_OPTIONS)
		return STUCK_USUAL;
	if (!(s->flags & TS_S_KEEPALIVE))
		return STUCK_UNWATCHED;
	if (socket_ticks_ns(sockets, s->acked) + ANSWER_NS < idle_ns)
		return STUCK_ANSWERS;
	return STUCK_WATCHED;
}

static enum stuck_cause closed_cause(const struct ts_socket *s)
{
	if (s->flags & TS_S_ENDED || s->error || s->rport)
		return STUCK_ENDED;
	if (s->flags & TS_S_NO_INFO &&
	    !s->lport) /* without BPF one that was refused looks unused */
		return STUCK_USUAL;
	return s->lport ? STUCK_BOUND : STUCK_UNUSED;
}

enum stuck_cause stuck_cause(const struct sockets *sockets, const struct stuck_item *item)
{
	if ((int)item->rule == TS_CLOSED)
		return closed_cause(item->entry->socket);
	if (item->rule == STUCK_IDLE)
		return idle_cause(sockets, item->entry->socket);
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

static void sum_up(const struct sockets *sockets, const struct keyed *keyed, size_t n,
		   struct stuck_group *group)
{
	for (size_t i = 0; i < n; i++) {
		const struct socket_entry *entry = keyed[i].item->entry;
		const struct ts_socket *s = entry->socket;
		uint64_t ns;

		group->rings_unknown = sockets->rings_unknown;
		group->in_rings += entry->holder && holder_is_ring(entry->holder);
		group->not_accepted += !entry->holder && entry->listener;
		if (s->state == TS_LISTEN || s->flags & TS_S_MINISOCK)
			continue;
		group->unread += socket_unread(s);
		group->with_unread += socket_unread(s) > 0;
		group->unsent += socket_unacked(s);
		group->with_unsent += socket_unacked(s) > 0;
		if (group->rule == STUCK_IDLE && socket_keepalive_end(sockets, s, &ns) &&
		    ns > group->notice_ns)
			group->notice_ns = ns;
		group->at_end += s->flags & TS_S_FIN_SEEN && !s->recv_q;
	}
}

/* The process that holds a socket first, with all of its sockets in the group. */
static void add_process(struct hash_index *index, const struct stuck_item *item,
			struct stuck_group *group)
{
	const struct ts_holder *holder = socket_process(item->entry);
	struct stuck_process *process;
	uint32_t at;

	if (!holder)
		return;
	at = hash_index_put(index, program_process_key(holder), (uint32_t)group->n_processes);
	process = &group->processes[at];
	if (at == group->n_processes) {
		*process = (struct stuck_process){ .all.oldest = item, .holder = holder };
		group->n_processes++;
	}
	process->all.n++;
	if (item->ns > process->all.oldest->ns)
		process->all.oldest = item;
}

static void add_others(const struct sockets *sockets, struct hash_index *index,
		       const struct stuck_item *item, struct stuck_group *group)
{
	const struct ts_holder *first = socket_process(item->entry), *holder = first;
	bool shared = false;

	for (; holder; holder = socket_next_holder(sockets, holder)) {
		uint32_t at = (uint32_t)(group->n_processes + group->n_others);

		shared |= holder->tgid != first->tgid;
		if (hash_index_put(index, program_process_key(holder), at) == at)
			group->others[group->n_others++] = holder;
	}
	group->shared += shared;
}

static int add_processes(const struct sockets *sockets, const struct keyed *keyed, size_t n,
			 struct stuck_group *group)
{
	struct hash_index index = { 0 };
	size_t holders = 0;
	int err = 0;

	for (size_t i = 0; i < n; i++) {
		const struct socket_entry *entry = keyed[i].item->entry;

		holders += entry->holder || !entry->listener ? entry->holders :
							       entry->listener->holders;
	}
	group->processes = calloc(n, sizeof(*group->processes));
	group->others = calloc(holders + 1, sizeof(*group->others));
	if (!group->processes || !group->others || hash_index_new(&index, holders))
		err = -ENOMEM;
	for (size_t i = 0; i < n && !err; i++)
		add_process(&index, keyed[i].item, group);
	if (!err) /* its holders come first */
		add_others(sockets, &index, group->all.oldest, group);
	group->shared = 0;
	for (size_t i = 0; i < n && !err; i++)
		add_others(sockets, &index, keyed[i].item, group);
	hash_index_free(&index);
	qsort(group->processes, group->n_processes, sizeof(*group->processes), most_first);
	return err;
}

static int add_groups(const struct sockets *sockets, const struct keyed *keyed, size_t n,
		      struct stuck_groups *groups)
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
		sum_up(sockets, keyed + i, length, group);
		err = add_origins(keyed + i, length, group);
		if (!err)
			err = add_processes(sockets, keyed + i, length, group);
	}
	qsort(groups->groups, groups->n, sizeof(*groups->groups), most_first);
	return err;
}

static void key_items(const struct sockets *sockets, const struct stuck_list *list,
		      const struct hash_index *servers, struct programs *programs,
		      struct keyed *keyed)
{
	uint32_t unused;

	for (size_t i = 0; i < list->n; i++) {
		const struct stuck_item *item = &list->items[i];
		const struct ts_socket *s = item->entry->socket;

		keyed[i].item = item;
		keyed[i].who = who_holds(programs, sockets, item->entry);
		keyed[i].cause = stuck_cause(sockets, item);
		keyed[i].server = s->flags & TS_S_SERVED || /* its listener may be closed */
				  hash_index_get(servers, (uint64_t)s->netns << 16 | s->lport,
						 &unused);
	}
	qsort(keyed, list->n, sizeof(*keyed), compare_keyed);
}

int stuck_groups_new(const struct sockets *sockets, const struct stuck_list *list, const char *proc,
		     struct stuck_groups *groups)
{
	struct keyed *keyed = calloc(list->n + 1, sizeof(*keyed));
	struct hash_index servers = { 0 };
	struct programs programs;
	int err = programs_new(list, proc, &programs);

	if (!err)
		err = keyed ? index_servers(sockets, &servers) : -ENOMEM;

	*groups = (struct stuck_groups){ 0 };
	if (!err) {
		key_items(sockets, list, &servers, &programs, keyed);
		err = add_groups(sockets, keyed, list->n, groups);
	}
	programs_free(&programs);
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
		free(groups->groups[i].processes);
		free(groups->groups[i].others);
	}
	free(groups->groups);
	*groups = (struct stuck_groups){ 0 };
}
