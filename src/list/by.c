// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Groups the sockets of a scan by the values of columns, and counts them. */
#include "list/by.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/format.h"
#include "lib/resolver.h"
#include "list/key.h"

/* Sockets with equal values of these connect two addresses, or an address and a port. */
static bool is_of_peer(const struct field *field)
{
	static const char *const names[] = { "raddr", "rport", "laddr", "netns", "family" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(field->name, names[i]))
			return true;
	return false;
}

static const struct field *find_field(const char *name, size_t length, struct error *error)
{
	static const char *const words[][2] = { { "peer", "raddr" }, { "port", "lport" } };
	const struct field *field;

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strlen(words[i][0]) == length && !memcmp(words[i][0], name, length))
			return field_find(&socket_fields, words[i][1], strlen(words[i][1]), error);
	field = field_find(&socket_fields, name, length, error);
	if (!field || field->type != VALUE_LIST)
		return field;
	(void)error_set(error, EINVAL, "\"%s\" is a list: use another column", field->name);
	return NULL;
}

static bool has_field(const struct list_by *by, const struct field *field)
{
	for (size_t i = 0; i < by->n; i++)
		if (by->fields[i] == field)
			return true;
	return false;
}

static int check_sort(const struct list_by *by, struct error *error)
{
	const char *name = by->sort ? by->sort + (*by->sort == '-') : "count";
	const struct field *field;

	if (!strcmp(name, "count"))
		return 0;
	field = find_field(name, strlen(name), error);
	if (!field)
		return -EINVAL;
	if (has_field(by, field))
		return 0;
	return error_set(error, EINVAL,
			 "--sort %s: the sockets are counted, not listed: use count or a column "
			 "of --by",
			 by->sort);
}

int list_by_parse(const char *names, const char *sort, struct list_by *by, struct error *error)
{
	bool of_peer = true, peer = false;

	*by = (struct list_by){ .sort = sort };
	while (names) {
		size_t length = strcspn(names, ",");
		const struct field *field = find_field(names, length, error);

		if (!field)
			return -EINVAL;
		if (by->n == LIST_BY_MAX)
			return error_set(error, EINVAL, "--by takes at most %d columns",
					 LIST_BY_MAX);
		if (!has_field(by, field))
			by->fields[by->n++] = field;
		of_peer = of_peer && is_of_peer(field);
		peer = peer || !strcmp(field->name, "raddr");
		names = names[length] ? names + length + 1 : NULL;
	}
	by->ports = peer && of_peer;
	return check_sort(by, error);
}

void list_by_columns(const struct list_by *by, bool data, char columns[LIST_BY_COLUMNS])
{
	char *at = format_name(columns, data ? "count,total" : "count");

	for (size_t i = 0; i < by->n; i++)
		at = format_name(format_name(at, ","), by->fields[i]->name);
	if (by->ports)
		at = format_name(at, data ? ",ports_used,ports_range,ports_unknown" :
					    ",ports_used,ports_range");
	*at = '\0';
}

/* A socket's keys, of which there are `n`. */
struct keyed {
	struct list_key *keys;
	size_t n, index;
};

static int compare_keys(const struct keyed *a, const struct keyed *b)
{
	int order = 0;

	for (size_t i = 0; i < a->n && !order; i++)
		order = list_key_compare(&a->keys[i], &b->keys[i]);
	return order;
}

static int compare_keyed(const void *left, const void *right)
{
	const struct keyed *a = left, *b = right;
	int order = compare_keys(a, b);

	return order ? order : (a->index > b->index) - (a->index < b->index);
}

/* The fields in the order of their weight: that of --sort first. */
static void order_fields(const struct list_by *by, const struct field *fields[LIST_BY_MAX],
			 bool *down)
{
	const char *name = by->sort ? by->sort + (*by->sort == '-') : "count";
	struct error error = { "" };
	const struct field *first = strcmp(name, "count") ? find_field(name, strlen(name), &error) :
							    NULL;
	size_t n = 0;

	if (first)
		fields[n++] = first;
	*down = first && *by->sort == '-';
	for (size_t i = 0; i < by->n; i++)
		if (by->fields[i] != first)
			fields[n++] = by->fields[i];
}

