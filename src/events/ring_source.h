/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The live source: takes frames out of the kernel's ring and pushes them into a stream,
 * together with what only user space can tell: the clock, late ports, untold losses.
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

/* A loop_fn: takes what is there, at most a few thousand frames a call. */
int ring_source_round(void *source);
/* A loop_fn: the wall clock was set. */
int ring_source_clock_set(void *source);
/*
 * How long the loop may sleep: 20 ms while events come, else until the ring's descriptor
 * wakes it. Waking for each event would cost a traced host half of its connection rate.
 */
const int *ring_source_wait_ms(const struct ring_source *source);
int ring_source_fd(const struct ring_source *source);
/* The tracer is detached: takes the rest and ends the stream. */
int ring_source_finish(struct ring_source *source);

#endif
