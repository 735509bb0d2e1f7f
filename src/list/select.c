// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Selects and orders sockets. */
#include "list/list.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "fields/field.h"
#include "lib/format.h"
#include "lib/resolver.h"

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

/* The sort key of a socket: its value of one column. */
struct key {
	const struct socket_entry *entry;
	struct value value;
	char *text; /* copy of the value's text; NULL: it needs none */
	size_t index;
	bool down;
};

static int compare_text(const struct value *a, const struct value *b)
{
	size_t shorter = a->length < b->length ? a->length : b->length;
	int order = memcmp(a->text, b->text, shorter);

	return order ? order : (a->length > b->length) - (a->length < b->length);
}

/* Those without a process come first, by the reason. */
static int compare_processes(const struct value_process *a, const struct value_process *b)
{
	int order = strcmp(a->without ? a->without : "~", b->without ? b->without : "~");

	if (!order)
		order = strncmp(a->comm ? a->comm : "", b->comm ? b->comm : "", TS_COMM_LEN);
	if (order || a->pid == b->pid)
		return order ? order : (a->fd > b->fd) - (a->fd < b->fd);
	return a->pid > b->pid ? 1 : -1;
}

static int compare_address(const struct value *a, const struct value *b)
{
	int order = a->family - b->family;

	if (!order)
		order = memcmp(a->address, b->address, a->family == 4 ? 4 : TS_ADDR_LEN);
	return order ? order : (int)a->number - (int)b->number;
}

static int compare_values(const struct value *a, const struct value *b)
{
	switch (a->type) {
	case VALUE_TEXT:
		return compare_text(a, b);
	case VALUE_NAME:
		return strcmp(a->text, b->text);
	case VALUE_ADDRESS:
	case VALUE_ENDPOINT:
		return compare_address(a, b);
	case VALUE_PROCESS:
		return compare_processes(&a->process, &b->process);
	default:
		return (a->number > b->number) - (a->number < b->number);
	}
}

static int compare_keys(const void *left, const void *right)
{
	const struct key *a = left, *b = right;
	bool a_known = a->value.type != VALUE_NULL, b_known = b->value.type != VALUE_NULL;
	int order;

	if (a_known != b_known)
		return a_known ? -1 : 1;
	order = a_known ? compare_values(&a->value, &b->value) : 0;
	if (order)
		return a->down ? -order : order;
	return (a->index > b->index) - (a->index < b->index);
}

/* Users are sorted as they are shown: by name, or by number if they have no name. */
static void name_user(struct value *value, struct resolver *users, char number[FORMAT_U64])
{
	const char *name = users ? resolver_user(users, (uint32_t)value->number) : NULL;

	if (name)
		(void)value_text(value, name, strlen(name));
	else
		(void)value_text(value, number,
				 (size_t)(format_u64(number, value->number) - number));
	value->type = VALUE_TEXT;
}

static int key_make(struct key *key, const struct field *field, const struct socket_view *view,
		    struct resolver *users)
{
	char number[FORMAT_U64];
	struct row row;

	row_of_socket(&row, view, key->entry);
	if (!field_get(field, &row, &key->value))
		return 0;
	if (key->value.type == VALUE_USER)
		name_user(&key->value, users, number);
	if (key->value.type != VALUE_TEXT)
		return 0;
	key->text = malloc(key->value.length + 1);
	if (!key->text)
		return -ENOMEM;
	memcpy(key->text, key->value.text, key->value.length);
	key->value.text = key->text;
	return 0;
}

static int sort(const char *column, const struct socket_view *view,
		const struct socket_entry **entries, size_t n)
{
	bool down = *column == '-';
	const char *name = column + down;
	struct error unknown = { "" };
	const struct field *field = field_find(&socket_fields, name, strlen(name), &unknown);
	struct key *keys = calloc(n ? n : 1, sizeof(*keys));
	struct resolver *users = NULL;
	int err = keys && field ? 0 : -ENOMEM;

	if (!err)
		(void)resolver_new("/etc", &users); /* or else by number */
	for (size_t i = 0; i < n && !err; i++) {
		keys[i].entry = entries[i];
		keys[i].index = i;
		keys[i].down = down;
		err = key_make(&keys[i], field, view, users);
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
