// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Text: columns that grow with their values and never cut them, `-` for an unknown value, colours for
 * the kinds of transition.
 */
#include "output/format.h"

#include <tcpstate/event.h>

#include "lib/terminal.h"
#include "lib/utf8.h"

enum { CONTINUED = 13 }; /* cells: a continued line begins behind the time */

static const char *const sgr[ROW_COLORS] = {
	[ROW_GOOD] = "\033[32m",
	[ROW_DONE] = "\033[2m",
	[ROW_WAITING] = "\033[33m",
	[ROW_BAD] = "\033[31m",
};

static char *print_name(const struct output *out, char *at, const char *name)
{
	return format_text(at, name, strlen(name), out->utf8);
}

static char *print_zone(const struct output *out, char *at, const struct value *value)
{
	*at++ = '%';
	if (!*value->zone_name)
		return format_u64(format_name(at, "if"), value->zone);
	return format_text(at, value->zone_name, strnlen(value->zone_name, TS_DEVICE_LEN),
			   out->utf8);
}

/* As ss and netstat do: a star for all addresses of both families, an IPv6 address in brackets. */
static char *print_host(struct output *out, char *at, const struct value *value)
{
	const char *name = NULL;
	struct value number = *value;
	bool bracket = value->type == VALUE_ENDPOINT && value->family == 6 && !value->any;

	if (out->resolve && !value->any)
		name = resolver_host(out->resolver, value->family, value->address);
	if (name)
		return print_name(out, at, name);
	number.type = VALUE_ADDRESS;
	if (bracket)
		*at++ = '[';
	at = value->any ? format_name(at, "*") : out_value(out, at, &number);
	if (value->zone)
		at = print_zone(out, at, value);
	if (bracket)
		*at++ = ']';
	return at;
}

static char *print_service(struct output *out, char *at, const struct value *value)
{
	const char *name = NULL;

	if (out->resolve)
		name = resolver_service(out->resolver, (uint16_t)value->number);
	if (name)
		return print_name(out, at, name);
	return value->number ? format_u64(at, value->number) : format_name(at, "-");
}

/* Names in place of numbers, if there are any. */
static char *print_resolved(struct output *out, char *at, const struct value *value)
{
	const char *user;

	switch (value->type) {
	case VALUE_UID:
		user = resolver_user(out->resolver, (uint32_t)value->number);
		return user ? print_name(out, at, user) : out_value(out, at, value);
	case VALUE_PORT:
		return print_service(out, at, value);
	default:
		return out_value(out, at, value);
	}
}

static char *print_plain(struct output *out, char *at, const struct value *value)
{
	if (value->type == VALUE_ADDRESS)
		return print_host(out, at, value);
	if (value->type == VALUE_ENDPOINT)
		return print_service(out, format_name(print_host(out, at, value), ":"), value);
	return out->resolve ? print_resolved(out, at, value) : out_value(out, at, value);
}

/* comm[pid], escaped: the brackets and the number need no escape. */
static char *print_process(const struct output *out, char *at, const char *comm, uint32_t pid)
{
	char text[OUT_PROCESS_ROOM];
	char *end = format_process(text, comm, TS_COMM_LEN, pid);

	return format_text(at, text, (size_t)(end - text), out->utf8);
}

/* The process that acted, which is not the owner. */
static char *print_actor(const struct output *out, char *at, const struct reason_detail *detail)
{
	const char *comm = *detail->by_comm ? detail->by_comm : "-";

	return print_process(out, format_name(at, " by "), comm, detail->by_pid);
}

/* Between the contents of the cell, if there are any, and what follows. */
static char *separate(const char *cell, char *at, const char *separator)
{
	return at == cell ? at : format_name(at, separator);
}

static char *print_retrans(const char *cell, char *at, const struct reason_detail *detail)
{
	at = separate(cell, at, detail->retrans_before ? " " : ", ");
	if (detail->retrans_before)
		at = format_name(at, "after ");
	at = format_u64(at, detail->retrans);
	return format_name(at, detail->retrans == 1 ? " retransmission" : " retransmissions");
}

