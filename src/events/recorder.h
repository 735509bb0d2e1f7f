/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Writes a recording: the frames as the kernel made them, behind the header of file_format.h. */
#ifndef EVENTS_RECORDER_H
#define EVENTS_RECORDER_H

#include <stdbool.h>
#include <stdint.h>

#include "events/stream.h"
#include "lib/error.h"
#include "lib/sink.h"

struct recorder;

/*
 * Opens or creates the file; "-": standard output. A terminal, a folder and a disk are refused.
 * The first frame replaces the contents; recorder_free() removes a new file without frames.
 * `path` is borrowed.
 * Returns 0 or -errno with error set.
 */
int recorder_new(const char *path, int stop_fd, struct recorder **recorder, struct error *error);
/* A consumer's take(): writes the frame, and before it the path of its cgroup, once. */
int recorder_take(void *recorder, const struct stream_frame *in);
/* Borrowed: to flush it and to stop it, see sink_stop(). */
struct sink *recorder_sink(const struct recorder *recorder);
/*
 * Closes the file, after the END frame where the recording is whole. On a full disk the file ends
 * at the last whole frame. Returns -errno with error set when frames are missing in the file.
 */
int recorder_close(struct recorder *recorder, bool whole, struct error *error);
/* Frees, closed or not. */
void recorder_free(struct recorder *recorder);
uint64_t recorder_transitions(const struct recorder *recorder);
/* Returns 0 without LOST frames; else -EOVERFLOW, and error has how many events are lost and why. */
int recorder_report_lost(const struct recorder *recorder, struct error *error);

#endif
