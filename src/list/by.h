/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Counts the sockets of a scan by the values of columns. */
#ifndef LIST_BY_H
#define LIST_BY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fields/field.h"
#include "lib/error.h"
#include "output/output.h"
#include "sockets/view.h"

enum { LIST_BY_MAX = 8, LIST_BY_COLUMNS = (LIST_BY_MAX + 6) * (FIELD_NAME_MAX + 1) };

struct list_by {
	const struct field *fields[LIST_BY_MAX];
	size_t n;
	bool ports;	  /* all sockets between two addresses and a peer's port are in one group */
	const char *sort; /* count or one of the columns, with or without - before it; NULL: -count */
};

struct list_group {
	const struct socket_entry *entry; /* one of its sockets */
	size_t count;
	size_t index; /* in the order of the values */
	uint32_t ports_used,
		ports_range;  /* of the most used address of a peer; 0: does not apply */
	size_t ports_unknown; /* connections in namespaces whose range is unknown: in no count */
};

struct list_groups {
	struct list_group *groups;
	size_t n;
	size_t total;	      /* sockets */
	size_t ports_unknown; /* of all groups */
};

/* Columns of a group: its own, and those of a socket. */
extern const struct field_table list_group_fields;

/*
 * `names`: columns of a socket with commas; peer stands for raddr, port for lport. Returns 0, or
 * -EINVAL with error set.
 */
int list_by_parse(const char *names, const char *sort, struct list_by *by, struct error *error);
/* The columns to print, for output_config. */
void list_by_columns(const struct list_by *by, bool data, char columns[LIST_BY_COLUMNS]);
/* Sorts the entries. Frees with list_groups_free(). Returns 0, or -errno with error set. */
int list_groups_new(const struct list_by *by, const struct socket_view *view,
		    const struct socket_entry **entries, size_t n, struct list_groups *groups,
		    struct error *error);
void list_groups_free(struct list_groups *groups);
/* Prints the groups, in text with the total. Returns 0 or the sink's error. */
int list_groups_print(const struct list_groups *groups, const struct socket_view *view,
		      struct output *output, bool frame);

/*
 * Sets the ports of each group, whose sockets are `count` entries, one group after the other. Returns 0 or
 * -errno.
 */
int list_ports_count(struct list_groups *groups, const struct socket_view *view,
		     const struct socket_entry **entries, struct error *error);

#endif
