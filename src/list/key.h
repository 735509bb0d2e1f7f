/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The value of a column as a key: to sort sockets, and to group them. */
#ifndef LIST_KEY_H
#define LIST_KEY_H

#include <stdbool.h>
#include <stddef.h>

#include "fields/field.h"
#include "sockets/view.h"

struct resolver;

struct list_key {
	const struct socket_entry *entry;
	struct value value;
	char *text; /* copy of the value's text, to be freed; NULL: it needs none */
	size_t index;
	bool down;
};

/* Sets value and text. `users` names users; NULL: they are numbers. Returns 0 or -ENOMEM. */
int list_key_make(struct list_key *key, const struct field *field, const struct socket_view *view,
		  struct resolver *users);
/* Unknown values come last. Returns the order by value: negative, 0 or positive. */
int list_key_compare(const struct list_key *a, const struct list_key *b);

#endif
