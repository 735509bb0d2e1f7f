// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Joins sockets with holders (by inode, as ss does) and with listeners (by address). */
#include "sockets/join.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "filter/filter.h"
#include "lib/hash_index.h"
#include "sockets/view.h"
#include "system/netns.h"

enum { ROOM_FIRST = 1 << 20 };

struct sockets_inside {
	struct sockets sockets; /* first: the public part */
	struct rows rows, files, again;
	struct rows closed; /* sockets that came with the files */
	uint32_t *next;	    /* of each holder's row, in units of a row; 0: the last */
	struct ts_holder *first_holder;
	size_t n_holders;
};

static struct sockets_inside *inside(const struct sockets *sockets)
{
	return (struct sockets_inside *)sockets;
}

char *rows_reserve(struct rows *rows, size_t n)
{
	size_t room = rows->room ? rows->room : ROOM_FIRST;
	char *data;

	if (rows->room - rows->size >= n)
		return rows->data + rows->size;
	while (room - rows->size < n)
		room *= 2;
	data = realloc(rows->data, room);
	if (!data)
		return NULL;
	rows->data = data;
	rows->room = room;
	return data + rows->size;
}

struct rows *rows_more(struct rows *rows)
{
	while (rows->next)
		rows = rows->next;
	rows->next = calloc(1, sizeof(*rows));
	return rows->next;
}

int sockets_new(struct sockets **out, struct rows **rows)
{
	struct sockets_inside *in = calloc(1, sizeof(*in));

	if (!in)
		return -ENOMEM;
	*out = &in->sockets;
	*rows = &in->rows;
	return 0;
}

void sockets_free(struct sockets *sockets)
{
	struct sockets_inside *in = inside(sockets);

	if (!in)
		return;
	while (in->rows.next) {
		struct rows *rows = in->rows.next;

		in->rows.next = rows->next;
		free(rows->data);
		free(rows);
	}
	free(in->rows.data);
	free(in->files.data);
	free(in->again.data);
	free(in->closed.data);
	free(in->next);
	free(sockets->entries);
	free(sockets->netns_failed);
	free(sockets->netns_hidden);
	free(in);
}

void sockets_keep(struct sockets *sockets, struct rows *files, struct rows *again)
{
	if (!sockets) {
		free(files->data);
		free(again->data);
		return;
	}
	inside(sockets)->files = *files;
	inside(sockets)->again = *again;
}

int sockets_note_netns_failed(struct sockets *sockets, const struct netns_list *list, size_t n)
{
	sockets->netns_failed = calloc(n, sizeof(*sockets->netns_failed));
	if (!sockets->netns_failed)
		return -ENOMEM;
	for (size_t i = 0; i < list->n && sockets->n_netns_failed < n; i++)
		if (list->items[i].failed)
			sockets->netns_failed[sockets->n_netns_failed++] = list->items[i].inode;
	return 0;
}

static bool size_fits(const struct ts_row_head *head)
{
	static const uint32_t sizes[] = {
		[TS_ROW_SOCKET] = sizeof(struct ts_socket),
		[TS_ROW_HOLDER] = sizeof(struct ts_holder),
		[TS_ROW_CHILD] = sizeof(struct ts_child),
		[TS_ROW_SLOT] = sizeof(struct ts_holder),
		[TS_ROW_NETNS] = sizeof(struct ts_netns_row),
	};

	return head->kind && head->kind < sizeof(sizes) / sizeof(sizes[0]) &&
	       head->size == sizes[head->kind];
}

/* The row at `at`; NULL after the last, or with -EPROTO in *err for an invalid one. */
static const struct ts_row_head *row_at(const struct rows *rows, size_t at, int *err)
{
	const struct ts_row_head *head = (const void *)(rows->data + at);

	if (at == rows->size)
		return NULL;
	if (rows->size - at < sizeof(*head) || !size_fits(head) || head->size > rows->size - at) {
		*err = -EPROTO;
		return NULL;
	}
	return head;
}

const struct ts_row_head *rows_whole(const struct rows *rows, size_t at, int *err)
{
	const struct ts_row_head *head = (const void *)(rows->data + at);

	if (rows->size - at < sizeof(*head))
		return NULL;
	if (!size_fits(head)) {
		*err = -EPROTO;
		return NULL;
	}
	return head->size > rows->size - at ? NULL : head;
}

