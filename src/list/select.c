// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Selects and orders sockets. */
#include "list/list.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "fields/field.h"
#include "lib/resolver.h"
#include "list/key.h"

/* It waits for connections, or for datagrams of any peer. */
static bool listens(const struct ts_socket *s)
{
	return s->proto == IPPROTO_TCP ? s->state == TS_LISTEN : !s->rport;
}

static bool is_selected(const struct list_query *query, const struct socket_entry *entry)
{
	bool tcp = entry->socket->proto == IPPROTO_TCP;

	if (entry->unwanted)
		return false;
	if (query->by_state) /* UDP has only ESTABLISHED, with a peer */
		return (tcp || entry->socket->state == TS_ESTABLISHED) &&
		       (!query->listeners || listens(entry->socket));
	if (query->all || (query->compat != COMPAT_NONE && !query->listeners))
		return true;
	return listens(entry->socket) == query->listeners;
}

static int compare_keys(const void *left, const void *right)
{
	const struct list_key *a = left, *b = right;
	int order = list_key_compare(a, b);

	return order ? order : (a->index > b->index) - (a->index < b->index);
}

static int sort(const char *column, const struct socket_view *view,
		const struct socket_entry **entries, size_t n)
{
	bool down = *column == '-';
	const char *name = column + down;
	struct error unknown = { "" };
	const struct field *field = field_find(&socket_fields, name, strlen(name), &unknown);
	struct list_key *keys = calloc(n ? n : 1, sizeof(*keys));
	struct resolver *users = NULL;
	int err = keys && field ? 0 : -ENOMEM;

	if (!err)
		(void)resolver_new("/etc", &users); /* or else by number */
	for (size_t i = 0; i < n && !err; i++) {
		keys[i].entry = entries[i];
		keys[i].index = i;
		keys[i].down = down;
		err = list_key_make(&keys[i], field, view, users);
	}
	if (!err)
		qsort(keys, n, sizeof(*keys), compare_keys);
	for (size_t i = 0; i < n && keys; i++) {
		if (!err)
			entries[i] = keys[i].entry;
		free(keys[i].text);
	}
	free(keys);
	resolver_free(users);
	return err;
}

int list_pick(const struct list_query *query, const struct socket_view *view,
	      const struct socket_entry ***out, size_t *n, struct error *error)
{
	const struct sockets *sockets = view->sockets;
	const struct socket_entry **entries = calloc(sockets->n + 1, sizeof(*entries));
	size_t count = 0;

	for (size_t i = 0; entries && i < sockets->n; i++)
		if (is_selected(query, &sockets->entries[i]))
			entries[count++] = &sockets->entries[i];
	if (!entries || (query->sort && sort(query->sort, view, entries, count))) {
		free(entries);
		return error_set(error, ENOMEM, "not enough memory for the list");
	}
	*out = entries;
	*n = count;
	return 0;
}

static int compare_branches(const void *left, const void *right)
{
	const struct branch *a = left, *b = right;

	if (!a->holder || !b->holder)
		return !a->holder - !b->holder;
	if (a->holder->tgid != b->holder->tgid)
		return a->holder->tgid < b->holder->tgid ? -1 : 1;
	return a->holder->fd < b->holder->fd ? -1 : a->holder->fd > b->holder->fd;
}

/* Is there a branch for the holder? With a filter by owner only for those that it matches. */
static bool is_branch(const struct sockets *sockets, const struct ts_holder *holder,
		      const struct ts_holder *before)
{
	if (!holder)
		return !before;
	if (before && before->tgid == holder->tgid)
		return false;
	return !sockets->filter || !(sockets->filter->on & TS_BY_OWNER) ||
	       socket_holder_matches(sockets->filter, holder);
}

int list_branches(const struct socket_view *view, const struct socket_entry *const *entries,
		  size_t n, struct branch **out, size_t *out_n, struct error *error)
{
	const struct ts_holder *holder;
	struct branch *branches;
	size_t count = 0;

	for (size_t i = 0; i < n; i++)
		count += entries[i]->holders ? entries[i]->holders : 1;
	branches = calloc(count ? count : 1, sizeof(*branches));
	if (!branches)
		return error_set(error, ENOMEM, "not enough memory for the tree");
	count = 0;
	for (size_t i = 0; i < n; i++) {
		const struct ts_holder *before = NULL;

		holder = entries[i]->holder;
		do {
			if (is_branch(view->sockets, holder, before)) {
				branches[count] = (struct branch){ holder, *entries[i], i };
				branches[count++].entry.holder = holder;
			}
			before = holder;
			holder = holder ? socket_next_holder(view->sockets, holder) : NULL;
		} while (holder);
	}
	qsort(branches, count, sizeof(*branches), compare_branches);
	*out = branches;
	*out_n = count;
	return 0;
}
