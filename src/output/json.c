// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* JSON lines: PRODUCT's objects, keys in the order of the columns, no spaces. */
#include "lib/clock.h"
#include "origin/origin.h"
#include "output/format.h"
#include "sockets/view.h"

static char *print_quoted(char *at, const char *text, size_t length)
{
	*at++ = '"';
	at = format_json(at, text, length);
	*at++ = '"';
	return at;
}

static bool is_bare(enum value_type type)
{
	return type == VALUE_U64 || type == VALUE_UID || type == VALUE_PORT || type == VALUE_US ||
	       type == VALUE_TRUE || type == VALUE_FALSE;
}

static char *print_value(struct output *out, char *at, struct value *value)
{
	if (value->type == VALUE_NULL) {
		memcpy(at, "null", 4);
		return at + 4;
	}
	if (is_bare(value->type))
		return out_value(out, at, value);
	if (out_foreign(out, value))
		return print_quoted(at, value->text, value->length);
	*at++ = '"';
	at = out_value(out, at, value);
	*at++ = '"';
	return at;
}

/* What is in the line so far is out: room for more of it. NULL: the sink's error. */
static char *go_on(struct output *out, const char *line, const char *at)
{
	sink_commit(out->sink, (size_t)(at - line));
	return sink_reserve(out->sink, OUT_LINE_MAX);
}

static char *print_number(char *at, const char *key, uint64_t number)
{
	return format_u64(format_name(at, key), number);
}

static char *print_holder(char *at, const struct ts_holder *holder)
{
	if (holder->pid)
		at = print_number(at, "{\"pid\":", holder->pid);
	else
		at = format_name(at, "{\"pid\":null");
	at = print_quoted(format_name(at, ",\"comm\":"), holder->comm,
			  strnlen(holder->comm, TS_COMM_LEN));
	return format_name(print_number(at, ",\"fd\":", holder->fd), "}");
}

/* As many as there are, however long the line becomes: *line is where its last part begins. */
static char *print_holders(struct output *out, char **line, char *at, const struct row *row)
{
	const struct ts_holder *holder = row->entry->holder;

	*at++ = '[';
	for (; holder && at; holder = socket_next_holder(row->view->sockets, holder)) {
		if (holder != row->entry->holder)
			*at++ = ',';
		at = *line = go_on(out, *line, print_holder(at, holder));
	}
	if (at)
		*at++ = ']';
	return at;
}

/* A name from outside; it has a length that fits into a line. */
static char *print_name(char *at, const char *key, const char *name)
{
	enum { NAME_MAX_BYTES = 1024 };

	at = format_name(at, key);
	return name ? print_quoted(at, name, strnlen(name, NAME_MAX_BYTES)) :
		      format_name(at, "null");
}

static char *print_frame(char *at, const struct origin_frame *frame)
{
	at = print_name(at, "{\"function\":", frame->function);
	at = print_name(at, ",\"file\":", frame->file);
	if (frame->line)
		at = print_number(at, ",\"line\":", frame->line);
	else
		at = format_name(at, ",\"line\":null");
	at = print_name(at, ",\"module\":", frame->module);
	at = print_number(at, ",\"offset\":", frame->offset);
	at = format_name(at, frame->inlined ? ",\"inlined\":true" : ",\"inlined\":false");
	return format_name(at, "}");
}

static char *print_stack(struct output *out, char **line, char *at, const struct row *row)
{
	const struct origin *origin = socket_origin(row->view, row->entry);

	*at++ = '[';
	for (size_t i = 0; origin && i < origin->n && at; i++) {
		if (i)
			*at++ = ',';
		at = *line = go_on(out, *line, print_frame(at, &origin->frames[i]));
	}
	if (at)
		*at++ = ']';
	return at;
}

static char *print_head(char *at, const char *type)
{
	at = format_name(at, "{\"v\":1,\"type\":\"");
	at = format_name(at, type);
	*at++ = '"';
	return at;
}

static char *print_times(struct output *out, char *at, uint64_t mono_ns)
{
	uint64_t wall = mono_ns + (uint64_t)out_clock_offset(out);

	at = format_name(at, ",\"ts\":\"");
	at = format_timestamp(at, (int64_t)wall, &out->utc);
	return print_number(at, "\",\"mono_ns\":", mono_ns);
}

