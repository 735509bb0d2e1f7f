/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Recordings: a versioned header, then the frames as the kernel made them. Writing
 * and reading are here, side by side, so that they agree.
 */
#ifndef EVENTS_RECORDING_H
#define EVENTS_RECORDING_H

#include <stdbool.h>
#include <stdint.h>

#include <tcpstate/event.h>

#include "lib/error.h"
#include "events/stream.h"

struct recorder;
struct recording;

/*
 * Opens or creates the file ("-": standard output); not a terminal, a folder or a disk. What it
 * holds is replaced when the first frame is taken; a file created for none goes again.
 */
int recorder_new(const char *path, int stop_fd, struct recorder **recorder, struct error *error);
/* A consumer's take(): the frame as it is, and before it the cgroup path it names, once. */
int recorder_take(void *recorder, const struct stream_frame *frame);
/* To flush it and to stop it: see sink_stop(). */
struct sink *recorder_sink(const struct recorder *recorder);
/*
 * Closes, after the END frame where the recording is whole. On a full disk the file ends at
 * the last whole frame. -errno, with error set, when what was taken is not all in the file.
 */
int recorder_close(struct recorder *recorder, bool whole, struct error *error);
/* Frees, closed or not. */
void recorder_free(struct recorder *recorder);
uint64_t recorder_transitions(const struct recorder *recorder);
/* 0 when no LOST frame was taken; else -EOVERFLOW, and error says how many are lost and why. */
int recorder_say_lost(const struct recorder *recorder, struct error *error);

/*
 * Opens a recording ("-": standard input, unless that is a terminal); says in error what
 * is not one, and why. stop_fd: becomes readable when reading should end; or -1.
 */
int recording_open(const char *path, int stop_fd, struct recording **recording,
		   struct error *error);
/* Called before a wait for more (in a pipe, on a terminal); not 0 ends the reading with that. */
void recording_when_idle(struct recording *recording, int (*idle)(void *context), void *context);
/*
 * Pushes every frame, then finishes the stream. -EBADMSG with error set for a file that
 * is cut or damaged, after all that came before the damage; -ECANCELED: told to stop;
 * else what the stream's consumer or idle() returned.
 */
int recording_read(struct recording *recording, struct stream *stream, struct error *error);
void recording_free(struct recording *recording);

#endif
