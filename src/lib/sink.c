// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * One buffer before one descriptor. A regular file takes whole buffers. A pipe, socket or
 * terminal is polled together with the stop signal and then written without blocking.
 */
#define _GNU_SOURCE
#include "lib/sink.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/stop.h"

enum {
	BUFFER_BYTES = 256 * 1024,
	/* For a terminal that cannot be reopened: small, since its free space is unknown. */
	TERMINAL_BYTES = 256,
	PATIENCE_MS = 2000, /* after a stop signal, without progress of the reader */
};

enum kind { KIND_FILE, KIND_PIPE, KIND_SOCKET, KIND_TERMINAL };

struct sink {
	int fd;
	int own_fd; /* the same file opened again, with O_NONBLOCK; -1: none */
	int stop_fd;
	enum kind kind;
	bool stopping;
	bool first_read; /* the first stop signal: stop_fd now means a second one */
	int error;	 /* the first one, -errno */
	size_t used;
	size_t discarded; /* bytes not written because of the error */
	uint64_t written;
	char *buffer;
};

static enum kind find_kind(int fd)
{
	struct stat st;

	if (fstat(fd, &st))
		return KIND_FILE; /* the first write reports the error */
	if (S_ISFIFO(st.st_mode))
		return KIND_PIPE;
	if (S_ISSOCK(st.st_mode))
		return KIND_SOCKET;
	return isatty(fd) ? KIND_TERMINAL : KIND_FILE;
}

/*
 * Opens the same pipe or terminal again. O_NONBLOCK belongs to the open file, which a shell and
 * its other jobs share, so it must not be set on an inherited descriptor. Where this fails (a
 * terminal of another user), writes are small instead.
 */
static int reopen(int fd, enum kind kind)
{
	char path[32];

	if (kind != KIND_PIPE && kind != KIND_TERMINAL)
		return -1;
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

int sink_new(int fd, int stop_fd, struct sink **sink)
{
	struct sink *self = calloc(1, sizeof(*self));

	if (!self)
		return -ENOMEM;
	self->buffer = malloc(BUFFER_BYTES);
	if (!self->buffer) {
		free(self);
		return -ENOMEM;
	}
	self->fd = fd;
	self->stop_fd = stop_fd;
	self->kind = find_kind(fd);
	self->own_fd = reopen(fd, self->kind);
	*sink = self;
	return 0;
}

void sink_free(struct sink *sink)
{
	if (!sink)
		return;
	if (sink->own_fd >= 0)
		close(sink->own_fd);
	free(sink->buffer);
	free(sink);
}

bool sink_is_terminal(const struct sink *sink)
{
	return sink->kind == KIND_TERMINAL;
}

int sink_fd(const struct sink *sink)
{
	return sink->fd;
}

uint64_t sink_written(const struct sink *sink)
{
	return sink->written;
}

void sink_stop(struct sink *sink)
{
	sink->stopping = true;
	sink->first_read = true;
}

static int64_t now_ms(void)
{
	return (int64_t)(clock_mono_ns() / 1000000);
}

/* Returns 0 when the reader has taken some, -ECANCELED after a stop signal without progress. */
static int wait_for_reader(struct sink *sink)
{
	int64_t deadline = now_ms() + PATIENCE_MS;

	for (;;) {
		bool watch_stop = sink->stop_fd >= 0 && (!sink->stopping || sink->first_read);
		struct pollfd fds[] = {
			{ .fd = sink->own_fd >= 0 ? sink->own_fd : sink->fd, .events = POLLOUT },
			{ .fd = watch_stop ? sink->stop_fd : -1, .events = POLLIN },
		};
		int64_t left = deadline - now_ms();
		int n;

		if (sink->stopping && left <= 0)
			return -ECANCELED;
		n = poll(fds, 2, sink->stopping ? (int)left : -1);
		if (n < 0 && errno != EINTR)
			return -errno;
		if (n <= 0)
			continue;
		if (fds[0].revents)
			return 0;
		if (sink->first_read)
			return -ECANCELED; /* a second signal */
		sink->stopping = true;
		stop_heed();
		deadline = now_ms() + PATIENCE_MS;
	}
}

/* A write can block, so it must be preceded by poll(), and small. */
static bool can_block(const struct sink *sink)
{
	return sink->own_fd < 0 && (sink->kind == KIND_PIPE || sink->kind == KIND_TERMINAL);
}

static ssize_t write_some(struct sink *sink, const char *data, size_t n)
{
	/* poll() reports that a pipe is writable if it has PIPE_BUF bytes of room. */
	size_t most = sink->kind == KIND_PIPE ? PIPE_BUF : TERMINAL_BYTES;

	if (sink->kind == KIND_SOCKET)
		return send(sink->fd, data, n, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (can_block(sink))
		return write(sink->fd, data, n < most ? n : most);
	return write(sink->own_fd >= 0 ? sink->own_fd : sink->fd, data, n);
}

static int write_all(struct sink *sink, size_t *done)
{
	bool wait = can_block(sink);

	while (*done < sink->used) {
		int err = wait ? wait_for_reader(sink) : 0;
		ssize_t n;

		if (err)
			return err;
		n = write_some(sink, sink->buffer + *done, sink->used - *done);
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			return -errno;
		wait = can_block(sink) || (n < 0 && errno == EAGAIN);
		*done += n > 0 ? (size_t)n : 0;
	}
	return 0;
}

int sink_flush(struct sink *sink)
{
	size_t done = 0;

	if (!sink->error && sink->used) {
		sink->error = write_all(sink, &done);
		sink->written += done;
		sink->discarded = sink->used - done;
		sink->used = 0;
	}
	return sink->error;
}

char *sink_reserve(struct sink *sink, size_t n)
{
	if (n > BUFFER_BYTES) { /* a fault of the caller, which must see it */
		if (!sink->error)
			sink->error = -EMSGSIZE;
		return NULL;
	}
	if (n > BUFFER_BYTES - sink->used)
		(void)sink_flush(sink);
	return sink->error ? NULL : sink->buffer + sink->used;
}

void sink_commit(struct sink *sink, size_t n)
{
	sink->used += n;
}

int sink_write(struct sink *sink, const char *bytes, size_t n)
{
	while (n) {
		size_t piece = n < BUFFER_BYTES ? n : BUFFER_BYTES;
		char *room = sink_reserve(sink, piece);

		if (!room)
			return sink_flush(sink);
		memcpy(room, bytes, piece);
		sink_commit(sink, piece);
		bytes += piece;
		n -= piece;
	}
	return 0;
}

int sink_close(struct sink *sink, struct error *error)
{
	int err = sink_flush(sink);

	if (!err || err == -EPIPE)
		return 0;
	if (err == -ECANCELED)
		return error_set(error, ECANCELED,
				 "cannot write standard output: its reader has stopped reading: "
				 "the last %zu bytes are missing",
				 sink->discarded);
	return error_set(error, -err, "cannot write standard output: %s; output is incomplete",
			 strerror(-err));
}