static int end_line(struct output *out, const char *line, char *at)
{
	*at++ = '}';
	*at++ = '\n';
	sink_commit(out->sink, (size_t)(at - line));
	return 0;
}

static int json_transition(struct output *out, const struct row *row)
{
	char *line = sink_reserve(out->sink, OUT_LINE_MAX);
	char *at = line;

	if (!line)
		return sink_flush(out->sink);
	at = print_head(at, out->kind);
	for (size_t i = 0; i < out->columns; i++) {
		struct value value;

		if (!field_get(out->column[i], row, &value))
			continue;
		memcpy(at, out->key[i], out->key_length[i]);
		at += out->key_length[i];
		if (value.type == VALUE_HOLDERS)
			at = print_holders(out, &line, at, row);
		else if (value.type == VALUE_STACK)
			at = print_stack(out, &line, at, row);
		else
			at = print_value(out, at, &value);
		if (!at)
			return sink_flush(out->sink);
	}
	return end_line(out, line, at);
}

static int json_drop(struct output *out, const struct row *row)
{
	char *line = sink_reserve(out->sink, OUT_LINE_MAX);
	char *at = line;

	if (!line)
		return sink_flush(out->sink);
	at = print_head(at, "handshake-drop");
	for (size_t i = 0; i < out->drop_columns; i++) {
		struct value value;

		if (!field_get(out->drop_column[i], row, &value))
			continue;
		at = format_name(format_name(at, ",\""), out->drop_column[i]->name);
		at = print_value(out, format_name(at, "\":"), &value);
	}
	return end_line(out, line, at);
}

static int json_lost(struct output *out, const struct ts_lost *lost)
{
	char *line = sink_reserve(out->sink, OUT_LINE_MAX);
	char *at = line;

	if (!line)
		return sink_flush(out->sink);
	at = print_times(out, print_head(at, "lost"), lost->mono_ns);
	at = print_number(at, ",\"count\":", lost->count);
	at = format_name(at, ",\"why\":");
	if (lost->why < TS_LOST_WHYS)
		at = format_name(at, lost->why == TS_LOST_BUFFER ? "\"buffer\"" : "\"recursion\"");
	else
		at = format_name(at, "null");
	if (lost->since_ns)
		at = print_number(at, ",\"since_mono_ns\":", lost->since_ns);
	else
		at = format_name(at, ",\"since_mono_ns\":null");
	at = print_number(at, ",\"cpu\":", lost->cpu);
	return end_line(out, line, at);
}

static int json_frame(struct output *out, uint64_t mono_ns, size_t sockets)
{
	char *line = sink_reserve(out->sink, OUT_LINE_MAX);
	char *at = line;

	if (!line)
		return sink_flush(out->sink);
	at = format_name(print_head(at, "frame"), ",\"ts\":\"");
	at = format_timestamp(at, (int64_t)mono_ns + clock_wall_offset_ns(), &out->utc);
	at = print_number(at, "\",\"mono_ns\":", mono_ns);
	at = print_number(at, ",\"sockets\":", sockets);
	return end_line(out, line, at);
}

static int json_ready(struct output *out, const struct ts_ready *ready)
{
	char *line = sink_reserve(out->sink, OUT_LINE_MAX);
	char *at = line;

	if (!line)
		return sink_flush(out->sink);
	at = print_times(out, print_head(at, "ready"), ready->mono_ns);
	at = print_number(at, ",\"sockets\":", ready->sockets);
	at = print_number(at, ",\"startup_us\":", ready->startup_us);
	at = print_number(at, ",\"netns_missed\":", ready->netns_missed);
	at = format_name(at, ",\"version\":\"" TCPSTATE_VERSION "\"");
	return end_line(out, line, at);
}

const struct out_ops out_json_ops = {
	.in = FIELD_IN_JSON,
	.transition = json_transition,
	.drop = json_drop,
	.lost = json_lost,
	.ready = json_ready,
	.frame = json_frame,
};
