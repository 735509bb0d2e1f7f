// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The value of a column as a key: to sort sockets, and to group them. */
#include "list/key.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/format.h"
#include "lib/resolver.h"

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
	case VALUE_DIGEST:
		return memcmp(a->digest, b->digest, sizeof(a->digest));
	case VALUE_PROCESS:
		return compare_processes(&a->process, &b->process);
	default:
		return (a->number > b->number) - (a->number < b->number);
	}
}

int list_key_compare(const struct list_key *a, const struct list_key *b)
{
	bool a_known = a->value.type != VALUE_NULL, b_known = b->value.type != VALUE_NULL;
	int order;

	if (a_known != b_known)
		return a_known ? -1 : 1;
	order = a_known ? compare_values(&a->value, &b->value) : 0;
	return a->down ? -order : order;
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

int list_key_make(struct list_key *key, const struct field *field, const struct socket_view *view,
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