/* Indices of entries. */
struct indices {
	uint32_t *at;
	size_t n, room;
};

/* State of one join. The rows are many cache lines: they are walked once. */
struct join {
	struct sockets *sockets;
	const struct rows *rows;
	struct hash_index holders; /* by inode */
	struct hash_index seen;	   /* by id */
	struct indices listeners;
	struct indices waiting; /* for accept() */
	size_t children;	/* rows of accept queues */
	bool *shown;		/* by the first of its holders: a socket has an entry */
};

static int indices_add(struct indices *indices, size_t at)
{
	if (indices->n == indices->room) {
		size_t room = indices->room ? indices->room * 2 : 64;
		uint32_t *more = reallocarray(indices->at, room, sizeof(*more));

		if (!more)
			return -ENOMEM;
		indices->at = more;
		indices->room = room;
	}
	indices->at[indices->n++] = (uint32_t)at;
	return 0;
}

/*
 * Before 6.16 an iterator that resumes in a bucket skips as many sockets as it has shown there
 * (bpf_iter_tcp_seek_last_pos()). A socket that was added meanwhile makes it show another one twice.
 */
static bool was_seen(struct hash_index *seen, const struct ts_socket *s, size_t index)
{
	return s->id && hash_index_put(seen, s->id, (uint32_t)index) != index;
}

/* Made by a listener and not accepted yet. */
static bool waits_for_accept(const struct ts_socket *s)
{
	return s->proto == IPPROTO_TCP && s->state != TS_LISTEN && s->state != TS_TIME_WAIT &&
	       s->flags & TS_S_NO_FILE && !s->inode && !(s->flags & TS_S_ORPHAN) &&
	       !socket_is_kernels(s);
}

static void find_holder(const struct join *join, struct socket_entry *entry)
{
	const struct sockets_inside *in = inside(join->sockets);
	uint32_t at;

	if (!entry->socket->inode || !hash_index_get(&join->holders, entry->socket->inode, &at))
		return;
	join->shown[at] = true;
	entry->holder = &in->first_holder[at];
	entry->holders = 1 + entry->holder->more;
	while ((at = in->next[at]))
		entry->holders += 1 + in->first_holder[at].more;
}

static int add_entry(struct join *join, const struct ts_socket *s)
{
	struct sockets *sockets = join->sockets;
	size_t index = sockets->n;

	if (was_seen(&join->seen, s, index))
		return 0;
	sockets->entries[sockets->n++].socket = s;
	find_holder(join, &sockets->entries[index]);
	if (s->state == TS_LISTEN)
		return indices_add(&join->listeners, index);
	return waits_for_accept(s) ? indices_add(&join->waiting, index) : 0;
}

static int add_entries(struct join *join, const struct rows *rows)
{
	const struct ts_row_head *head;
	size_t at = 0;
	int err = 0;

	while (!err && (head = row_at(rows, at, &err))) {
		at += head->size;
		if (head->kind == TS_ROW_SOCKET)
			err = add_entry(join, (const void *)head);
		else if (head->kind == TS_ROW_CHILD)
			join->children++;
		/* holders come in rows of their own */
	}
	return err;
}

/*
 * Each of a socket's holders came with a row of the socket. The socket is no longer closed if another
 * iterator found it, later.
 */
static void add_closed(struct join *join, const struct rows *rows)
{
	const struct ts_socket *closed = (const void *)rows->data;
	struct sockets *sockets = join->sockets;
	uint32_t at;

	for (size_t i = 0; i < rows->size / sizeof(*closed); i++) {
		struct socket_entry *entry = &sockets->entries[sockets->n];

		if (!hash_index_get(&join->holders, closed[i].inode, &at) || join->shown[at])
			continue;
		entry->socket = &closed[i];
		find_holder(join, entry);
		sockets->n++;
	}
}

static int make_entries(struct join *join)
{
	struct sockets *sockets = join->sockets;
	const struct rows *closed = &inside(sockets)->closed;
	size_t most = closed->size / sizeof(struct ts_socket);
	int err = 0;

	for (const struct rows *rows = join->rows; rows; rows = rows->next)
		most += rows->size / sizeof(struct ts_socket);
	free(sockets->entries);
	sockets->n = 0;
	sockets->entries = calloc(most + 1, sizeof(*sockets->entries));
	if (!sockets->entries || hash_index_new(&join->seen, most))
		return -ENOMEM;
	for (const struct rows *rows = join->rows; rows && !err; rows = rows->next)
		err = add_entries(join, rows);
	if (!err)
		add_closed(join, closed);
	return err;
}

