// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The lines of `count`: one table of columns for text and CSV. */
#include "output/count.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/format.h"
#include "lib/json.h"
#include "tcp/state.h"

enum { LINE_MAX_BYTES = 16384, HEADER_EVERY = 20 };

/* A column of sockets in a state, or of a kind of transition. */
struct column {
	const char *header; /* text */
	const char *name;   /* CSV */
	int width;
	unsigned state;	   /* TS_STATE_NONE: transitions, by old and new */
	unsigned old, new; /* TS_STATE_NONE: any */
};

static const struct column columns[] = {
	{ "LISTN", "LISTEN", 5, TS_LISTEN, 0, 0 },
	{ "SYNS", "SYN_SENT", 5, TS_SYN_SENT, 0, 0 },
	{ "SYNR*", "SYN_RECV", 6, TS_SYN_RECV, 0, 0 },
	{ "ESTAB", "ESTABLISHED", 7, TS_ESTABLISHED, 0, 0 },
	{ "FINW1", "FIN_WAIT_1", 6, TS_FIN_WAIT_1, 0, 0 },
	{ "FINW2", "FIN_WAIT_2", 6, TS_FIN_WAIT_2, 0, 0 },
	{ "CLOSEW", "CLOSE_WAIT", 7, TS_CLOSE_WAIT, 0, 0 },
	{ "CLSNG", "CLOSING", 6, TS_CLOSING, 0, 0 },
	{ "LACK", "LAST_ACK", 5, TS_LAST_ACK, 0, 0 },
	{ "TIMEW*", "TIME_WAIT", 7, TS_TIME_WAIT, 0, 0 },
	{ "|TRANS", "transitions", 7, TS_STATE_NONE, 0, 0 },
	{ "CONN", "connects", 6, TS_STATE_NONE, TS_CLOSED, TS_SYN_SENT },
	{ "ACPT", "handshakes_received", 6, TS_STATE_NONE, TS_SYN_RECV, TS_ESTABLISHED },
};

enum { COLUMNS = sizeof(columns) / sizeof(columns[0]) };

/* Two snapshots: the line has the state counts of the later one, and the transitions between. */
struct line {
	const struct counts *before, *now;
};

/* The column's number; false: unknown. */
static bool column_value(const struct line *line, const struct column *column, int64_t *value)
{
	if (!column->state) {
		*value = (int64_t)counts_transitions(line->before, line->now, column->old,
						     column->new);
		return true;
	}
	*value = line->now->total.sockets[column->state];
	return counts_state_known(line->now, column->state);
}

/* With * the states that are counted by a scan now and then. */
static int text_header(const struct line *line, char *at)
{
	bool exact = line->now->minisocks_known && !line->now->minisocks_scanned;
	int n = 0;

	for (size_t i = 0; i < COLUMNS; i++) {
		size_t length = strcspn(columns[i].header, exact ? "*" : "");

		n += sprintf(at + n, "%*.*s", columns[i].width, (int)length, columns[i].header);
	}
	return n + sprintf(at + n, "\n");
}

static int text_line(struct count_output *output, const struct line *line, char *at)
{
	int n = 0;

	if (!output->lines || (sink_is_terminal(output->sink) && output->lines % HEADER_EVERY == 0))
		n = text_header(line, at);
	for (size_t i = 0; i < COLUMNS; i++) {
		int64_t value;

		if (column_value(line, &columns[i], &value))
			n += sprintf(at + n, "%*" PRId64, columns[i].width, value);
		else
			n += sprintf(at + n, "%*s", columns[i].width, "-");
	}
	return n + sprintf(at + n, "\n");
}

static int64_t wall_ns(const struct line *line)
{
	return (int64_t)line->now->mono_ns + clock_wall_offset_ns();
}

