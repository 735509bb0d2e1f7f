/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Between output.c and the formats: what a format is, and what all of them share. */
#ifndef OUTPUT_FORMAT_H
#define OUTPUT_FORMAT_H

#include <stdbool.h>
#include <stddef.h>

#include "fields/field.h"
#include "lib/format.h"
#include "output/output.h"
#include "lib/resolver.h"

enum {
	OUT_TEXT_MAX = 4096,	  /* longest text from outside: a cgroup path */
	OUT_LINE_MAX = 32 * 1024, /* the longest line of any format */
};

struct out_ops {
	enum field_in in; /* whose default columns */
	/* Before the first line; may be NULL. Each returns 0 or the sink's error. */
	int (*begin)(struct output *out);
	bool again; /* anew before each list of sockets, whose lines may have marks */
	/* Before each of several lists, where nothing else tells them apart; or NULL. */
	int (*frame)(struct output *out, uint64_t mono_ns, size_t sockets);
	/* Before a list of sockets, of which the columns are to hold the widest; may be NULL. */
	void (*measure)(struct output *out, const struct socket_view *view,
			const struct socket_entry *const *entries, size_t n);
	int (*wipe)(struct output *out); /* or NULL */
	int (*process)(struct output *out, const struct ts_holder *holder,
		       size_t sockets);				      /* or NULL */
	int (*transition)(struct output *out, const struct row *row); /* or a handshake */
	int (*drop)(struct output *out, const struct row *row);
	int (*lost)(struct output *out, const struct ts_lost *lost);
	int (*ready)(struct output *out, const struct ts_ready *ready);
};

extern const struct out_ops out_text_ops, out_csv_ops, out_json_ops;

struct output {
	const struct out_ops *ops;
	struct sink *sink;
	int64_t clock_offset; /* of the frame that is being shown, ns */
	const struct field_table *table;
	const char *kind; /* JSON: the type of its objects */
	char mark;	  /* text: before the line; 0: no line has any */
	bool begun;
	bool utf8; /* what may go out unescaped; CSV and JSON are UTF-8 always */
	bool color;
	bool names; /* -r */
	const char *arrow;
	const char *micro;
	struct resolver *resolver;
	struct format_second utc, local;
	size_t columns;
	const struct field *column[FIELDS_MAX];
	size_t width[FIELDS_MAX]; /* text: of each column, so far */
	size_t drop_columns;	  /* of a handshake in trouble: JSON alone, the same always */
	const struct field *drop_column[FIELDS_MAX];
	int verbosity;
	bool drop_told; /* CSV: that there are some */
};

/* A value that holds no text from outside, as characters without quotes. */
char *out_value(struct output *out, char *at, const struct value *value);
/* text and length of a value that shows a name from outside; false: it has a number only. */
bool out_foreign(struct output *out, struct value *value);
/* The text and CSV outputs' way to tell a loss: one line on stderr, after all that came before. */
int out_lost_on_stderr(struct output *out, const struct ts_lost *lost);
int out_nothing(struct output *out, const struct ts_ready *ready);

#endif
