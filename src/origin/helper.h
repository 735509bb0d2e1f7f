/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The end of this process to a worker: one question at a time. A worker that is late or dead is
 * killed, and the next question starts another one. Nothing here waits, except helper_wait().
 */
#ifndef ORIGIN_HELPER_H
#define ORIGIN_HELPER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "origin/origin.h"

struct helper;
struct work_header;

/* helper_new(), which forks the warden, and helper_free() are in origin.h. */

/* Readable when helper_take() has something. */
int helper_fd(const struct helper *helper);
/* A question is not answered yet. */
bool helper_is_busy(const struct helper *helper);
/* Asks, and sets the serial number of the question. Returns 0 or -errno: there is no worker. */
int helper_ask(struct helper *helper, struct work_header *question, size_t size);
/*
 * Returns the size of the answer, which work_answer_is_valid() has judged. It stays until the next
 * call. 0: none yet; -ETIMEDOUT: the worker was late; -EPIPE: it died of the question, or the answer is
 * not valid.
 */
int helper_take(struct helper *helper, const void **answer);
/*
 * The same, after waiting for at most `ms`. Returns 0 also if stop_fd becomes readable: the worker
 * goes on.
 */
int helper_wait(struct helper *helper, int stop_fd, int ms, const void **answer);

#endif
