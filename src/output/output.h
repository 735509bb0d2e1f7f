/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The one output of every table of fields: text, CSV or JSON on a sink. An output knows formats and
 * fields, and no kind of row.
 */
#ifndef OUTPUT_OUTPUT_H
#define OUTPUT_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tcpstate/event.h>

#include "events/stream.h"
#include "fields/field.h"
#include "lib/error.h"
#include "lib/sink.h"
#include "output/config.h"

struct output;

struct output_config {
	enum format format;
	const struct field_table *table;
	const struct field_table *drops; /* of handshake drops; NULL: there are none */
	const char *type;		 /* of the JSON objects */
	const char *columns; /* names with commas; NULL: the default; `+NAMES` adds to it */
	enum when color;     /* in text */
	bool resolve;	     /* text: names for addresses, ports and users */
	bool measured;	     /* text: rows are measured before they come */
	int verbosity;
};

/* -EINVAL with error set for an unknown column; -ENOMEM. The config is not kept. */
int output_new(const struct output_config *config, struct sink *sink, struct output **output,
	       struct error *error);
void output_free(struct output *output);

/* The functions below return 0 or the sink's error. */

/* A header, if the format has one, even if no row follows. Once is enough. */
int output_begin(struct output *output);
int output_row(struct output *output, const struct row *row);

/*
 * Before each of several tables of `rows` rows: JSON has an object that separates them, text a header.
 * `marked`: text begins each row with its mark.
 */
int output_begin_frame(struct output *output, uint64_t mono_ns, size_t rows, bool marked);
/* Text: makes the columns wide enough for this row. */
void output_measure(struct output *output, const struct row *row);
/* Text on a terminal: clears it. */
int output_clear(struct output *output);
/* Text: a heading for the `rows` rows of a process; comm NULL: of none. */
int output_group(struct output *output, const struct value_process *process, size_t rows);

/* Text: a last line with the number of sockets that were counted, and of their groups. */
int output_total(struct output *output, size_t sockets, size_t groups);

/* Rows of sockets need the processes that hold them. */
bool output_shows_holders(const struct output *output);
/* Text with no other columns than the default ones. */
bool output_shows_defaults(const struct output *output);
bool output_shows_age(const struct output *output);
/* Frames need the path of their cgroup: stream_config.cgroup_paths. */
bool output_shows_cgroup(const struct output *output);
/* JSON: an object with what became of the call stacks. output: a struct output. */
struct origin_summary;
int output_origins(void *output, const struct origin_summary *summary);
/* A consumer's take(): any frame type; those that a format does not show are skipped. */
int output_take(void *output, const struct stream_frame *in);

#endif
