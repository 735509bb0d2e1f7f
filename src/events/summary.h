/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a trace says at its end, on standard error. */
#ifndef EVENTS_SUMMARY_H
#define EVENTS_SUMMARY_H

#include <stdint.h>
#include <stdio.h>

#include <tcpstate/event.h>

#include "events/stream.h"
#include "tracer/tracer.h"

struct summary;

int summary_new(struct summary **summary);
void summary_free(struct summary *summary);
/* Counts a frame by its process. A consumer's take(). */
int summary_take(void *summary, const struct stream_frame *frame);
/*
 * netns_missed: how many namespaces the request and timewait sockets are missing from; -1: they
 * were not looked up, because transitions tell of them or because it could not be done.
 */
void summary_print(const struct summary *summary, const struct counters *counters, int netns_missed,
		   FILE *out);

#endif
