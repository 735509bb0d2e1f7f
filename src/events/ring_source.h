/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The live source: pushes the frames of the kernel's ring into a stream, and the frames that user
 * space makes: clock, late ports, handshake drops, losses.
 */
#ifndef EVENTS_RING_SOURCE_H
#define EVENTS_RING_SOURCE_H

#include "events/stream.h"
#include "lib/error.h"
#include "lib/loop.h"
#include "lib/sink.h"
#include "tracer/tracer.h"

struct ring_source;

/* Pushes the CLOCK and READY frames at once. */
int ring_source_new(struct tracer *tracer, struct stream *stream, struct ring_source **source,
		    struct error *error);
void ring_source_free(struct ring_source *source);
/* A loop_fn: pushes the frames that are there, at most a few thousand per call. */
int ring_source_round(void *source);
/* Runs the loop and flushes the sink each round. Returns 0 after a signal, or the first error. */
int ring_source_run(struct ring_source *source, struct loop *loop, struct sink *sink);
/* After tracer_detach(): pushes the rest and finishes the stream. */
int ring_source_finish(struct ring_source *source);

#endif
