// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Text for people: columns that grow with what they hold and cut nothing, `-` for what
 * is not known, a line's colour for how it went.
 */
#include "output/format.h"

#include <tcpstate/socket.h>

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

static char *print_host(struct output *out, char *at, const struct value *value)
{
	const char *name = resolver_host(out->resolver, value->family, value->address);
	struct value number = *value;
	bool bracket = value->type == VALUE_ENDPOINT && value->family == 6;

	if (name)
		return print_name(out, at, name);
	number.type = VALUE_ADDRESS;
	if (bracket)
		*at++ = '[';
	at = out_value(out, at, &number);
	if (bracket)
		*at++ = ']';
	return at;
}

static char *print_service(struct output *out, char *at, const struct value *value)
{
	const char *name = resolver_service(out->resolver, value->port);

	if (name)
		return print_name(out, at, name);
	return value->port ? format_u64(at, value->port) : format_name(at, "-");
}

/* With -r: names where there are any. */
static char *print_resolved(struct output *out, char *at, const struct value *value)
{
	const char *user;

	switch (value->type) {
	case VALUE_UID:
		user = resolver_user(out->resolver, (uint32_t)value->number);
		return user ? print_name(out, at, user) : out_value(out, at, value);
	case VALUE_ADDRESS:
		return print_host(out, at, value);
	case VALUE_PORT:
		return print_service(out, at, value);
	case VALUE_ENDPOINT:
		at = format_name(print_host(out, at, value), ":");
		return print_service(out, at, value);
	default:
		return out_value(out, at, value);
	}
}

/* Who acted, where that was not the owner. */
static char *print_actor(const struct output *out, char *at, const struct reason_detail *story)
{
	size_t length = strnlen(story->by_comm, TS_COMM_LEN);

	at = format_name(at, " by ");
	at = length ? format_text(at, story->by_comm, length, out->utf8) : format_name(at, "-");
	if (!story->by_pid)
		return at;
	*at++ = '[';
	at = format_u64(at, story->by_pid);
	*at++ = ']';
	return at;
}

/* Between what is in the cell already, if anything, and what comes next. */
static char *separate(const char *cell, char *at, const char *separator)
{
	return at == cell ? at : format_name(at, separator);
}

static char *print_retrans(const char *cell, char *at, const struct reason_detail *story)
{
	at = separate(cell, at, story->retrans_before ? " " : ", ");
	if (story->retrans_before)
		at = format_name(at, "after ");
	at = format_u64(at, story->retrans);
	return format_name(at, story->retrans == 1 ? " retransmission" : " retransmissions");
}

static char *print_rst(const char *cell, char *at, const struct reason_detail *story)
{
	at = format_name(separate(cell, at, ", "), "RST");
	if (story->rst_reason)
		return format_name(format_name(at, ": "), story->rst_reason);
	return format_name(at, story->rst_sent ? " sent" : " received");
}

/* What happened to a handshake in trouble, e.g. `accept-queue-full 129/128 (+11)`. */
static char *print_trouble(const char *cell, char *at, const struct reason_detail *story)
{
	if (story->why)
		at = format_name(separate(cell, at, ", "), story->why);
	if (story->queue || story->limit) {
		at = format_u64(format_name(at, " "), story->queue);
		at = format_u64(format_name(at, "/"), story->limit);
	}
	if (story->times) {
		at = format_u64(format_name(at, ", "), story->times);
		at = format_name(at, story->times == 1 ? " time" : " times");
	}
	if (!story->more)
		return at;
	at = format_u64(format_name(at, " (+"), story->more);
	return format_name(at, ")");
}

/* Behind the reason, or in its place: `cell` is where the cell begins. */
static char *print_story(const struct output *out, const char *cell, char *at,
			 const struct reason_detail *story)
{
	if (story->retrans)
		at = print_retrans(cell, at, story);
	if (story->by_comm)
		at = print_actor(out, at == cell ? format_name(at, "-") : at, story);
	if (story->rst_sent || story->rst_received)
		at = print_rst(cell, at, story);
	if (story->handshake)
		at = format_name(separate(cell, at, ", "), story->handshake);
	return print_trouble(cell, at, story);
}

static char *print_value(struct output *out, char *at, struct value *value)
{
	bool mark_first = value->type == VALUE_CHANGE || value->mark == '>';

	if (value->mark && mark_first)
		*at++ = value->mark;
	if (out_foreign(out, value))
		at = format_text(at, value->text, value->length, out->utf8);
	else
		at = out->names ? print_resolved(out, at, value) : out_value(out, at, value);
	if (value->mark && !mark_first)
		*at++ = value->mark;
	return at;
}

static char *print_cell(struct output *out, char *at, const struct field *field,
			const struct row *row)
{
	const char *cell = at;
	struct reason_detail story;
	struct value value;

	if (field_get(field, row, &value))
		at = print_value(out, at, &value);
	if (row->t && field_reason_detail(field, row, &story))
		at = print_story(out, cell, at, &story);
	return at == cell ? format_name(at, "-") : at;
}

static char *pad(char *at, size_t n)
{
	memset(at, ' ', n);
	return at + n;
}

