/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The event loop: signals, timers and descriptors. SIGINT, SIGTERM and SIGHUP end it. SIGPIPE is
 * ignored: the write fails with EPIPE.
 */
#ifndef LIB_LOOP_H
#define LIB_LOOP_H

#include <stdint.h>

#include "lib/error.h"

struct loop;

/* Returns 0, or another value to end the loop; loop_run() returns a negative one. */
typedef int loop_fn(void *context);

int loop_new(struct loop **loop, struct error *error);
void loop_free(struct loop *loop);

/* Readable after a stop signal (for sinks): see lib/stop.h. */
int loop_stop_fd(const struct loop *loop);

int loop_add_fd(struct loop *loop, int fd, loop_fn *fn, void *context);
/* Ends the loop when the reader of a pipe or socket closes it. A file is accepted and ignored. */
int loop_add_hangup(struct loop *loop, int fd);
/* First after `ns`, then every `ns`. */
int loop_add_timer(struct loop *loop, uint64_t ns, loop_fn *fn, void *context);
/* Runs fn when the wall clock is set. */
int loop_add_clock_set(struct loop *loop, loop_fn *fn, void *context);
/* Runs fn after every round of events. A round waits at most *wait_ms (-1: no limit). */
void loop_each_round(struct loop *loop, loop_fn *fn, void *context, const int *wait_ms);

/* Returns 0 if a signal ended the loop, or the negative result of a function. */
int loop_run(struct loop *loop);

#endif