static int make_keys(const struct list_by *by, const struct socket_view *view,
		     const struct socket_entry **entries, size_t n, struct keyed *keyed)
{
	const struct field *fields[LIST_BY_MAX];
	struct resolver *users = NULL;
	bool down;
	int err = 0;

	order_fields(by, fields, &down);
	(void)resolver_new("/etc", &users); /* or else by number */
	for (size_t i = 0; i < n && !err; i++) {
		keyed[i].index = i;
		keyed[i].n = by->n;
		for (size_t k = 0; k < by->n && !err; k++) {
			keyed[i].keys[k].entry = entries[i];
			keyed[i].keys[k].down = down && !k;
			err = list_key_make(&keyed[i].keys[k], fields[k], view, users);
			if (fields[k]->type == VALUE_ADDRESS) /* its number is the port */
				keyed[i].keys[k].value.number = keyed[i].keys[k].value.any;
		}
	}
	resolver_free(users);
	return err;
}

static void cut(struct keyed *keyed, size_t n, struct list_groups *groups)
{
	for (size_t i = 0; i < n; i++) {
		if (!i || compare_keys(&keyed[i - 1], &keyed[i]))
			groups->groups[groups->n++] = (struct list_group){
				.entry = keyed[i].keys->entry, .index = groups->n
			};
		groups->groups[groups->n - 1].count++;
	}
}

static int compare_counts(const void *left, const void *right)
{
	const struct list_group *a = left, *b = right;

	if (a->count != b->count)
		return a->count > b->count ? -1 : 1;
	return (a->index > b->index) - (a->index < b->index);
}

static int compare_counts_up(const void *left, const void *right)
{
	const struct list_group *a = left, *b = right;

	if (a->count != b->count)
		return a->count < b->count ? -1 : 1;
	return (a->index > b->index) - (a->index < b->index);
}

static void order_groups(const struct list_by *by, struct list_groups *groups)
{
	if (!by->sort || !strcmp(by->sort, "-count"))
		qsort(groups->groups, groups->n, sizeof(*groups->groups), compare_counts);
	else if (!strcmp(by->sort, "count"))
		qsort(groups->groups, groups->n, sizeof(*groups->groups), compare_counts_up);
}

static int make_groups(const struct list_by *by, const struct socket_view *view,
		       const struct socket_entry **entries, size_t n, struct keyed *keyed,
		       struct list_groups *groups, struct error *error)
{
	int err = make_keys(by, view, entries, n, keyed);

	groups->groups = calloc(n + 1, sizeof(*groups->groups));
	if (err || !groups->groups)
		return -ENOMEM;
	groups->total = n;
	qsort(keyed, n, sizeof(*keyed), compare_keyed);
	cut(keyed, n, groups);
	for (size_t i = 0; i < n; i++)
		entries[i] = keyed[i].keys->entry;
	if (by->ports)
		err = list_ports_count(groups, view, entries, error);
	order_groups(by, groups);
	return err;
}

int list_groups_new(const struct list_by *by, const struct socket_view *view,
		    const struct socket_entry **entries, size_t n, struct list_groups *groups,
		    struct error *error)
{
	struct list_key *keys = calloc(n * by->n + 1, sizeof(*keys));
	struct keyed *keyed = calloc(n + 1, sizeof(*keyed));
	int err = -ENOMEM;

	*groups = (struct list_groups){ 0 };
	for (size_t i = 0; keyed && i < n; i++)
		keyed[i].keys = &keys[i * by->n];
	if (keys && keyed)
		err = make_groups(by, view, entries, n, keyed, groups, error);
	for (size_t i = 0; keys && i < n * by->n; i++)
		free(keys[i].text);
	free(keys);
	free(keyed);
	if (!err)
		return 0;
	list_groups_free(groups);
	if (error->text[0])
		return err;
	return error_set(error, -err, "cannot count the sockets: %s", strerror(-err));
}

void list_groups_free(struct list_groups *groups)
{
	free(groups->groups);
	*groups = (struct list_groups){ 0 };
}
