// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Value, plain name, the kernel's name; the meaning below if it is wanted. */
#include "stats/output.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lib/utf8.h"
#include "stats/words.h"

enum { WIDTH = 80, VALUE_MIN = 10, VALUE_ROOM = 32, PIECE_BYTES = 512 };

/* Longer text would be cut; none here is. */
static __attribute__((format(printf, 2, 3))) void put(struct stats_text *text, const char *fmt, ...)
{
	char *at = sink_reserve(text->sink, PIECE_BYTES);
	va_list args;
	int n;

	if (!at)
		return;
	va_start(args, fmt);
	n = vsnprintf(at, PIECE_BYTES, fmt, args);
	va_end(args);
	sink_commit(text->sink, n < PIECE_BYTES ? (size_t)n : PIECE_BYTES - 1);
}

static void put_wrapped(struct stats_text *text, size_t indent, const char *words)
{
	while (*words) {
		size_t next, n = utf8_wrap(words, WIDTH - indent, &next);

		put(text, "%*s%.*s\n", (int)indent, "", (int)n, words);
		words += next;
	}
}

/* 12.50/s. A counter that grew is never shown as 0. */
static void describe_rate(char *at, uint64_t micro)
{
	uint64_t cents = (micro + 5000) / 10000;

	if (micro && !cents)
		(void)snprintf(at, VALUE_ROOM, "<0.01/s");
	else
		(void)snprintf(at, VALUE_ROOM, "%" PRIu64 ".%02u/s", cents / 100,
			       (unsigned)(cents % 100));
}

/* The value as it is shown; false: it is 0, and left out unless all are wanted. */
static bool describe_value(const struct stats_round *round, size_t i, enum stats_kind kind,
			   char *at)
{
	const struct stats_counter *counter = &round->now->counters[i];
	uint64_t micro;

	if (round->last && kind == STATS_COUNTER) {
		if (!stats_rate(round->now, i, round->last, &micro)) {
			(void)snprintf(at, VALUE_ROOM, "-");
			return true;
		}
		describe_rate(at, micro);
		return micro != 0;
	}
	(void)snprintf(at, VALUE_ROOM, "%s%" PRIu64, counter->negative ? "-" : "", counter->value);
	return counter->value && !(round->last && kind == STATS_SETTING);
}

struct block {
	enum stats_proto proto;
	size_t rows, counters;
	size_t value_width, plain_width;
};

static bool has_row(const struct stats_text *text, const struct stats_round *round, size_t i,
		    enum stats_proto proto, struct stats_words *words, char *value)
{
	const struct stats_counter *counter = &round->now->counters[i];

	if (counter->proto != stats_proto_source(proto))
		return false;
	stats_describe(counter, words);
	return describe_value(round, i, words->kind, value) || text->config.all;
}

static size_t larger(size_t a, size_t b)
{
	return a > b ? a : b;
}

static void measure(const struct stats_text *text, const struct stats_round *round,
		    enum stats_proto proto, struct block *block)
{
	*block = (struct block){ .proto = proto, .value_width = VALUE_MIN };
	for (size_t i = 0; i < round->now->n; i++) {
		struct stats_words words;
		char value[VALUE_ROOM];

		block->counters += round->now->counters[i].proto == stats_proto_source(proto);
		if (!has_row(text, round, i, proto, &words, value))
			continue;
		block->rows++;
		block->value_width = larger(block->value_width, strlen(value));
		block->plain_width = larger(block->plain_width, strlen(words.plain));
	}
}

static void put_row(struct stats_text *text, const struct block *block,
		    const struct stats_counter *counter, const struct stats_words *words,
		    const char *value)
{
	char key[STATS_KEY_MAX + 1];

	stats_key(counter, key);
	/* without a plain name the kernel's takes its place */
	if (*words->plain)
		put(text, "%*s  %-*s  %s\n", (int)block->value_width, value,
		    (int)block->plain_width, words->plain, key);
	else
		put(text, "%*s  %s\n", (int)block->value_width, value, key);
	if (text->config.meanings && words->meaning)
		put_wrapped(text, block->value_width + 4, words->meaning);
	else if (text->config.meanings)
		put_wrapped(text, block->value_width + 4, "not known to this tcpstate");
}

/* Settings come after counters. */
static void put_rows(struct stats_text *text, const struct stats_round *round,
		     const struct block *block, bool settings)
{
	for (size_t i = 0; i < round->now->n; i++) {
		struct stats_words words;
		char value[VALUE_ROOM];

		if (has_row(text, round, i, block->proto, &words, value) &&
		    (words.kind == STATS_SETTING) == settings)
			put_row(text, block, &round->now->counters[i], &words, value);
	}
}

void stats_text_begin(struct stats_text *text, const struct stats_round *round)
{
	char time[FORMAT_TIMESTAMP];
	uint64_t ms;

	text->any = false;
	if (!round->last)
		return;
	*format_time(time, round->wall_ns, &text->second) = '\0';
	ms = (round->now->mono_ns - round->last->mono_ns + 500000) / 1000000;
	put(text, "%s%s  growth per second, over %" PRIu64 ".%03u s\n", text->blocks ? "\n" : "",
	    time, ms / 1000, (unsigned)(ms % 1000));
	text->blocks = 0;
}

void stats_text_proto(struct stats_text *text, const struct stats_round *round,
		      enum stats_proto proto)
{
	struct block block;

	measure(text, round, proto, &block);
	if (!block.rows && !text->config.protos)
		return;
	text->any = true;
	if (text->blocks++)
		put(text, "\n");
	/* Linux counts tcp6 with tcp, whose counters may be above already. */
	if (proto == STATS_TCP6 && text->config.protos & 1u << STATS_TCP) {
		put(text, "TCP over IPv6\n  Linux does not count it apart: it is in the numbers of "
			  "TCP above.\n");
		return;
	}
	put(text, "%s\n", stats_heading(round->now, proto));
	if (proto == STATS_TCP6)
		put(text, "  Linux does not count TCP over IPv6 apart: these are of both.\n");
	if (!block.rows && round->last)
		put(text, "  nothing was counted\n");
	else if (!block.rows)
		put(text, "  all %zu are zero\n", block.counters);
	put_rows(text, round, &block, false);
	put_rows(text, round, &block, true);
}

void stats_text_end(struct stats_text *text, const struct stats_round *round)
{
	if (round->last && !text->any)
		put(text, "  nothing was counted\n");
	text->blocks += !text->any;
}
