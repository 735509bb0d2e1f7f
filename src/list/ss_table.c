// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Measures cells in bytes as ss does: each column is as wide as its widest cell, and on a terminal the
 * columns are spread over its width. As in ss, the last cell of the table is not measured.
 */
#include "list/ss_table.h"

#include <stdbool.h>
#include <string.h>

#define CELL(text)                                                                                 \
	{                                                                                          \
		text, sizeof(text) - 1                                                             \
	}

const struct ss_cell ss_table_header[SS_COLUMNS] = {
	[SS_STATE] = CELL("State"),   [SS_RECV_Q] = CELL("Recv-Q"),
	[SS_SEND_Q] = CELL("Send-Q"), [SS_LOCAL] = CELL("Local Address:"),
	[SS_LPORT] = CELL("Port"),    [SS_PEER] = CELL("Peer Address:"),
	[SS_RPORT] = CELL("Port"),    [SS_PROCESS] = CELL("Process"),
};

/* 1: a space stands before the cell. A process cell has its own. */
static size_t space_before(enum ss_column column)
{
	return column == SS_RECV_Q || column == SS_SEND_Q || column == SS_LOCAL ||
	       column == SS_PEER;
}

static void widen(size_t *width, size_t length)
{
	if (length > *width)
		*width = length;
}

void ss_table_measure(struct ss_table *table, const struct ss_cell cells[SS_COLUMNS])
{
	for (enum ss_column column = 0; column < SS_PROCESS; column++)
		widen(&table->width[column], cells[column].length);
	widen(&table->width[SS_PROCESS], table->last);
	table->last = cells[SS_PROCESS].length;
	if (!table->rows++) /* the header is measured even if no row follows */
		table->width[SS_PROCESS] = table->last;
}

/* The columns from `first` up to `end` share what a line has left; the last ones get the rest. */
static void spread(size_t *width, unsigned first, unsigned end, size_t left)
{
	size_t n = end - first, rest = left % n;

	while (end-- > first) {
		width[end] += left / n + (rest > 0);
		rest -= rest > 0;
	}
}

/* As many columns to a line as fit, each line filled. */
static void spread_lines(size_t *width, size_t line)
{
	unsigned first = 0;
	size_t used = 0;

	for (unsigned column = 0; column < SS_COLUMNS; column++) {
		if (used + width[column] > line) {
			spread(width, first, column, line - used);
			first = column;
			used = 0;
		}
		used += width[column];
		if (used == line) {
			first = column + 1;
			used = 0;
		}
	}
	if (first < SS_COLUMNS)
		spread(width, first, SS_COLUMNS, line - used);
}

void ss_table_lay_out(struct ss_table *table, size_t line)
{
	for (enum ss_column column = 0; column < SS_COLUMNS; column++) {
		table->width[column] += space_before(column);
		if (line && table->width[column] > line)
			table->width[column] = line;
	}
	if (line)
		spread_lines(table->width, line);
}

size_t ss_table_room(const struct ss_table *table, const struct ss_cell cells[SS_COLUMNS])
{
	size_t bytes = 1;

	for (enum ss_column column = 0; column < SS_COLUMNS; column++)
		bytes += table->width[column] + cells[column].length + 1;
	return bytes;
}

static char *put_spaces(char *at, size_t n)
{
	memset(at, ' ', n);
	return at + n;
}

char *ss_table_print(const struct ss_table *table, char *at, const struct ss_cell cells[SS_COLUMNS])
{
	for (enum ss_column column = 0; column < SS_COLUMNS; column++) {
		const struct ss_cell *cell = &cells[column];
		bool right = column == SS_LOCAL || column == SS_PEER;
		size_t used = space_before(column) + cell->length;
		size_t missing = table->width[column] > used ? table->width[column] - used : 0;

		at = put_spaces(at, space_before(column) + (right ? missing : 0));
		memcpy(at, cell->text, cell->length);
		at = put_spaces(at + cell->length, right ? 0 : missing);
	}
	*at++ = '\n';
	return at;
}