static bool are_holders(const struct rows *files, size_t n)
{
	const struct ts_holder *holders = (const void *)files->data;

	for (size_t i = 0; i < n; i++)
		if ((holders[i].head.kind != TS_ROW_HOLDER &&
		     holders[i].head.kind != TS_ROW_SLOT) ||
		    holders[i].head.size != sizeof(*holders))
			return false;
	return files->size == n * sizeof(*holders);
}

/* Chains the holders of each inode in the order of their rows. The index has the first of each. */
static int chain_holders(struct sockets_inside *in, const struct rows *files,
			 struct hash_index *index)
{
	uint32_t *last;
	int err = 0;
	size_t n = files->size / sizeof(struct ts_holder);

	if (!are_holders(files, n))
		return -EPROTO;
	free(in->next);
	in->next = calloc(n + 1, sizeof(*in->next));
	last = calloc(n + 1, sizeof(*last));
	in->first_holder = (void *)files->data;
	in->n_holders = n;
	if (!in->next || !last || hash_index_new(index, n))
		err = -ENOMEM;
	for (size_t i = 0; i < n && !err; i++) {
		uint32_t first = hash_index_put(index, in->first_holder[i].inode, (uint32_t)i);

		if (first != i)
			in->next[last[first]] = (uint32_t)i;
		last[first] = (uint32_t)i;
	}
	free(last);
	return err;
}

struct rows *sockets_closed(struct sockets *sockets)
{
	return &inside(sockets)->closed;
}

int sockets_take_closed(struct sockets *sockets, struct rows *files)
{
	struct rows *closed = &inside(sockets)->closed;
	const struct ts_row_head *head;
	size_t at = 0, kept = 0;
	int err = 0;

	closed->size = 0;
	while ((head = row_at(files, at, &err))) {
		size_t size = head->size;

		if (head->kind == TS_ROW_SOCKET) {
			char *room = rows_reserve(closed, size);

			if (!room)
				return -ENOMEM;
			memcpy(room, head, size);
			closed->size += size;
		} else {
			memmove(files->data + kept, head, size);
			kept += size;
		}
		at += size;
	}
	files->size = kept;
	return err;
}

int rows_add_missing(struct rows *again, const struct rows *files)
{
	const size_t size = sizeof(struct ts_holder), n = again->size / size;
	const struct ts_holder *holders = (const void *)again->data;
	struct hash_index index = { 0 };
	uint32_t at;
	int err = 0;

	if (again->size % size || files->size % size)
		return -EPROTO;
	if (hash_index_new(&index, n))
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		(void)hash_index_put(&index, holders[i].inode, (uint32_t)i);
	for (size_t i = 0; i < files->size; i += size) {
		const struct ts_holder *holder = (const void *)(files->data + i);
		char *room;

		if (hash_index_get(&index, holder->inode, &at))
			continue;
		room = rows_reserve(again, size);
		if (!room) {
			err = -ENOMEM;
			break;
		}
		memcpy(room, holder, size);
		again->size += size;
	}
	hash_index_free(&index);
	return err;
}

const struct ts_holder *socket_next_holder(const struct sockets *sockets,
					   const struct ts_holder *holder)
{
	const struct sockets_inside *in = inside(sockets);
	uint32_t next = in->next[holder - in->first_holder];

	return next ? &in->first_holder[next] : NULL;
}

static bool may_be_of(const struct ts_socket *child, const struct ts_socket *listener)
{
	static const uint8_t any[TS_ADDR_LEN];
	bool both = listener->flags & TS_S_IPV6 && !(listener->flags & TS_S_V6ONLY);

	if (listener->netns != child->netns || listener->lport != child->lport)
		return false;
	if (!memcmp(listener->laddr, any, sizeof(any)))
		return both || listener->family == child->family;
	return listener->family == child->family &&
	       !memcmp(listener->laddr, child->laddr, sizeof(any));
}

