// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The JSON writer. */
#include "lib/json.h"

#include <string.h>

#include "lib/format.h"
#include "lib/sink.h"

enum {
	LINE_BYTES = 32 * 1024, /* as much of a line as the sink is asked for at once */
	CHUNK = (JSON_ROOM - 2) / FORMAT_JSON_BYTE, /* bytes that fit into the room, escaped */
};

/* More room. After an error of the sink, or for a file, it is the writer's own. */
static void renew(struct json *json)
{
	char *room = json->sink ? sink_reserve(json->sink, LINE_BYTES) : NULL;

	json->start = json->at = room ? room : json->spare;
	json->end = json->start + (room ? (size_t)LINE_BYTES : sizeof(json->spare));
}

void json_to_sink(struct json *json, struct sink *sink)
{
	json->sink = sink;
	json->file = NULL;
	json->comma = false;
	renew(json);
}

void json_to_file(struct json *json, FILE *file)
{
	json->sink = NULL;
	json->file = file;
	json->comma = false;
	renew(json);
}

static void commit(struct json *json)
{
	size_t n = (size_t)(json->at - json->start);

	if (json->file)
		(void)fwrite(json->start, 1, n, json->file);
	else if (json->start != json->spare)
		sink_commit(json->sink, n);
}

void json_hand_on(struct json *json)
{
	commit(json);
	renew(json);
}

int json_end_line(struct json *json)
{
	bool lost = json->sink && json->start == json->spare;

	*json_room(json) = '\n';
	json->at++;
	json->comma = false;
	commit(json);
	json->start = json->at = json->end; /* others may write before the next line */
	return lost ? sink_flush(json->sink) : 0;
}

static void bracket(struct json *json, char c, bool begins)
{
	char *at = begins ? json_begin_raw(json) : json_room(json);

	*at++ = c;
	json->at = at;
	json->comma = !begins;
}

void json_begin_object(struct json *json)
{
	bracket(json, '{', true);
}

void json_end_object(struct json *json)
{
	bracket(json, '}', false);
}

void json_begin_array(struct json *json)
{
	bracket(json, '[', true);
}

void json_end_array(struct json *json)
{
	bracket(json, ']', false);
}

struct json *json_key(struct json *json, const char *key)
{
	char *at = json_begin_raw(json);

	*at++ = '"';
	at = format_name(format_name(at, key), "\":");
	json->at = at;
	json->comma = false;
	return json;
}

static void word(struct json *json, const char *text)
{
	json_end_raw(json, format_name(json_begin_raw(json), text));
}

void json_null(struct json *json)
{
	word(json, "null");
}

bool json_optional(struct json *json, const char *key, bool known)
{
	json_key(json, key);
	if (!known)
		json_null(json);
	return known;
}

void json_bool(struct json *json, bool value)
{
	word(json, value ? "true" : "false");
}

void json_u64(struct json *json, uint64_t value)
{
	json_end_raw(json, format_u64(json_begin_raw(json), value));
}

void json_i64(struct json *json, int64_t value)
{
	char *at = json_begin_raw(json);

	if (value < 0)
		*at++ = '-';
	json_end_raw(json, format_u64(at, value < 0 ? -(uint64_t)value : (uint64_t)value));
}

/* The longest part of the text that fits and does not end within a character of UTF-8. */
static size_t chunk_length(const char *bytes, size_t n)
{
	if (n <= CHUNK)
		return n;
	for (size_t i = CHUNK; i > CHUNK - 4; i--)
		if ((bytes[i] & 0xc0) != 0x80)
			return i;
	return CHUNK; /* not UTF-8 */
}

void json_bytes(struct json *json, const char *bytes, size_t n)
{
	char *at = json_begin_raw(json);

	*at++ = '"';
	json->at = at;
	for (size_t length; n; bytes += length, n -= length) {
		length = chunk_length(bytes, n);
		at = json_room(json);
		json->at = format_json(at, bytes, length);
	}
	at = json_room(json);
	*at++ = '"';
	json_end_raw(json, at);
}

void json_text(struct json *json, const char *text)
{
	if (text)
		json_bytes(json, text, strlen(text));
	else
		json_null(json);
}

void json_timestamp(struct json *json, int64_t wall_ns, struct format_second *last)
{
	char *at = json_begin_raw(json);

	*at++ = '"';
	at = format_timestamp(at, wall_ns, last);
	*at++ = '"';
	json_end_raw(json, at);
}
