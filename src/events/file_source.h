/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Reads a recording and pushes its frames into a stream. */
#ifndef EVENTS_FILE_SOURCE_H
#define EVENTS_FILE_SOURCE_H

#include "events/stream.h"
#include "lib/error.h"

struct file_source {
	const char *path; /* "-": standard input, unless that is a terminal */
	int stop_fd;	  /* reading ends when it becomes readable; or -1 */
	/* Called before a wait for more of a pipe. Its result ends the reading, unless 0. */
	int (*idle)(void *context);
	void *context;
};

/*
 * Checks the header, pushes every frame, then finishes the stream. Returns 0 or -errno with error
 * set: -EBADMSG for a file that is cut or damaged, after all frames before the damage. Without a
 * text: -ECANCELED after stop_fd, or the result of the consumer or of idle().
 */
int file_source_read(const struct file_source *source, struct stream *stream, struct error *error);

#endif
