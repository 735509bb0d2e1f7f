/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A table laid out as ss (iproute2 6.1) does it. All rows are measured, then laid out, then printed: the
 * caller makes their cells twice.
 */
#ifndef LIST_SS_TABLE_H
#define LIST_SS_TABLE_H

#include <stddef.h>

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

struct ss_cell {
	const char *text;
	size_t length;
};

struct ss_table {
	size_t width[SS_COLUMNS]; /* widest cell; laid out, with the space before it */
	size_t last;		  /* length of the last cell */
	size_t rows;
};

/* The first row. */
extern const struct ss_cell ss_table_header[SS_COLUMNS];

/* `table` begins as zeros. */
void ss_table_measure(struct ss_table *table, const struct ss_cell cells[SS_COLUMNS]);
/* `line`: the characters of a terminal's line, which the columns fill; 0: not a terminal. */
void ss_table_lay_out(struct ss_table *table, size_t line);
/* Bytes that a row takes at most. */
size_t ss_table_room(const struct ss_table *table, const struct ss_cell cells[SS_COLUMNS]);
/* Writes a row with its newline at `at`; returns the end. */
char *ss_table_print(const struct ss_table *table, char *at,
		     const struct ss_cell cells[SS_COLUMNS]);

#endif
