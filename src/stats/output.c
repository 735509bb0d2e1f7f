// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The protocols of a report, and its CSV and JSON; text.c has the text. */
#include "stats/output.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/json.h"
#include "stats/words.h"

enum { PIECE_BYTES = 512 /* more than a line of CSV */, MICRO = 1000000 };

static const char csv_header[] = "ts,proto,families,counter,value,per_second\r\n";

struct stats_output {
	enum format format;
	struct sink *sink;
	struct stats_text text;
	unsigned protos;
	unsigned long rounds;
	struct format_second second;
};

static char *put_value(char *at, const struct stats_counter *counter)
{
	if (counter->negative)
		*at++ = '-';
	return format_u64(at, counter->value);
}

/* A fixed-point number. */
static char *put_decimal(char *at, uint64_t value, uint64_t unit)
{
	at = format_u64(at, value / unit);
	*at++ = '.';
	for (value %= unit; unit > 1; value %= unit) {
		unit /= 10;
		*at++ = (char)('0' + value / unit);
	}
	return at;
}

static void csv_proto(struct stats_output *output, const struct stats_round *round,
		      enum stats_proto proto)
{
	const char *families = stats_families(round->now, proto);

	for (size_t i = 0; i < round->now->n; i++) {
		const struct stats_counter *counter = &round->now->counters[i];
		char key[STATS_KEY_MAX + 1], *start, *at;
		struct stats_words words;
		uint64_t micro;

		if (counter->proto != stats_proto_source(proto))
			continue;
		start = sink_reserve(output->sink, PIECE_BYTES);
		if (!start)
			return;
		stats_key(counter, key);
		stats_describe(counter, &words);
		at = format_timestamp(start, round->wall_ns, &output->second);
		*at++ = ',';
		at = format_name(at, stats_proto_name(proto));
		*at++ = ',';
		at = format_name(at, families ? families : "");
		*at++ = ',';
		at = format_name(at, key);
		*at++ = ',';
		at = put_value(at, counter);
		*at++ = ',';
		if (round->last && words.kind == STATS_COUNTER &&
		    stats_rate(round->now, i, round->last, &micro))
			at = put_decimal(at, micro, MICRO);
		at = format_name(at, "\r\n");
		sink_commit(output->sink, (size_t)(at - start));
	}
}

static void json_head(struct stats_output *output, const struct stats_round *round,
		      enum stats_proto proto, struct json *json)
{
	json_u64(json_key(json, "v"), 1);
	json_text(json_key(json, "type"), round->last ? "stats-rate" : "stats");
	json_timestamp(json_key(json, "ts"), round->wall_ns, &output->second);
	json_u64(json_key(json, "mono_ns"), round->now->mono_ns);
	if (round->last) {
		char *at = json_begin_raw(json_key(json, "interval_s"));

		json_end_raw(json, put_decimal(at, round->now->mono_ns - round->last->mono_ns,
					       1000000000));
	}
	if (json_optional(json, "netns", round->netns))
		json_u64(json, round->netns);
	json_text(json_key(json, "proto"), stats_proto_name(proto));
	json_text(json_key(json, "families"), stats_families(round->now, proto));
	if (stats_proto_source(proto) != proto)
		json_text(json_key(json, "same_as"), stats_proto_name(stats_proto_source(proto)));
}

static void json_counter(const struct stats_round *round, size_t i, struct json *json)
{
	const struct stats_counter *counter = &round->now->counters[i];
	char key[STATS_KEY_MAX + 1];
	struct stats_words words;
	uint64_t micro;

	stats_key(counter, key);
	json_key(json, key);
	stats_describe(counter, &words);
	if (!round->last || words.kind != STATS_COUNTER)
		json_end_raw(json, put_value(json_begin_raw(json), counter));
	else if (stats_rate(round->now, i, round->last, &micro))
		json_end_raw(json, put_decimal(json_begin_raw(json), micro, MICRO));
	else
		json_null(json);
}

static void json_proto(struct stats_output *output, const struct stats_round *round,
		       enum stats_proto proto)
{
	struct json json;

	json_to_sink(&json, output->sink);
	json_begin_object(&json);
	json_head(output, round, proto, &json);
	for (size_t i = 0; i < round->now->n; i++)
		if (round->now->counters[i].proto == stats_proto_source(proto))
			json_counter(round, i, &json);
	json_end_object(&json);
	(void)json_end_line(&json); /* the sink's error comes with its flush */
}

int stats_output_new(const struct stats_config *config, struct sink *sink,
		     struct stats_output **output)
{
	struct stats_output *self = calloc(1, sizeof(*self));

	if (!self)
		return -ENOMEM;
	self->text = (struct stats_text){ .config = *config, .sink = sink };
	self->format = config->format;
	self->sink = sink;
	/* tcp6 has the counters of tcp */
	self->protos = config->protos ? config->protos : ~(1u << STATS_TCP6);
	*output = self;
	return 0;
}

void stats_output_free(struct stats_output *output)
{
	free(output);
}

/* The sink keeps its first error. */
int stats_output_round(struct stats_output *output, const struct stats_round *round)
{
	if (output->format == FORMAT_TEXT)
		stats_text_begin(&output->text, round);
	else if (output->format == FORMAT_CSV && !output->rounds++)
		(void)sink_write(output->sink, csv_header, strlen(csv_header));
	for (enum stats_proto proto = 0; proto < STATS_PROTOS; proto++) {
		if (!(output->protos & 1u << proto) || !stats_has_proto(round->now, proto))
			continue;
		if (output->format == FORMAT_TEXT)
			stats_text_proto(&output->text, round, proto);
		else if (output->format == FORMAT_CSV)
			csv_proto(output, round, proto);
		else
			json_proto(output, round, proto);
	}
	if (output->format == FORMAT_TEXT)
		stats_text_end(&output->text, round);
	return sink_flush(output->sink);
}
