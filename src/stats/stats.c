// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Reads the text of snmp, snmp6 and netstat (net/ipv4/proc.c, net/ipv6/proc.c), strictly. */
#include "stats/stats.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/number.h"
#include "stats/words.h"

enum { GROW = 128, SHOWN = 40 /* bytes of a bad word in an error */ };

struct reader {
	struct stats *stats;
	const char *path;
	char *at;
	unsigned line;
	struct error *error;
};

static int malformed(const struct reader *reader, const char *word, const char *fault)
{
	return error_set(reader->error, EBADMSG,
			 "%s: line %u: \"%.*s\" %s: this is not the kernel's format; is another "
			 "file mounted there?",
			 reader->path, reader->line, SHOWN, word, fault);
}

/* Lines end with a newline: text after the last one was cut off. */
static int reader_open(struct reader *reader, char *text, size_t length)
{
	const char *zero = memchr(text, '\0', length);

	reader->at = text;
	if (!length)
		return error_set(reader->error, EBADMSG,
				 "%s is empty: this is not the kernel's; is another file mounted "
				 "there?",
				 reader->path);
	if (zero || text[length - 1] != '\n') {
		for (const char *c = text; c < (zero ? zero : text + length); c++)
			reader->line += *c == '\n';
		reader->line++;
		return malformed(reader, "",
				 zero ? "holds a zero byte" : "is where the file was cut off");
	}
	return 0;
}

/* NULL: not found. */
static char *next_line(struct reader *reader)
{
	char *line = reader->at;
	char *end = strchr(line, '\n');

	if (!end)
		return NULL;
	*end = '\0';
	reader->at = end + 1;
	reader->line++;
	return line;
}

static bool is_name(const char *text)
{
	size_t n = 0;

	for (; isalnum((unsigned char)text[n]) || text[n] == '_'; n++)
		;
	return n && n <= STATS_NAME_MAX && !text[n];
}

/* A 64-bit number; snmp's MaxConn has a sign. */
static bool read_value(const char *text, struct stats_counter *counter)
{
	counter->negative = *text == '-';
	return !number_parse(text + counter->negative, 0,
			     counter->negative ? (uint64_t)INT64_MAX + 1 : UINT64_MAX,
			     &counter->value);
}

static int add(const struct reader *reader, const char *section, const char *name,
	       const char *value)
{
	struct stats *stats = reader->stats;
	struct stats_counter counter = { .section = section, .name = name };

	if (!is_name(name))
		return malformed(reader, name, "is not the name of a counter");
	if (!read_value(value, &counter))
		return malformed(reader, value, "is not a number");
	counter.proto = stats_section_proto(section, name);
	for (size_t i = 0; i < stats->n; i++) {
		const struct stats_counter *other = &stats->counters[i];

		if (other->proto != counter.proto || strcmp(other->name, name))
			continue;
		if (!strcmp(other->section, section))
			return malformed(reader, name, "is there twice");
		counter.duplicate = true;
	}
	if (stats->n % GROW == 0) {
		struct stats_counter *more = reallocarray(stats->counters, stats->n + GROW,
							  sizeof(*more));

		if (!more)
			return error_set(reader->error, ENOMEM, "no memory for the counters");
		stats->counters = more;
	}
	stats->counters[stats->n++] = counter;
	return 0;
}

/* Cuts "Tcp: ..." in two. */
static char *split_section(char *line)
{
	char *colon = strchr(line, ':');

	if (!colon)
		return NULL;
	*colon = '\0';
	return is_name(line) ? colon + 1 : NULL;
}

static int add_pairs(const struct reader *reader, const char *section, char *names, char *values)
{
	char *rest_names, *rest_values;
	int err = 0;

	while (!err) {
		const char *name = strtok_r(names, " ", &rest_names);
		const char *value = strtok_r(values, " ", &rest_values);

		if (!name && !value)
			return 0;
		if (!name)
			return malformed(reader, value, "is a value without a name");
		if (!value)
			return malformed(reader, name, "has no value");
		err = add(reader, section, name, value);
		names = values = NULL;
	}
	return err;
}

