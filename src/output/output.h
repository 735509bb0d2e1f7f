/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Faces of the stream: text, CSV, JSON. An output asks the field table for values
 * and knows one format; nothing else knows any.
 */
#ifndef OUTPUT_OUTPUT_H
#define OUTPUT_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tcpstate/event.h>

#include "lib/error.h"
#include "lib/sink.h"
#include "events/stream.h"
#include "fields/field.h"
#include "output/config.h"

struct output;

struct output_config {
	enum format format;
	const struct field_table *table;
	const char *type;     /* of the JSON objects */
	const char *columns;  /* a list of names; NULL: the defaults; `+NAMES` adds to these */
	const char *defaults; /* a list of names; NULL: those that the table marks */
	enum when color;      /* in text */
	bool resolve;	      /* text: names for addresses, ports and users */
	bool handshakes;      /* one row for a handshake in place of its transitions */
	int verbosity;
};

/* -EINVAL with error set for an unknown column; -ENOMEM. The config is not kept. */
int output_new(const struct output_config *config, struct sink *sink, struct output **output,
	       struct error *error);
struct socket_entry;
struct socket_view;
/*
 * Before the sockets of one look, which are those; `marked`: their lines begin with a mark. Returns 0
 * or the sink's error, as the next ones do.
 */
int output_begin_sockets(struct output *output, const struct socket_view *view,
			 const struct socket_entry *const *entries, size_t n, bool marked);
/* Where it goes to a terminal: what was there is wiped away. Returns 0 or the sink's error. */
int output_wipe(struct output *output);
/* Text: a process, before its sockets; NULL: before those that have none. */
struct ts_holder;
int output_process(struct output *output, const struct ts_holder *holder, size_t sockets);
/* `mark`: what has become of it since the last look, for text; 0: nothing is marked. */
int output_socket(struct output *output, const struct socket_view *view,
		  const struct socket_entry *entry, char mark);
struct stuck_event;
/* The header, where a format has one, though nothing is to be shown yet. As output_stuck(). */
int output_begin(struct output *output);
/* Returns 0 or the sink's error. */
int output_stuck(struct output *output, const struct socket_view *view,
		 const struct stuck_event *event);
/* Frames need the path of their cgroup: stream_config.cgroup_paths. */
bool output_shows_cgroup(const struct output *output);
/* A consumer's take(): any frame type; those that a format does not show are skipped. */
int output_take(void *output, const struct stream_frame *in);
void output_free(struct output *output);

#endif
