/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The one writer of JSON: quotes, escapes, commas, null; objects and arrays of any depth and
 * length, without spaces, to a sink or a FILE. An error stays in these: json_end_line() returns the
 * sink's.
 */
#ifndef LIB_JSON_H
#define LIB_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct sink;

enum { JSON_ROOM = 512 };

/* Not to be copied. */
struct json {
	struct sink *sink; /* NULL: to `file` */
	FILE *file;
	char *start, *at, *end; /* of what was written and not yet handed on */
	bool comma;		/* the next key or value needs one before it */
	char spare[4 * JSON_ROOM];
};

void json_to_sink(struct json *json, struct sink *sink);
void json_to_file(struct json *json, FILE *file);
/* Ends a line and hands it on. Returns 0 or the sink's error. */
int json_end_line(struct json *json);

void json_begin_object(struct json *json);
void json_end_object(struct json *json);
void json_begin_array(struct json *json);
void json_end_array(struct json *json);
/* One of the program's own words: it is not escaped. Returns json, for the call that writes the value. */
struct json *json_key(struct json *json, const char *key);

void json_null(struct json *json);
/* The key of a value that may be unknown. Returns whether it is known: if not, null is written. */
bool json_optional(struct json *json, const char *key, bool known);
void json_bool(struct json *json, bool value);
void json_u64(struct json *json, uint64_t value);
void json_i64(struct json *json, int64_t value);
/* Bytes from outside, of any length, escaped. */
void json_bytes(struct json *json, const char *bytes, size_t n);
void json_text(struct json *json, const char *text); /* NULL: null */
struct format_second;
void json_timestamp(struct json *json, int64_t wall_ns, struct format_second *last);

/* At least JSON_ROOM bytes after what ends at `at`. */
void json_hand_on(struct json *json);
static inline char *json_room_at(struct json *json, char *at)
{
	if (json->end - at >= JSON_ROOM)
		return at;
	json->at = at;
	json_hand_on(json);
	return json->at;
}

static inline char *json_room(struct json *json)
{
	return json_room_at(json, json->at);
}

/*
 * For a value that the caller formats itself, such as a decimal or (between quotes) an address: room for
 * JSON_ROOM bytes, after the comma; then the end of the written bytes.
 */
static inline char *json_begin_raw(struct json *json)
{
	char *at = json_room(json);

	if (json->comma)
		*at++ = ',';
	return at;
}

static inline void json_end_raw(struct json *json, char *at)
{
	json->at = at;
	json->comma = true;
}

#endif