int stats_parse_pairs(struct stats *stats, const char *path, char *text, size_t length,
		      struct error *error)
{
	struct reader reader = { .stats = stats, .path = path, .error = error };
	int err = reader_open(&reader, text, length);
	char *section, *again;

	while (!err && (section = next_line(&reader))) {
		char *names = split_section(section);
		char *values;

		if (!names)
			return malformed(&reader, section, "does not begin a section");
		again = next_line(&reader);
		if (!again)
			return malformed(&reader, section, "has names and no values");
		values = split_section(again);
		if (!values || strcmp(section, again))
			return malformed(&reader, again, "stands where values should be");
		err = add_pairs(&reader, section, names, values);
	}
	return err;
}

int stats_parse_singles(struct stats *stats, const char *path, char *text, size_t length,
			struct error *error)
{
	struct reader reader = { .stats = stats, .path = path, .error = error };
	int err = reader_open(&reader, text, length);
	char *line;

	while (!err && (line = next_line(&reader))) {
		char *rest;
		const char *name = strtok_r(line, " \t", &rest);
		const char *value = name ? strtok_r(NULL, " \t", &rest) : NULL;
		const char *more = value ? strtok_r(NULL, " \t", &rest) : NULL;

		if (!name)
			return malformed(&reader, "", "has neither name nor value");
		if (!value)
			return malformed(&reader, name, "has no value");
		if (more)
			return malformed(&reader, more, "is a value without a name");
		err = add(&reader, "snmp6", name, value);
	}
	return err;
}

void stats_key(const struct stats_counter *counter, char key[STATS_KEY_MAX + 1])
{
	bool apart = counter->duplicate || counter->proto == STATS_OTHER ||
		     islower((unsigned char)counter->name[0]);

	(void)snprintf(key, STATS_KEY_MAX + 1, "%s%s%s", apart ? counter->section : "",
		       apart ? ":" : "", counter->name);
}

void stats_free(struct stats *stats)
{
	if (!stats)
		return;
	for (size_t i = 0; i < sizeof(stats->texts) / sizeof(stats->texts[0]); i++)
		free(stats->texts[i]);
	free(stats->counters);
	free(stats);
}

bool stats_has_proto(const struct stats *stats, enum stats_proto proto)
{
	if (stats_needs_ipv6(proto) && !stats->ipv6)
		return false;
	for (size_t i = 0; i < stats->n; i++)
		if (stats->counters[i].proto == stats_proto_source(proto))
			return true;
	return false;
}

static const struct stats_counter *find(const struct stats *stats, size_t hint,
					const struct stats_counter *like)
{
	for (size_t i = 0; i < stats->n; i++) {
		/* nearly always at the same index */
		const struct stats_counter *c = &stats->counters[(hint + i) % stats->n];

		if (!strcmp(c->name, like->name) && !strcmp(c->section, like->section))
			return c;
	}
	return NULL;
}

/* The growth of the counter; false: unknown. */
static bool find_growth(const struct stats_counter *now, const struct stats_counter *before,
			uint64_t *growth)
{
	uint64_t was = before ? before->value : 0;

	if (!before && !stats_is_message_type(now))
		return false;
	if (now->negative || (before && before->negative) || now->value < was)
		return false;
	*growth = now->value - was;
	return true;
}

bool stats_rate(const struct stats *now, size_t index, const struct stats *last, uint64_t *micro)
{
	const struct stats_counter *counter = &now->counters[index];
	uint64_t elapsed = now->mono_ns - last->mono_ns;
	unsigned __int128 grown;
	uint64_t growth;

	if (now->mono_ns <= last->mono_ns ||
	    !find_growth(counter, find(last, index, counter), &growth))
		return false;
	/* ns and millionths: 10^15 */
	grown = (unsigned __int128)growth * UINT64_C(1000000000000000);
	grown = (grown + elapsed / 2) / elapsed;
	if (grown > UINT64_MAX)
		return false;
	*micro = (uint64_t)grown;
	return true;
}
