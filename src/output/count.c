// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* count's lines. Which columns there are stands in one table for text and CSV. */
#include "output/count.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/format.h"
#include "lib/json.h"
#include "tcp/state.h"

enum { LINE_MAX_BYTES = 16384, HEADER_EVERY = 20 };

struct count_output {
	enum format format;
	struct sink *sink;
	bool repeat_header;
	unsigned long lines;
	uint64_t lost_told;
	int verbosity;
	struct format_second second;
};

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

int count_output_new(enum format format, int verbosity, struct sink *sink,
		     struct count_output **output)
{
	*output = calloc(1, sizeof(**output));
	if (!*output)
		return -ENOMEM;
	(*output)->format = format;
	(*output)->sink = sink;
	(*output)->verbosity = verbosity;
	(*output)->repeat_header = sink_is_terminal(sink);
	return 0;
}

void count_output_free(struct count_output *output)
{
	free(output);
}

static uint64_t transitions_since(const struct count_line *line, unsigned old, unsigned new)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < TS_STATES; i++)
		for (unsigned j = 0; j < TS_STATES; j++)
			if ((!old || i == old) && (!new || j == new))
				sum += line->now.transitions[i][j] - line->last.transitions[i][j];
	return sum;
}

/* A state that only a look at the socket table shows, in a line without that look. */
static bool state_unknown(const struct count_line *line, unsigned state)
{
	/* an orphan's FIN_WAIT_2 is a timewait socket's */
	return !line->looked &&
	       (state == TS_TIME_WAIT || state == TS_SYN_RECV || state == TS_FIN_WAIT_2);
}

/* The column's number; false: unknown. */
static bool column_value(const struct count_line *line, const struct column *column, int64_t *value)
{
	if (!column->state) {
		*value = (int64_t)transitions_since(line, column->old, column->new);
		return true;
	}
	*value = line->now.sockets[column->state];
	return !state_unknown(line, column->state);
}

/* With * what is looked up now and then. */
static int text_header(const struct count_line *line, char *at)
{
	int n = 0;

	for (size_t i = 0; i < COLUMNS; i++) {
		size_t length = strcspn(columns[i].header, line->told ? "*" : "");

		n += sprintf(at + n, "%*.*s", columns[i].width, (int)length, columns[i].header);
	}
	return n + sprintf(at + n, "\n");
}

static int text_line(struct count_output *output, const struct count_line *line, char *at)
{
	int n = 0;

	if (!output->lines || (output->repeat_header && output->lines % HEADER_EVERY == 0))
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

static char *put_timestamp(struct count_output *output, const struct count_line *line, char *at)
{
	return format_timestamp(at, (int64_t)line->mono_ns + clock_wall_offset_ns(),
				&output->second);
}

static int csv_line(struct count_output *output, const struct count_line *line, char *at)
{
	char *start = at;

	if (!output->lines) {
		at += sprintf(at, "ts");
		for (size_t i = 0; i < COLUMNS; i++)
			at += sprintf(at, ",%s", columns[i].name);
		at += sprintf(at, ",lost\r\n");
	}
	at = put_timestamp(output, line, at);
	for (size_t i = 0; i < COLUMNS; i++) {
		int64_t value;

		if (column_value(line, &columns[i], &value))
			at += sprintf(at, ",%" PRId64, value);
		else
			at += sprintf(at, ",");
	}
	at += sprintf(at, ",%" PRIu64 "\r\n", line->now.unseen - line->last.unseen);
	return (int)(at - start);
}

static void json_sockets(const struct count_line *line, struct json *json)
{
	json_begin_object(json_key(json, "sockets"));
	for (size_t i = 0; i < COLUMNS && columns[i].state; i++) {
		json_key(json, columns[i].name);
		if (state_unknown(line, columns[i].state))
			json_null(json);
		else
			json_i64(json, line->now.sockets[columns[i].state]);
	}
	json_end_object(json);
}

static void json_transitions(const struct count_line *line, struct json *json)
{
	json_begin_object(json_key(json, "transitions"));
	for (unsigned old = 1; old < TS_STATES; old++)
		for (unsigned new_state = 1; new_state < TS_STATES; new_state++) {
			uint64_t n = transitions_since(line, old, new_state);
			char key[64];

			if (!n)
				continue;
			(void)snprintf(key, sizeof(key), "%s>%s", state_name(old),
				       state_name(new_state));
			json_u64(json_key(json, key), n);
		}
	json_end_object(json);
}

static void json_line(struct count_output *output, const struct count_line *line)
{
	struct json json;
	char *at;

	json_to_sink(&json, output->sink);
	json_begin_object(&json);
	json_u64(json_key(&json, "v"), 1);
	json_text(json_key(&json, "type"), "count");
	at = json_begin_raw(json_key(&json, "ts"));
	*at++ = '"';
	at = put_timestamp(output, line, at);
	*at++ = '"';
	json_end_raw(&json, at);
	json_u64(json_key(&json, "mono_ns"), line->mono_ns);
	json_sockets(line, &json);
	json_transitions(line, &json);
	json_u64(json_key(&json, "lost"), line->now.unseen - line->last.unseen);
	json_u64(json_key(&json, "without_record"),
		 line->now.without_record - line->last.without_record);
	json_i64(json_key(&json, "netns_missed"), line->netns_missed);
	json_end_object(&json);
	(void)json_end_line(&json); /* the sink's error comes with its flush */
}

int count_output_line(struct count_output *output, const struct count_line *line)
{
	char *at = sink_reserve(output->sink, LINE_MAX_BYTES);

	if (!at)
		return sink_flush(output->sink);
	if (output->format == FORMAT_JSON)
		json_line(output, line);
	else if (output->format == FORMAT_CSV)
		sink_commit(output->sink, (size_t)csv_line(output, line, at));
	else
		sink_commit(output->sink, (size_t)text_line(output, line, at));
	output->lines++;
	if (line->now.unseen > output->lost_told)
		note(output->verbosity,
		     "%" PRIu64 " transitions were never seen and are not counted",
		     line->now.unseen - output->lost_told);
	output->lost_told = line->now.unseen;
	if (line->netns_missed > 0 && output->lines == 1)
		note(output->verbosity,
		     "%d network namespaces could not be entered: SYN_RECV and "
		     "TIME_WAIT there are not counted (needs CAP_SYS_ADMIN)",
		     line->netns_missed);
	return sink_flush(output->sink);
}