/* The only listener that may have made this socket; NULL: none, or several. */
static const struct socket_entry *only_listener(const struct sockets *sockets,
						const struct indices *listeners,
						const struct ts_socket *child)
{
	const struct socket_entry *found = NULL;

	for (size_t i = 0; i < listeners->n; i++) {
		const struct socket_entry *entry = &sockets->entries[listeners->at[i]];

		if (!may_be_of(child, entry->socket))
			continue;
		if (found)
			return NULL;
		found = entry;
	}
	return found;
}

static int add_children(const struct rows *rows, const struct hash_index *listeners,
			struct hash_index *children)
{
	const struct ts_row_head *head;
	int err = 0;

	for (size_t at = 0; (head = row_at(rows, at, &err)); at += head->size) {
		const struct ts_child *child = (const void *)head;
		uint32_t listener;

		if (head->kind == TS_ROW_CHILD &&
		    hash_index_get(listeners, child->listener, &listener))
			(void)hash_index_put(children, child->address, listener);
	}
	return err;
}

/* From the addresses of sockets in accept queues to the indices of their listeners. */
static int index_children(const struct join *join, const struct hash_index *listeners,
			  struct hash_index *children)
{
	int err = hash_index_new(children, join->children);

	for (const struct rows *rows = join->rows; join->children && rows && !err;
	     rows = rows->next)
		err = add_children(rows, listeners, children);
	return err;
}

static int index_listeners(const struct join *join, struct hash_index *index)
{
	if (hash_index_new(index, join->listeners.n))
		return -ENOMEM;
	for (size_t i = 0; i < join->listeners.n; i++) {
		uint32_t at = join->listeners.at[i];

		(void)hash_index_put(index, join->sockets->entries[at].socket->address, at);
	}
	return 0;
}

static void find_listeners(const struct join *join, const struct hash_index *by_address,
			   const struct hash_index *children)
{
	struct socket_entry *entries = join->sockets->entries;

	for (size_t i = 0; i < join->waiting.n; i++) {
		struct socket_entry *entry = &entries[join->waiting.at[i]];
		const struct ts_socket *s = entry->socket;
		uint32_t at;

		if ((s->listener && hash_index_get(by_address, s->listener, &at)) ||
		    hash_index_get(children, s->address, &at))
			entry->listener = &entries[at];
		else if (!s->listener)
			entry->listener = only_listener(join->sockets, &join->listeners, s);
	}
}

static int join_listeners(const struct join *join)
{
	struct hash_index by_address = { 0 }, children = { 0 };
	int err = index_listeners(join, &by_address);

	if (!err)
		err = index_children(join, &by_address, &children);
	if (!err)
		find_listeners(join, &by_address, &children);
	hash_index_free(&by_address);
	hash_index_free(&children);
	return err;
}

int sockets_join(struct sockets *sockets, const struct rows *rows, const struct rows *files)
{
	struct join join = { .sockets = sockets, .rows = rows };
	int err = chain_holders(inside(sockets), files, &join.holders);

	join.shown = err ? NULL : calloc(inside(sockets)->n_holders + 1, sizeof(*join.shown));
	if (!err)
		err = join.shown ? make_entries(&join) : -ENOMEM;
	if (!err)
		err = join_listeners(&join);
	hash_index_free(&join.holders);
	hash_index_free(&join.seen);
	free(join.shown);
	free(join.listeners.at);
	free(join.waiting.at);
	return err;
}

static bool may_be_younger(const struct sockets *sockets, const struct ts_socket *s, uint64_t ns)
{
	uint64_t age;
	bool exact;

	return s->state != TS_LISTEN && s->proto == IPPROTO_TCP &&
	       (!socket_age(sockets, s, &age, &exact) || age < ns);
}

/* Has a file, and no process has a descriptor of it. */
static bool is_unheld(const struct socket_entry *entry)
{
	const struct ts_socket *s = entry->socket;

	return !entry->holder && s->inode && !(s->flags & (TS_S_NO_FILE | TS_S_ORPHAN)) &&
	       !socket_is_kernels(s);
}