static int csv_line(struct count_output *output, const struct line *line, char *at)
{
	char *start = at;

	if (!output->lines) {
		at += sprintf(at, "ts");
		for (size_t i = 0; i < COLUMNS; i++)
			at += sprintf(at, ",%s", columns[i].name);
		at += sprintf(at, ",lost\r\n");
	}
	at = format_timestamp(at, wall_ns(line), &output->second);
	for (size_t i = 0; i < COLUMNS; i++) {
		int64_t value;

		if (column_value(line, &columns[i], &value))
			at += sprintf(at, ",%" PRId64, value);
		else
			at += sprintf(at, ",");
	}
	at += sprintf(at, ",%" PRIu64 "\r\n", counts_missed(line->before, line->now));
	return (int)(at - start);
}

static void json_sockets(const struct line *line, struct json *json)
{
	json_begin_object(json_key(json, "sockets"));
	for (size_t i = 0; i < COLUMNS && columns[i].state; i++) {
		json_key(json, columns[i].name);
		if (counts_state_known(line->now, columns[i].state))
			json_i64(json, line->now->total.sockets[columns[i].state]);
		else
			json_null(json);
	}
	json_end_object(json);
}

static void json_transitions(const struct line *line, struct json *json)
{
	json_begin_object(json_key(json, "transitions"));
	for (unsigned old = 1; old < TS_STATES; old++)
		for (unsigned new_state = 1; new_state < TS_STATES; new_state++) {
			uint64_t n = counts_transitions(line->before, line->now, old, new_state);
			char key[64];

			if (!n)
				continue;
			(void)snprintf(key, sizeof(key), "%s>%s", state_name(old),
				       state_name(new_state));
			json_u64(json_key(json, key), n);
		}
	json_end_object(json);
}

static void json_line(struct count_output *output, const struct line *line)
{
	struct json json;

	json_to_sink(&json, output->sink);
	json_begin_object(&json);
	json_u64(json_key(&json, "v"), 1);
	json_text(json_key(&json, "type"), "count");
	json_timestamp(json_key(&json, "ts"), wall_ns(line), &output->second);
	json_u64(json_key(&json, "mono_ns"), line->now->mono_ns);
	json_sockets(line, &json);
	json_transitions(line, &json);
	json_u64(json_key(&json, "lost"), counts_missed(line->before, line->now));
	json_u64(json_key(&json, "without_record"),
		 line->now->total.without_record - line->before->total.without_record);
	json_u64(json_key(&json, "half_open_missed"),
		 line->now->total.half_opens_lost - line->before->total.half_opens_lost);
	json_u64(json_key(&json, "without_port"),
		 line->now->total.ports_lost - line->before->total.ports_lost);
	json_u64(json_key(&json, "netns_missed"), line->now->netns_missed);
	json_end_object(&json);
	(void)json_end_line(&json); /* the sink's error comes with its flush */
}

int count_output_line(struct count_output *output, const struct counts *before,
		      const struct counts *now)
{
	const struct line line = { before, now };
	uint64_t missed = counts_missed(before, now);
	char *at = sink_reserve(output->sink, LINE_MAX_BYTES);

	if (!at)
		return sink_flush(output->sink);
	if (output->format == FORMAT_JSON)
		json_line(output, &line);
	else if (output->format == FORMAT_CSV)
		sink_commit(output->sink, (size_t)csv_line(output, &line, at));
	else
		sink_commit(output->sink, (size_t)text_line(output, &line, at));
	output->lines++;
	if (missed)
		note(output->verbosity,
		     "%" PRIu64 " transitions were missed by the tracer and are not counted",
		     missed);
	if (now->total.half_opens_lost > before->total.half_opens_lost)
		note(output->verbosity,
		     "%" PRIu64 " half-open connections are not followed, as the table is full: "
		     "their transitions are counted only if the handshake completes",
		     now->total.half_opens_lost - before->total.half_opens_lost);
	if (now->total.ports_lost > before->total.ports_lost)
		note(output->verbosity,
		     "%" PRIu64 " sockets are counted only from their next transition on: too many "
		     "are connecting, and their local ports are unknown",
		     now->total.ports_lost - before->total.ports_lost);
	if (now->netns_missed > output->netns_noted)
		note(output->verbosity,
		     "%u network namespaces could not be scanned: SYN_RECV and TIME_WAIT there are "
		     "not counted",
		     now->netns_missed);
	output->netns_noted = now->netns_missed;
	return sink_flush(output->sink);
}
