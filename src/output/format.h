/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Between output.c and the formats: the operations of a format, and what all of them share. */
#ifndef OUTPUT_FORMAT_H
#define OUTPUT_FORMAT_H

#include <stdbool.h>
#include <stddef.h>

#include "fields/field.h"
#include "lib/format.h"
#include "lib/resolver.h"
#include "output/output.h"

enum {
	OUT_TEXT_MAX = 4096,	  /* longest text from outside: a cgroup path */
	OUT_LINE_MAX = 32 * 1024, /* longest line of text and CSV */
};

/* Each returns 0 or the sink's error; NULL: the format has no such thing. */
struct out_ops {
	enum field_in in;		  /* whose default columns */
	bool marks;			  /* rows may have marks, and each frame has its header */
	int (*begin)(struct output *out); /* before the first row */
	int (*frame)(struct output *out, uint64_t mono_ns, size_t rows);
	void (*measure)(struct output *out, const struct row *row);
	int (*clear)(struct output *out);
	int (*group)(struct output *out, const struct value_process *process, size_t rows);
	int (*total)(struct output *out, size_t sockets, size_t groups);
	int (*row)(struct output *out, const struct row *row);
	int (*lost)(struct output *out, const struct ts_lost *lost);
	int (*ready)(struct output *out, const struct ts_ready *ready);
	int (*origins)(struct output *out, const struct origin_summary *summary);
};

extern const struct out_ops out_text_ops, out_csv_ops, out_json_ops;

struct out_column {
	const struct field *field;
	size_t width;		      /* text: cells, so far */
	char key[FIELD_NAME_MAX + 4]; /* JSON: `,"name":` */
	size_t key_length;
};

struct out_columns {
	size_t n;
	struct out_column column[FIELDS_MAX];
};

struct output {
	const struct out_ops *ops;
	struct sink *sink;
	int64_t clock_offset; /* of the frame that is being shown, ns */
	const char *type;     /* JSON: of the objects */
	bool defaults;	      /* text without other columns than its default ones */
	bool marked;	      /* text: a mark stands before each row */
	bool begun;
	bool utf8; /* text may contain UTF-8; CSV and JSON always do */
	bool color;
	bool resolve;
	const char *arrow;
	const char *micro;
	struct resolver *resolver;
	struct format_second utc, local;
	struct out_columns columns;
	struct out_columns drop_columns; /* of a handshake drop */
	int verbosity;
	bool drop_noted; /* CSV: that it leaves drops out */
};

/* A value that has no text from outside, as characters without quotes. */
char *out_other_value(struct output *out, char *at, const struct value *value);
static inline char *out_value(struct output *out, char *at, const struct value *value)
{
	if (value->type >= VALUE_U64 && value->type <= VALUE_PORT) /* most are plain numbers */
		return format_u64(at, value->number);
	return out_other_value(out, at, value);
}
/*
 * Of a foreign value: sets its text, to be escaped, and length; that of a process is in `room`. false: a
 * user without a name, which out_value() prints.
 */
enum { OUT_PROCESS_ROOM = 160 };
bool out_text(struct output *out, struct value *value, char room[OUT_PROCESS_ROOM]);
/* Ends and commits a line of text or CSV in the sink's room. Returns 0. */
static inline int out_end_line(struct output *out, const char *line, char *at)
{
	*at++ = '\n';
	sink_commit(out->sink, (size_t)(at - line));
	return 0;
}
/* Reports a loss by one line on stderr, after all rows before it. */
int out_lost_on_stderr(struct output *out, const struct ts_lost *lost);

#endif