/* Of what the filter leaves out only the listeners of its sockets matter, by their holders. */
int sockets_unheld(const struct sockets *sockets, uint64_t **inodes, size_t *n)
{
	bool *wanted = calloc(sockets->n + 1, sizeof(*wanted));

	*n = 0;
	*inodes = calloc(sockets->n + 1, sizeof(**inodes));
	if (!wanted || !*inodes) {
		free(wanted);
		free(*inodes);
		return -ENOMEM;
	}
	for (size_t i = 0; i < sockets->n; i++) {
		const struct socket_entry *entry = &sockets->entries[i];

		if (entry->socket->flags & TS_S_UNWANTED)
			continue;
		wanted[i] = true;
		if (entry->listener)
			wanted[entry->listener - sockets->entries] = true;
	}
	for (size_t i = 0; i < sockets->n; i++)
		if (wanted[i] && is_unheld(&sockets->entries[i]))
			(*inodes)[(*n)++] = sockets->entries[i].socket->inode;
	free(wanted);
	return 0;
}

/* Another user's processes do not show their descriptors. */
static bool may_have_holder(const struct sockets *sockets, const struct ts_socket *s)
{
	return !(s->flags & TS_S_NO_FILE) && (!sockets->own_holders || s->uid == geteuid());
}

bool sockets_lack_holders(const struct sockets *sockets, uint64_t since_ns)
{
	for (size_t i = 0; i < sockets->n; i++) {
		const struct socket_entry *entry = &sockets->entries[i];

		if (!entry->holder && may_have_holder(sockets, entry->socket) &&
		    may_be_younger(sockets, entry->socket, sockets->mono_ns - since_ns))
			return true;
	}
	return false;
}

bool socket_holder_matches(const struct ts_filter *f, const struct ts_holder *holder)
{
	return ts_filter_owner(f, holder->pid, holder->uid, holder->comm) == TS_INCLUDED;
}

/* Moves the holder at index `at` of a chain to `first`; the others keep their order. */
static void holder_move(struct sockets_inside *in, uint32_t first, uint32_t at)
{
	struct ts_holder moved = in->first_holder[at];

	for (uint32_t i = first;; i = in->next[i]) {
		struct ts_holder here = in->first_holder[i];

		in->first_holder[i] = moved;
		moved = here;
		if (i == at)
			return;
	}
}

/* Makes the descriptors of a process, from index `at` on, the first of their chain. */
static void process_to_front(struct sockets_inside *in, uint32_t first, uint32_t at)
{
	const uint32_t tgid = in->first_holder[at].tgid;

	if (first == at)
		return;
	do {
		holder_move(in, first, at);
		first = in->next[first];
		at = in->next[at];
	} while (at && in->first_holder[at].tgid == tgid);
}

/* Where other users' processes are hidden, the socket's own user stands for the holder's. */
static bool hidden_user_matches(const struct sockets *sockets, const struct ts_filter *f,
				const struct ts_socket *s)
{
	return sockets->own_holders && (f->on & TS_BY_OWNER) == TS_BY_UID &&
	       !(s->flags & TS_S_MINISOCK) &&
	       ts_filter_id(f->uid, f->uids, f->uid_nots, s->uid) == TS_INCLUDED;
}

/*
 * Any holder matches, and none is excluded; for a socket not accepted yet, a holder of its listener.
 * The one that matches becomes the first, which outputs show. A socket without a process matches a
 * filter that only excludes.
 */
static bool owner_matches(struct sockets *sockets, const struct ts_filter *f,
			  const struct socket_entry *entry)
{
	const struct ts_holder *first = socket_process(entry), *match = NULL;
	struct sockets_inside *in = inside(sockets);

	if (!first)
		return hidden_user_matches(sockets, f, entry->socket) ||
		       !(f->included & TS_BY_OWNER);
	for (const struct ts_holder *holder = first; holder;
	     holder = socket_next_holder(sockets, holder)) {
		int verdict = ts_filter_owner(f, holder->pid, holder->uid, holder->comm);

		if (verdict == TS_EXCLUDED)
			return false;
		if (!match && verdict == TS_INCLUDED)
			match = holder;
	}
	if (match)
		process_to_front(in, (uint32_t)(first - in->first_holder),
				 (uint32_t)(match - in->first_holder));
	return match;
}

/* Entries do not move: those of children point to their listeners. */
void sockets_select(struct sockets *sockets, const struct ts_filter *filter)
{
	bool by_owner = filter->on & TS_BY_OWNER;

	sockets->filter = filter;
	for (size_t i = 0; i < sockets->n; i++) {
		struct socket_entry *entry = &sockets->entries[i];

		entry->unwanted = entry->socket->flags & TS_S_UNWANTED ||
				  (by_owner && !owner_matches(sockets, filter, entry));
	}
}
