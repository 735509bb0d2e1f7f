/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A table laid out as ss (iproute2 6.1) does it: what is in the cells is not known here, how wide
 * they become is known only here.
 */
#ifndef LIST_SS_TABLE_H
#define LIST_SS_TABLE_H

#include <stddef.h>

#include "lib/sink.h"

enum ss_column {
	SS_STATE,
	SS_RECV_Q,
	SS_SEND_Q,
	SS_LOCAL,
	SS_LPORT,
	SS_PEER,
	SS_RPORT,
	SS_PROCESS,
	SS_COLUMNS
};

struct ss_table;

/* With the header as its first row. 0 or -ENOMEM. */
int ss_table_new(struct sink *sink, struct ss_table **table);
void ss_table_free(struct ss_table *table);
/* Before the cells of a row. 0, -ENOMEM, or the sink's error: at times it prints what there is. */
int ss_table_begin_row(struct ss_table *table);
/* Room for the next cell; NULL: no memory. */
char *ss_table_reserve(struct ss_table *table, size_t n);
/* The cell is there: `length` bytes of what was reserved. All of them, in the columns' order. */
void ss_table_end_cell(struct ss_table *table, enum ss_column column, size_t length);
/* Prints what is left. 0 or the sink's error. */
int ss_table_print(struct ss_table *table);

#endif
