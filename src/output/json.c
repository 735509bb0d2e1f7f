// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* JSON lines: an object a row, keys in the order of the columns. */
#include "lib/json.h"
#include "lib/clock.h"
#include "origin/origin.h"
#include "output/format.h"

static void put_value(struct output *out, struct json *json, struct value *value);

static void put_list(struct output *out, struct json *json, const struct value_list *list)
{
	const void *item = list->first;

	json_begin_array(json);
	for (; item; item = list->next(list->context, item)) {
		json_begin_object(json);
		for (const struct value_member *m = list->members; m->name; m++) {
			struct value value = { .type = m->type };

			if (!m->get(item, &value))
				value.type = VALUE_NULL;
			json_key(json, m->name);
			put_value(out, json, &value);
		}
		json_end_object(json);
	}
	json_end_array(json);
}

/*
 * A value at `at`, in the writer's room, after a key: returns its end. The end stays in a register on the
 * hot path, and json->at is behind, but for text of any length.
 */
static inline char *put_value_at(struct output *out, struct json *json, char *at,
				 struct value *value)
{
	char room[OUT_PROCESS_ROOM];

	if (value_is_bare(value->type))
		return out_value(out, at, value);
	if (value->type == VALUE_NULL)
		return format_name(at, "null");
	if (value_is_foreign(value->type)) {
		json->at = at;
		json->comma = false;
		if (value->type == VALUE_LIST) {
			put_list(out, json, &value->list);
			return json->at;
		}
		if (out_text(out, value, room)) {
			json_bytes(json, value->text, value->length);
			return json->at;
		}
	}
	*at++ = '"';
	at = out_value(out, at, value);
	*at++ = '"';
	return at;
}

static void put_value(struct output *out, struct json *json, struct value *value)
{
	json_end_raw(json, put_value_at(out, json, json_begin_raw(json), value));
}

static void put_number(struct json *json, const char *key, uint64_t number)
{
	json_u64(json_key(json, key), number);
}

static void begin(struct output *out, struct json *json, const char *type)
{
	char *at;

	json_to_sink(json, out->sink);
	at = format_name(json_begin_raw(json), "{\"v\":1,\"type\":\"");
	json_end_raw(json, format_name(format_name(at, type), "\""));
}

static void put_times(struct output *out, struct json *json, uint64_t mono_ns, int64_t clock_offset)
{
	struct value ts = { .type = VALUE_WALL, .number = mono_ns + (uint64_t)clock_offset };

	put_value(out, json_key(json, "ts"), &ts);
	put_number(json, "mono_ns", mono_ns);
}

static int end(struct json *json)
{
	json_end_object(json);
	return json_end_line(json);
}

static int json_row(struct output *out, const struct row *row)
{
	const struct out_columns *columns = row->drop ? &out->drop_columns : &out->columns;
	const char *type = row->drop ? "handshake-drop" : row->type ? row->type : out->type;
	struct json json;
	char *at;

	begin(out, &json, type);
	at = json.at;
	for (size_t i = 0; i < columns->n; i++) {
		const struct out_column *column = &columns->column[i];
		struct value value;

		if (!field_get(column->field, row, &value))
			continue;
		at = json_room_at(&json, at);
		memcpy(at, column->key, sizeof(column->key)); /* a fixed size needs no call */
		at = put_value_at(out, &json, at + column->key_length, &value);
	}
	json_end_raw(&json, at);
	return end(&json);
}

static int json_lost(struct output *out, const struct ts_lost *lost)
{
	static const char *const why[TS_LOST_WHYS] = {
		[TS_LOST_BUFFER] = "buffer",
		[TS_LOST_RECURSION] = "recursion",
		[TS_LOST_HALF_OPEN] = "half-open",
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

static int json_frame(struct output *out, uint64_t mono_ns, size_t rows)
{
	struct json json;

	begin(out, &json, "frame");
	put_times(out, &json, mono_ns, clock_wall_offset_ns());
	put_number(&json, "sockets", rows);
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

static void put_refused(struct json *json, const uint64_t refused[ORIGIN_REFUSALS])
{
	for (int i = 0; i < ORIGIN_REFUSALS; i++)
		put_number(json, origin_refusal_name(i), refused[i]);
}

static int json_origins(struct output *out, const struct origin_summary *summary)
{
	struct json json;

	begin(out, &json, "origins");
	put_times(out, &json, clock_mono_ns(), clock_wall_offset_ns());
	put_number(&json, "unwound", summary->unwound);
	put_number(&json, "known", summary->known);
	json_begin_object(json_key(&json, "refused"));
	put_refused(&json, summary->refused);
	json_end_object(&json);
	if (summary->described)
		put_number(&json, "undescribed", summary->undescribed);
	json_begin_array(json_key(&json, "refused_users"));
	for (size_t i = 0; i < summary->n; i++) {
		json_begin_object(&json);
		put_number(&json, "uid", summary->users[i].uid);
		put_number(&json, "pid", summary->users[i].pid);
		put_refused(&json, summary->users[i].refused);
		json_end_object(&json);
	}
	json_end_array(&json);
	return end(&json);
}

const struct out_ops out_json_ops = {
	.in = FIELD_IN_JSON,
	.frame = json_frame,
	.row = json_row,
	.lost = json_lost,
	.ready = json_ready,
	.origins = json_origins,
};
