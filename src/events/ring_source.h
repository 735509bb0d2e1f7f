/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The live source: pushes the frames of the kernel's ring into a stream, and the frames that user
 * space makes: clock, late ports, handshake drops, losses.
 */
#ifndef EVENTS_RING_SOURCE_H
#define EVENTS_RING_SOURCE_H

#include "lib/error.h"
#include "events/stream.h"
#include "tracer/tracer.h"

struct ring_source;

/* Pushes the CLOCK and READY frames at once. */
int ring_source_new(struct tracer *tracer, struct stream *stream, struct ring_source **source,
		    struct error *error);
void ring_source_free(struct ring_source *source);

/* A loop_fn: pushes the frames that are there, at most a few thousand per call. */
int ring_source_round(void *source);
/* A loop_fn: the wall clock was set. */
int ring_source_clock_set(void *source);
/*
 * The longest sleep of the loop: 20 ms while events come, else until the ring's descriptor wakes
 * it. A wake-up per event would halve the connection rate of the traced host.
 */
const int *ring_source_wait_ms(const struct ring_source *source);
int ring_source_fd(const struct ring_source *source);
/* After tracer_detach(): pushes the rest and finishes the stream. */
int ring_source_finish(struct ring_source *source);

#endif
