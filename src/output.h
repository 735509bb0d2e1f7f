/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Faces of the stream: text, CSV, JSON. An output asks the field table for values
 * and knows one format; nothing else knows any.
 */
#ifndef OUTPUT_H
#define OUTPUT_H

#include <tcpstate/event.h>

#include "error.h"
#include "option.h"
#include "sink.h"
#include "stream.h"

struct output;

/* Picks the format and the columns from options; -EINVAL for a column nobody knows. */
int output_new(const struct options *options, struct sink *sink, struct output **output,
	       struct error *error);
/* Where times and cgroup names come from; before the first frame. */
void output_set_stream(struct output *output, const struct stream *stream);
/* A consumer's take(): any frame type; those that a format does not show are skipped. */
int output_take(void *output, const struct ts_frame *frame);
void output_free(struct output *output);

#endif
