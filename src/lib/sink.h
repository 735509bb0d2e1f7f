/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Buffered standard output that loses nothing it can deliver and never hangs a
 * Ctrl-C: it waits for a slow reader, but after a stop signal only as long as the
 * reader makes progress.
 */
#ifndef LIB_SINK_H
#define LIB_SINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/error.h"

struct sink;

/* stop_fd: a signalfd that becomes readable when the program should end; or -1. */
int sink_new(int fd, int stop_fd, struct sink **sink);
void sink_free(struct sink *sink);

/*
 * Room for at least n bytes at the end of the buffer, flushed first if it must be;
 * NULL after a write error. The caller writes there and says how much.
 */
char *sink_reserve(struct sink *sink, size_t n);
void sink_commit(struct sink *sink, size_t n);
/* Any number of bytes, the buffer's size or more. 0 or the sink's error. */
int sink_write(struct sink *sink, const char *bytes, size_t n);
bool sink_is_terminal(const struct sink *sink);
int sink_fd(const struct sink *sink);
/* Bytes that the kernel has taken so far. */
uint64_t sink_written(const struct sink *sink);
/* The caller has taken a stop signal from stop_fd: from now on no reader is waited for longer. */
void sink_stop(struct sink *sink);

/*
 * 0, or the first error ever met: -EPIPE when the reader has gone, -ENOSPC, ...,
 * -ECANCELED when a stop signal came and the reader made no progress for 2 s (or a second
 * signal came).
 */
int sink_flush(struct sink *sink);
/*
 * After the last flush: 0, or fills error with one line that says what was lost.
 * A reader that closed its end (EPIPE) is no failure.
 */
int sink_close(struct sink *sink, struct error *error);

#endif