/* Moves the cell from start to at so that it fills its column, which grows where it must. */
static char *align_cell(struct output *out, size_t column, char *start, char *at)
{
	size_t bytes = (size_t)(at - start);
	size_t width = utf8_width(start, bytes);
	size_t missing;

	if (width > out->width[column])
		out->width[column] = width;
	missing = out->width[column] - width;
	if (out->column[column]->right) {
		memmove(start + missing, start, bytes);
		memset(start, ' ', missing);
		return at + missing;
	}
	if (column + 1 == out->columns)
		return at;
	return pad(at, missing);
}

/*
 * A column that does not fit into the terminal's line begins a continued one, so that no
 * word is broken. `cells`: used in this line, the space before the column included.
 */
static char *break_line(char *start, char *at, size_t screen, size_t *cells)
{
	size_t bytes = (size_t)(at - start), width = utf8_width(start, bytes);

	if (!screen || *cells + width <= screen || *cells <= CONTINUED) {
		*cells += width + 1;
		return at;
	}
	memmove(start + CONTINUED, start, bytes);
	memset(start, ' ', CONTINUED);
	start[-1] = '\n'; /* was the space between */
	*cells = CONTINUED + width + 1;
	return at + CONTINUED;
}

static int end_line(struct output *out, const char *line, char *at)
{
	*at++ = '\n';
	sink_commit(out->sink, (size_t)(at - line));
	return 0;
}

/* As many as make the table's look; later ones widen their column. */
enum { MEASURED = 2000 };

static void text_measure(struct output *out, const struct socket_view *view,
			 const struct socket_entry *const *entries, size_t n)
{
	char *cell = sink_reserve(out->sink, OUT_LINE_MAX); /* nothing of it is committed */

	for (size_t i = 0; cell && i < n && i < MEASURED; i++) {
		const struct row row = { .entry = entries[i], .view = view };

		for (size_t j = 0; j < out->columns; j++) {
			char *end = print_cell(out, cell, out->column[j], &row);
			size_t width = utf8_width(cell, (size_t)(end - cell));

			if (width > out->width[j])
				out->width[j] = width;
		}
	}
}

static int text_begin(struct output *out)
{
	char *line = sink_reserve(out->sink, OUT_LINE_MAX);
	size_t screen = terminal_width(sink_fd(out->sink)), cells = 0;
	char *at = line;

	if (!line)
		return sink_flush(out->sink);
	if (out->mark)
		*at++ = ' ';
	for (size_t i = 0; i < out->columns; i++) {
		char *start = at = i ? pad(at, 1) : at;

		at = align_cell(out, i, start, format_name(at, out->column[i]->header));
		at = break_line(start, at, screen, &cells);
	}
	return end_line(out, line, at);
}

/* A handshake in trouble, where no column says so: behind the last one. */
static char *print_untold(struct output *out, char *at, const struct row *row)
{
	for (size_t i = 0; i < out->columns; i++) {
		if (field_shows_drop(out->column[i]))
			return at;
	}
	*at++ = ' ';
	return print_cell(out, at, out->drop_column[0], row);
}

static int text_line(struct output *out, const struct row *row)
{
	char *line = sink_reserve(out->sink, OUT_LINE_MAX);
	const char *color = out->color ? sgr[field_row_color(row)] : NULL;
	size_t screen = terminal_width(sink_fd(out->sink)), cells = 0;
	char *at = line;

	if (!line)
		return sink_flush(out->sink);
	if (color)
		at = format_name(at, color);
	if (out->mark) {
		*at++ = out->mark;
		cells = 1;
	}
	for (size_t i = 0; i < out->columns; i++) {
		char *start = at = i ? pad(at, 1) : at;

		at = align_cell(out, i, start, print_cell(out, at, out->column[i], row));
		at = break_line(start, at, screen, &cells);
	}
	if (row->drop)
		at = print_untold(out, at, row);
	if (color)
		at = format_name(at, "\033[m");
	return end_line(out, line, at);
}

/* The cursor home, and all behind it gone. */
static int text_wipe(struct output *out)
{
	char *line = sink_reserve(out->sink, OUT_LINE_MAX);

	if (!line)
		return sink_flush(out->sink);
	sink_commit(out->sink, (size_t)(format_name(line, "\033[H\033[2J") - line));
	return 0;
}

static int text_process(struct output *out, const struct ts_holder *holder, size_t sockets)
{
	char *line = sink_reserve(out->sink, OUT_LINE_MAX);
	char *at = line;

	if (!line)
		return sink_flush(out->sink);
	if (holder)
		at = format_text(at, holder->comm, strnlen(holder->comm, TS_COMM_LEN), out->utf8);
	else
		at = format_name(at, "no process");
	if (holder && holder->pid) {
		*at++ = '[';
		at = format_u64(at, holder->pid);
		*at++ = ']';
	}
	at = format_u64(format_name(at, ": "), sockets);
	return end_line(out, line, format_name(at, sockets == 1 ? " socket" : " sockets"));
}

const struct out_ops out_text_ops = {
	.in = FIELD_IN_TEXT,
	.again = true,
	.measure = text_measure,
	.wipe = text_wipe,
	.process = text_process,
	.begin = text_begin,
	.transition = text_line,
	.drop = text_line,
	.lost = out_lost_on_stderr,
	.ready = out_nothing,
};
