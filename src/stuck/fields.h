/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The columns of a stuck socket, and its row. */
#ifndef STUCK_FIELDS_H
#define STUCK_FIELDS_H

#include "fields/field.h"
#include "stuck/stuck.h"

extern const struct field_table stuck_fields;
/* The same columns with other defaults in text: with call stacks; for closed sockets. */
extern const struct field_table stuck_origin_fields, stuck_close_fields;

struct stuck_row {
	struct row row; /* what the fields get */
	const struct stuck_event *event;
};

/* All pointers are kept. */
void stuck_row_set(struct stuck_row *row, const struct socket_view *view,
		   const struct stuck_event *event);
/* Writes the event's row to a struct output. A stuck_report_fn. Returns 0 or the sink's error. */
int stuck_output(void *output, const struct socket_view *view, const struct stuck_event *event);

#endif