static char *print_rst(const char *cell, char *at, const struct reason_detail *detail)
{
	at = format_name(separate(cell, at, ", "), "RST");
	if (detail->rst_reason)
		return format_name(format_name(at, ": "), detail->rst_reason);
	return format_name(at, detail->rst_sent ? " sent" : " received");
}

/* A handshake drop, e.g. `accept-queue-full 129/128 (+11)`. */
static char *print_drop(const char *cell, char *at, const struct reason_detail *detail)
{
	if (detail->why)
		at = format_name(separate(cell, at, ", "), detail->why);
	if (detail->queue || detail->limit) {
		at = format_u64(format_name(at, " "), detail->queue);
		at = format_u64(format_name(at, "/"), detail->limit);
	}
	if (detail->times) {
		at = format_u64(format_name(at, ", "), detail->times);
		at = format_name(at, detail->times == 1 ? " time" : " times");
	}
	if (!detail->more)
		return at;
	at = format_u64(format_name(at, " (+"), detail->more);
	return format_name(at, ")");
}

/* After the reason, or in its place. `cell` is where the cell begins. */
static char *print_detail(const struct output *out, const char *cell, char *at,
			  const struct reason_detail *detail)
{
	if (detail->retrans)
		at = print_retrans(cell, at, detail);
	if (detail->by_comm)
		at = print_actor(out, at == cell ? format_name(at, "-") : at, detail);
	if (detail->rst_sent || detail->rst_received)
		at = print_rst(cell, at, detail);
	if (detail->handshake)
		at = format_name(separate(cell, at, ", "), detail->handshake);
	return print_drop(cell, at, detail);
}

static char *print_value(struct output *out, char *at, struct value *value)
{
	bool mark_first = value->type == VALUE_CHANGE || value->mark == '>' || value->mark == '<';
	char room[OUT_PROCESS_ROOM];

	if (value->mark && mark_first)
		*at++ = value->mark;
	if (value_is_foreign(value->type) && out_text(out, value, room))
		at = format_text(at, value->text, value->length, out->utf8);
	else
		at = print_plain(out, at, value);
	if (value->mark && !mark_first)
		*at++ = value->mark;
	return at;
}

static char *print_cell(struct output *out, char *at, const struct field *field,
			const struct row *row)
{
	const char *cell = at;
	struct reason_detail detail;
	struct value value;

	if (field_get(field, row, &value))
		at = print_value(out, at, &value);
	if (row->t && field_reason_detail(field, row, &detail))
		at = print_detail(out, cell, at, &detail);
	return at == cell ? format_name(at, "-") : at;
}

static char *pad(char *at, size_t n)
{
	memset(at, ' ', n);
	return at + n;
}

/* Moves the cell from start to at so that it fills its column, which grows where it must. */
static char *align_cell(struct out_column *column, bool last, char *start, char *at)
{
	size_t bytes = (size_t)(at - start);
	size_t width = utf8_width(start, bytes);
	size_t missing;

	if (width > column->width)
		column->width = width;
	missing = column->width - width;
	if (field_is_right(column->field)) {
		memmove(start + missing, start, bytes);
		memset(start, ' ', missing);
		return at + missing;
	}
	return last ? at : pad(at, missing);
}

/*
 * Continues a line that is wider than the terminal with this column, so that no word is broken. `cells`:
 * used in this line, with the space before the column.
 */
static char *break_line(char *start, char *at, size_t screen, size_t *cells)
{
	size_t bytes = (size_t)(at - start), width = utf8_width(start, bytes);

	if (*cells + width <= screen || *cells <= CONTINUED) {
		*cells += width + 1;
		return at;
	}
	memmove(start + CONTINUED, start, bytes);
	memset(start, ' ', CONTINUED);
	start[-1] = '\n'; /* was the space between */
	*cells = CONTINUED + width + 1;
	return at + CONTINUED;
}

