// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* JSON lines: an object a row, keys in the order of the columns. */
#include "lib/json.h"
#include "lib/clock.h"
#include "origin/origin.h"
#include "output/format.h"
#include "sockets/view.h"

/* JSON's own form of a value that has no text from outside. */
static bool is_bare(enum value_type type)
{
	return type == VALUE_U64 || type == VALUE_UID || type == VALUE_PORT || type == VALUE_US ||
	       type == VALUE_TRUE || type == VALUE_FALSE;
}

static void put_value(struct output *out, struct json *json, struct value *value)
{
	char *at;

	if (value->type == VALUE_NULL)
		return json_null(json);
	if (is_bare(value->type))
		return json_end_raw(json, out_value(out, json_begin_raw(json), value));
	if (out_foreign(out, value))
		return json_bytes(json, value->text, value->length);
	at = json_begin_raw(json);
	*at++ = '"';
	at = out_value(out, at, value);
	*at++ = '"';
	json_end_raw(json, at);
}

static void put_number(struct json *json, const char *key, uint64_t number)
{
	json_u64(json_key(json, key), number);
}

static void put_holder(struct json *json, const struct ts_holder *holder)
{
	json_begin_object(json);
	if (holder->pid)
		put_number(json, "pid", holder->pid);
	else
		json_null(json_key(json, "pid"));
	json_bytes(json_key(json, "comm"), holder->comm, strnlen(holder->comm, TS_COMM_LEN));
	put_number(json, "fd", holder->fd);
	json_end_object(json);
}

static void put_holders(struct json *json, const struct row *row)
{
	const struct ts_holder *holder = row->entry->holder;

	json_begin_array(json);
	for (; holder; holder = socket_next_holder(row->view->sockets, holder))
		put_holder(json, holder);
	json_end_array(json);
}

static void put_frame(struct json *json, const struct origin_frame *frame)
{
	json_begin_object(json);
	json_text(json_key(json, "function"), frame->function);
	json_text(json_key(json, "file"), frame->file);
	if (frame->line)
		put_number(json, "line", frame->line);
	else
		json_null(json_key(json, "line"));
	json_text(json_key(json, "module"), frame->module);
	put_number(json, "offset", frame->offset);
	json_bool(json_key(json, "inlined"), frame->inlined);
	json_end_object(json);
}

static void put_stack(struct json *json, const struct row *row)
{
	const struct origin *origin = socket_origin(row->view, row->entry);

	json_begin_array(json);
	for (size_t i = 0; origin && i < origin->n; i++)
		put_frame(json, &origin->frames[i]);
	json_end_array(json);
}

static void begin(struct output *out, struct json *json, const char *type)
{
	json_to_sink(json, out->sink);
	json_begin_object(json);
	put_number(json, "v", 1);
	json_text(json_key(json, "type"), type);
}

static void put_times(struct output *out, struct json *json, uint64_t mono_ns, int64_t clock_offset)
{
	char *at = json_begin_raw(json_key(json, "ts"));

	*at++ = '"';
	at = format_timestamp(at, (int64_t)mono_ns + clock_offset, &out->utc);
	*at++ = '"';
	json_end_raw(json, at);
	put_number(json, "mono_ns", mono_ns);
}

static int end(struct json *json)
{
	json_end_object(json);
	return json_end_line(json);
}

static int put_columns(struct output *out, const char *type, const struct field *const *columns,
		       size_t n, const struct row *row)
{
	struct json json;

	begin(out, &json, type);
	for (size_t i = 0; i < n; i++) {
		struct value value;

		if (!field_get(columns[i], row, &value))
			continue;
		json_key(&json, columns[i]->name);
		if (value.type == VALUE_HOLDERS)
			put_holders(&json, row);
		else if (value.type == VALUE_STACK)
			put_stack(&json, row);
		else
			put_value(out, &json, &value);
	}
	return end(&json);
}

static int json_transition(struct output *out, const struct row *row)
{
	return put_columns(out, out->kind, out->column, out->columns, row);
}

static int json_drop(struct output *out, const struct row *row)
{
	return put_columns(out, "handshake-drop", out->drop_column, out->drop_columns, row);
}

static int json_lost(struct output *out, const struct ts_lost *lost)
{
	static const char *const why[TS_LOST_WHYS] = {
		[TS_LOST_BUFFER] = "buffer",
		[TS_LOST_RECURSION] = "recursion",
	};
	struct json json;

	begin(out, &json, "lost");
	put_times(out, &json, lost->mono_ns, out->clock_offset);
	put_number(&json, "count", lost->count);
	json_text(json_key(&json, "why"), lost->why < TS_LOST_WHYS ? why[lost->why] : NULL);
	if (lost->since_ns)
		put_number(&json, "since_mono_ns", lost->since_ns);
	else
		json_null(json_key(&json, "since_mono_ns"));
	put_number(&json, "cpu", lost->cpu);
	return end(&json);
}

static int json_frame(struct output *out, uint64_t mono_ns, size_t sockets)
{
	struct json json;

	begin(out, &json, "frame");
	put_times(out, &json, mono_ns, clock_wall_offset_ns());
	put_number(&json, "sockets", sockets);
	return end(&json);
}

static int json_ready(struct output *out, const struct ts_ready *ready)
{
	struct json json;

	begin(out, &json, "ready");
	put_times(out, &json, ready->mono_ns, out->clock_offset);
	put_number(&json, "sockets", ready->sockets);
	put_number(&json, "startup_us", ready->startup_us);
	put_number(&json, "netns_missed", ready->netns_missed);
	json_text(json_key(&json, "version"), TCPSTATE_VERSION);
	return end(&json);
}

const struct out_ops out_json_ops = {
	.in = FIELD_IN_JSON,
	.transition = json_transition,
	.drop = json_drop,
	.lost = json_lost,
	.ready = json_ready,
	.frame = json_frame,
};
