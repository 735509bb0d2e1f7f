// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The columns of a group of sockets, and how groups are printed. */
#include "list/by.h"

#include "output/output.h"

/* The row is the first member. */
struct group_row {
	struct row row;
	const struct list_group *group;
	size_t total;
};

static const struct group_row *group_of(const struct row *row)
{
	return (const struct group_row *)row;
}

GET_NUMBER(get_count, group_of(row)->group->count)
GET_NUMBER(get_total, group_of(row)->total)
GET_KNOWN(get_ports_used, group_of(row)->group->ports_used)
GET_NUMBER_IF(get_ports_range, group_of(row)->group->ports_used &&group_of(row)->group->ports_range,
	      group_of(row)->group->ports_range)
GET_NUMBER(get_ports_unknown, group_of(row)->group->ports_unknown)

static const struct field fields[] = {
	{ "count", "COUNT", get_count, VALUE_U64, 5, NULL, FIELD_IN_CSV | FIELD_IN_JSON, NULL,
	  "number of sockets" },
	{ "total", "TOTAL", get_total, VALUE_U64, 5, NULL, FIELD_IN_CSV | FIELD_IN_JSON, NULL,
	  "number of sockets in all groups" },
	{ "ports_used", "PORTS", get_ports_used, VALUE_U64, 5, NULL, 0, NULL,
	  "ephemeral ports in use from one local address to one port of the peer, the most" },
	{ "ports_range", "RANGE", get_ports_range, VALUE_U64, 5, NULL, 0, NULL,
	  "ephemeral ports that there are (ip_local_port_range)" },
	{ "ports_unknown", "UNKNOWN", get_ports_unknown, VALUE_U64, 7, NULL,
	  FIELD_IN_CSV | FIELD_IN_JSON, NULL,
	  "connections that are not in ports_used: the range of their namespace is unknown" },
};

const struct field_table list_group_fields = {
	.fields = fields,
	.n = sizeof(fields) / sizeof(fields[0]),
	.base = &socket_fields,
};

static void row_of_group(struct group_row *row, const struct list_groups *groups, size_t i,
			 const struct socket_view *view)
{
	row->group = &groups->groups[i];
	row->total = groups->total;
	row_of_socket(&row->row, view, row->group->entry);
}

int list_groups_print(const struct list_groups *groups, const struct socket_view *view,
		      struct output *output, bool frame)
{
	enum { MEASURED = 2000 };
	struct group_row row;
	int err = frame ? output_clear(output) : 0;

	for (size_t i = 0; i < groups->n && i < MEASURED; i++) {
		row_of_group(&row, groups, i, view);
		output_measure(output, &row.row);
	}
	if (!err)
		err = output_begin_frame(output, view->sockets->mono_ns, groups->total, frame);
	for (size_t i = 0; i < groups->n && !err; i++) {
		row_of_group(&row, groups, i, view);
		err = output_row(output, &row.row);
	}
	return err ? err : output_total(output, groups->total, groups->n);
}