/* Cells of the terminal's line; 0: not a terminal. */
static size_t screen_width(const struct output *out)
{
	return sink_is_terminal(out->sink) ? terminal_width(sink_fd(out->sink)) : 0;
}

static void text_measure(struct output *out, const struct row *row)
{
	char *cell = sink_reserve(out->sink, OUT_LINE_MAX); /* nothing of it is committed */

	for (size_t i = 0; cell && i < out->columns.n; i++) {
		struct out_column *column = &out->columns.column[i];
		char *end = print_cell(out, cell, column->field, row);
		size_t width = utf8_width(cell, (size_t)(end - cell));

		if (width > column->width)
			column->width = width;
	}
}

/* One line, of a row or (NULL) of the headers. */
static char *print_line(struct output *out, char *at, const struct row *row)
{
	size_t screen = screen_width(out), cells = 0, n = out->columns.n;

	if (out->marked) {
		*at++ = row && row->mark ? row->mark : ' ';
		cells = 1;
	}
	for (size_t i = 0; i < n; i++) {
		struct out_column *column = &out->columns.column[i];
		char *start = at = i ? pad(at, 1) : at;

		at = row ? print_cell(out, at, column->field, row) :
			   format_name(at, column->field->header);
		at = align_cell(column, i + 1 == n, start, at);
		if (screen)
			at = break_line(start, at, screen, &cells);
	}
	return at;
}

static int text_begin(struct output *out)
{
	char *line = sink_reserve(out->sink, OUT_LINE_MAX);

	return line ? out_end_line(out, line, print_line(out, line, NULL)) : sink_flush(out->sink);
}

/* A handshake drop, if no column shows that it is one: after the last. */
static char *print_drop_after(struct output *out, char *at, const struct row *row)
{
	for (size_t i = 0; i < out->columns.n; i++)
		if (field_shows_drop(out->columns.column[i].field))
			return at;
	*at++ = ' ';
	return print_cell(out, at, out->drop_columns.column[0].field, row);
}

static int text_row(struct output *out, const struct row *row)
{
	char *line = sink_reserve(out->sink, OUT_LINE_MAX);
	const char *color = out->color ? sgr[field_row_color(row)] : NULL;
	char *at = line;

	if (!line)
		return sink_flush(out->sink);
	if (color)
		at = format_name(at, color);
	at = print_line(out, at, row);
	if (row->drop)
		at = print_drop_after(out, at, row);
	if (color)
		at = format_name(at, "\033[m");
	return out_end_line(out, line, at);
}

static int text_clear(struct output *out)
{
	static const char home_and_erase[] = "\033[H\033[2J";

	return sink_write(out->sink, home_and_erase, strlen(home_and_erase));
}

static int text_group(struct output *out, const struct value_process *process, size_t rows)
{
	char *line = sink_reserve(out->sink, OUT_LINE_MAX);
	char *at = line;

	if (!line)
		return sink_flush(out->sink);
	at = process->comm ? print_process(out, at, process->comm, process->pid) :
			     format_name(at, "no process");
	at = format_u64(format_name(at, ": "), rows);
	return out_end_line(out, line, format_name(at, rows == 1 ? " socket" : " sockets"));
}

static int text_total(struct output *out, size_t sockets, size_t groups)
{
	char *line = sink_reserve(out->sink, OUT_LINE_MAX);
	char *at = line;

	if (!line)
		return sink_flush(out->sink);
	at = format_name(format_u64(at, sockets), sockets == 1 ? " socket in " : " sockets in ");
	at = format_name(format_u64(at, groups), groups == 1 ? " group" : " groups");
	return out_end_line(out, line, at);
}

const struct out_ops out_text_ops = {
	.in = FIELD_IN_TEXT,
	.marks = true,
	.begin = text_begin,
	.measure = text_measure,
	.clear = text_clear,
	.group = text_group,
	.total = text_total,
	.row = text_row,
	.lost = out_lost_on_stderr,
};
