/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Buffered standard output. Requirement: every byte is delivered to a reader that makes progress,
 * and after a stop signal, one that makes none for 2 s cannot keep the program from ending.
 */
#ifndef LIB_SINK_H
#define LIB_SINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/error.h"

struct sink;

/* stop_fd: readable after a stop signal (lib/stop.h), or -1. Returns 0 or -ENOMEM. */
int sink_new(int fd, int stop_fd, struct sink **sink);
void sink_free(struct sink *sink);

/*
 * Room for at least n bytes at the end of the buffer, which is flushed if necessary. NULL after a
 * write error. The caller writes there and commits the number of bytes.
 */
char *sink_reserve(struct sink *sink, size_t n);
void sink_commit(struct sink *sink, size_t n);
/* Any number of bytes. Returns 0 or the sink's error. */
int sink_write(struct sink *sink, const char *bytes, size_t n);
bool sink_is_terminal(const struct sink *sink);
int sink_fd(const struct sink *sink);
/* Bytes that the kernel has taken so far. */
uint64_t sink_written(const struct sink *sink);
/* The caller has read a stop signal from stop_fd. */
void sink_stop(struct sink *sink);

/*
 * Returns 0 or the first error: -EPIPE (the reader closed its end), -ENOSPC, ..., or -ECANCELED
 * (after a stop signal the reader made no progress for 2 s, or a second signal came).
 */
int sink_flush(struct sink *sink);
/*
 * Flushes for the last time. Returns 0 or -errno with error set. EPIPE is not an error.
 */
int sink_close(struct sink *sink, struct error *error);

#endif
