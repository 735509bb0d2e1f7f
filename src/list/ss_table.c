// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Measures cells in bytes and prints rows as ss does: each column as wide as its widest cell, on a
 * terminal spread over its width. Two oddities of ss are kept, as bytes depend on them: it does not
 * measure the last cell of all, and it prints a part when its buffer is full, with what it has
 * measured until then.
 */
#include "list/ss_table.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/format.h"
#include "lib/terminal.h"

static const struct {
	const char *header;
	const char *before;
	bool right;
} columns[SS_COLUMNS] = {
	[SS_STATE] = { "State", "", false },
	[SS_RECV_Q] = { "Recv-Q", " ", false },
	[SS_SEND_Q] = { "Send-Q", " ", false },
	[SS_LOCAL] = { "Local Address:", " ", true },
	[SS_LPORT] = { "Port", "", false },
	[SS_PEER] = { "Peer Address:", " ", true },
	[SS_RPORT] = { "Port", "", false },
	[SS_PROCESS] = { "Process", "", false }, /* what is in it begins with a space */
};

/*
 * How full ss's buffer would be: pieces of 1 MiB with a head of 16 bytes, which hold cells of at
 * most 65,535 bytes, each after its length (2 bytes) and at an even place.
 */
enum { PIECE = (1 << 20) - 16, PIECES = 5, LENGTH = 2, CELL_MAX = 65535 };

struct fill {
	size_t used;	 /* of the last piece, with the length of the cell under way */
	unsigned pieces; /* 0: nothing was written yet */
	bool first;	 /* the cell under way is the first of its piece */
};

struct ss_table {
	struct sink *sink;
	char *text; /* cells as they were made, one after the other ... */
	size_t size, room;
	uint32_t (*lengths)[SS_COLUMNS]; /* ... and how long each is */
	size_t rows, rows_room;
	size_t widest[SS_COLUMNS]; /* of all rows so far, printed or not */
	size_t width[SS_COLUMNS];  /* with what stands before */
	size_t last;		   /* length of the last cell, which is not measured yet */
	struct fill fill;
};

static void fill_new_piece(struct fill *fill)
{
	*fill = (struct fill){ .used = LENGTH, .pieces = fill->pieces + 1, .first = true };
}

/* ss writes a cell. */
static void fill_write(struct fill *fill, size_t n)
{
	if (!fill->pieces || (n >= PIECE - fill->used && !fill->first))
		fill_new_piece(fill);
	fill->used += n < CELL_MAX ? n : CELL_MAX;
}

/* ss goes from a cell of n bytes to the next one. */
static void fill_next(struct fill *fill, size_t n)
{
	size_t odd = (n < CELL_MAX ? n : CELL_MAX) % 2;

	if (PIECE - fill->used - odd < LENGTH) {
		fill_new_piece(fill);
		return;
	}
	fill->used += odd + LENGTH;
	fill->first = false;
}

char *ss_table_reserve(struct ss_table *table, size_t n)
{
	size_t room = table->room ? table->room : 1 << 16;
	char *text;

	while (room - table->size < n)
		room *= 2;
	if (room == table->room)
		return table->text + table->size;
	text = realloc(table->text, room);
	if (!text)
		return NULL;
	table->text = text;
	table->room = room;
	return text + table->size;
}

static void measure(struct ss_table *table, enum ss_column column, size_t length)
{
	if (length > table->widest[column])
		table->widest[column] = length;
	fill_next(&table->fill, length);
}

void ss_table_end_cell(struct ss_table *table, enum ss_column column, size_t length)
{
	table->lengths[table->rows - 1][column] = (uint32_t)length;
	table->size += length;
	if (length)
		fill_write(&table->fill, length);
	if (column == SS_PROCESS)
		table->last = length;
	else
		measure(table, column, length);
}

static int add_header(struct ss_table *table)
{
	int err = ss_table_begin_row(table);

	for (enum ss_column column = 0; column < SS_COLUMNS && !err; column++) {
		char *at = ss_table_reserve(table, strlen(columns[column].header));

		if (!at)
			return -ENOMEM;
		ss_table_end_cell(table, column,
				  (size_t)(format_name(at, columns[column].header) - at));
	}
	return err;
}

