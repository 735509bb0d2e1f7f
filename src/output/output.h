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
#include "cli/options.h"
#include "lib/sink.h"
#include "events/stream.h"

struct output;

/* Picks the format and the columns from options; -EINVAL for a column nobody knows. */
int output_new(const struct options *options, struct sink *sink, struct output **output,
	       struct error *error);
/* For sockets: their columns, and one object a socket. */
int output_new_sockets(const struct options *options, struct sink *sink, struct output **output,
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
/* For stuck sockets: columns of their own and those of sockets. */
int output_new_stuck(const struct options *options, struct sink *sink, struct output **output,
		     struct error *error);
/* The header, where a format has one, though nothing is to be shown yet. As output_stuck(). */
int output_begin(struct output *output);
/* Returns 0 or the sink's error. */
int output_stuck(struct output *output, const struct socket_view *view,
		 const struct stuck_event *event);
/* Where times and cgroup names come from; before the first frame. */
void output_set_stream(struct output *output, const struct stream *stream);
/* A consumer's take(): any frame type; those that a format does not show are skipped. */
int output_take(void *output, const struct ts_frame *frame);
void output_free(struct output *output);

#endif
