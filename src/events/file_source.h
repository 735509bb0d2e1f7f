/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Reads a recording and pushes its frames into a stream. */
#ifndef EVENTS_FILE_SOURCE_H
#define EVENTS_FILE_SOURCE_H

#include "events/stream.h"
#include "lib/error.h"

struct file_source;

/*
 * Opens a recording and checks its header; "-": standard input, unless that is a terminal.
 * stop_fd: reading ends when it becomes readable; or -1. Returns 0 or -errno with error set.
 */
int file_source_open(const char *path, int stop_fd, struct file_source **source,
		     struct error *error);
/* idle() is called before a wait for more of a pipe. Its result ends the reading, unless 0. */
void file_source_when_idle(struct file_source *source, int (*idle)(void *context), void *context);
/*
 * Pushes every frame, then finishes the stream. Returns -EBADMSG with error set for a file that
 * is cut or damaged, after all frames before the damage; -ECANCELED after stop_fd; otherwise
 * the result of the consumer or of idle().
 */
int file_source_read(struct file_source *source, struct stream *stream, struct error *error);
void file_source_free(struct file_source *source);

#endif
