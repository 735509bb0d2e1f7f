/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The one loop of a process: signals, timers and descriptors, by epoll. SIGINT, SIGTERM
 * and SIGHUP end it; SIGPIPE is ignored, the failed write tells.
 */
#ifndef LIB_LOOP_H
#define LIB_LOOP_H

#include <stdint.h>

#include "lib/error.h"

struct loop;

/* A negative return ends the loop and is handed to loop_run()'s caller; positive ends it too. */
typedef int loop_fn(void *context);

int loop_new(struct loop **loop, struct error *error);
void loop_free(struct loop *loop);

/* Blocks the stop signals and ignores SIGPIPE; a signalfd of them, for who runs no loop. */
int loop_stop_signals(void);
/* A signalfd that is readable once a stop signal came (for sinks). */
int loop_stop_fd(const struct loop *loop);

int loop_add_fd(struct loop *loop, int fd, loop_fn *fn, void *context);
/* Ends the loop when the reader of a pipe or socket has gone; a file has none. */
int loop_add_hangup(struct loop *loop, int fd);
/* First after `ns`, then every `ns`. */
int loop_add_timer(struct loop *loop, uint64_t ns, loop_fn *fn, void *context);
/* When somebody sets the wall clock. */
int loop_add_clock_set(struct loop *loop, loop_fn *fn, void *context);
/* Runs fn after every round, and makes a round no longer than *wait_ms (-1: no limit). */
void loop_each_round(struct loop *loop, loop_fn *fn, void *context, const int *wait_ms);

/* 0 when a signal ended it. */
int loop_run(struct loop *loop);

#endif