int ss_table_new(struct sink *sink, struct ss_table **out)
{
	struct ss_table *table = calloc(1, sizeof(*table));
	int err = table ? 0 : -ENOMEM;

	if (!err) {
		table->sink = sink;
		err = add_header(table);
	}
	if (err) {
		ss_table_free(table);
		return err;
	}
	/* The header's last cell is measured even if no row comes. */
	table->widest[SS_PROCESS] = table->last;
	*out = table;
	return 0;
}

void ss_table_free(struct ss_table *table)
{
	if (!table)
		return;
	free(table->text);
	free(table->lengths);
	free(table);
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

static void lay_out(struct ss_table *table)
{
	size_t line = terminal_width(sink_fd(table->sink));

	for (unsigned column = 0; column < SS_COLUMNS; column++) {
		size_t width = table->widest[column] + strlen(columns[column].before);

		table->width[column] = line && width > line ? line : width;
	}
	if (line)
		spread_lines(table->width, line);
}

static char *put(char *at, const char *bytes, size_t n)
{
	memcpy(at, bytes, n);
	return at + n;
}

static char *put_spaces(char *at, size_t n)
{
	memset(at, ' ', n);
	return at + n;
}

static char *put_cell(const struct ss_table *table, char *at, enum ss_column column,
		      const char *text, size_t length)
{
	size_t before = strlen(columns[column].before), used = before + length;
	size_t missing = table->width[column] > used ? table->width[column] - used : 0;

	at = put(at, columns[column].before, before);
	if (columns[column].right)
		return put(put_spaces(at, missing), text, length);
	return put_spaces(put(at, text, length), missing);
}

/* `line` has room for it. */
static size_t put_row(const struct ss_table *table, char *line, size_t row, const char **text)
{
	char *at = line;

	for (enum ss_column column = 0; column < SS_COLUMNS; column++) {
		size_t length = table->lengths[row][column];

		at = put_cell(table, at, column, *text, length);
		*text += length;
	}
	*at++ = '\n';
	return (size_t)(at - line);
}

static size_t row_bytes(const struct ss_table *table, size_t row)
{
	size_t bytes = 1;

	for (enum ss_column column = 0; column < SS_COLUMNS; column++)
		bytes += table->width[column] + table->lengths[row][column] + 1;
	return bytes;
}

static int print_row(const struct ss_table *table, size_t row, const char **text)
{
	enum { MOST = 32 << 10 };
	size_t bytes = row_bytes(table, row);
	char *line = bytes <= MOST ? sink_reserve(table->sink, bytes) : malloc(bytes);
	int err = 0;

	if (!line)
		return bytes <= MOST ? sink_flush(table->sink) : -ENOMEM;
	if (bytes <= MOST) {
		sink_commit(table->sink, put_row(table, line, row, text));
	} else {
		err = sink_write(table->sink, line, put_row(table, line, row, text));
		free(line);
	}
	return err;
}

int ss_table_print(struct ss_table *table)
{
	const char *text = table->text;
	int err = 0;

	lay_out(table);
	for (size_t row = 0; row < table->rows && !err; row++)
		err = print_row(table, row, &text);
	table->size = table->rows = 0;
	table->fill = (struct fill){ 0 };
	return err;
}

/* Where ss measures the last cell of the row before, and prints if it has no room left. */
static int end_row(struct ss_table *table)
{
	measure(table, SS_PROCESS, table->last);
	if (table->fill.pieces >= PIECES)
		return ss_table_print(table);
	fill_next(&table->fill, 0); /* a column that is always empty */
	return 0;
}

int ss_table_begin_row(struct ss_table *table)
{
	int err = table->rows ? end_row(table) : 0;

	if (!err && table->rows == table->rows_room) {
		size_t room = table->rows_room ? table->rows_room * 2 : 256;
		void *lengths = reallocarray(table->lengths, room, sizeof(*table->lengths));

		if (!lengths)
			return -ENOMEM;
		table->lengths = lengths;
		table->rows_room = room;
	}
	table->rows += !err;
	return err;
}
