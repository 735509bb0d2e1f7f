// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Checks the header; the stream checks each frame. No size in the file is trusted. */
#define _GNU_SOURCE
#include "events/file_source.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "events/file_format.h"

enum { BUFFER_BYTES = 256 * 1024 };

struct file_source {
	int fd;
	int stop_fd;
	bool close_fd;
	bool ended; /* by an END frame */
	char *path;
	uint64_t position; /* in the file, of the buffer's first byte */
	uint64_t transitions;
	size_t used;
	int (*idle)(void *context); /* or NULL */
	void *idle_context;
	struct file_header header;
	uint64_t buffer[BUFFER_BYTES / 8];
};

/* Never of a regular file: it is always readable. */
static int call_idle(const struct file_source *source)
{
	struct pollfd input = { .fd = source->fd, .events = POLLIN };

	if (!source->idle || poll(&input, 1, 0))
		return 0;
	return source->idle(source->idle_context);
}

/* Returns bytes read, 0 at the end of the file, -ECANCELED after stop_fd, or -errno. */
static ssize_t read_some(struct file_source *source, size_t most)
{
	char *to = (char *)source->buffer + source->used;

	for (;;) {
		struct pollfd fds[] = {
			{ .fd = source->stop_fd, .events = POLLIN },
			{ .fd = source->fd, .events = POLLIN },
		};
		ssize_t n;

		if (source->stop_fd >= 0 && poll(fds, 2, -1) > 0 && fds[0].revents)
			return -ECANCELED;
		n = read(source->fd, to, most);
		if (n >= 0)
			return n;
		if (errno != EINTR && errno != EAGAIN)
			return -errno;
	}
}

/* Reads until the buffer has n bytes. Returns n, 0 at the end of the file, or -errno. */
static ssize_t fill(struct file_source *source, size_t n)
{
	while (source->used < n) {
		ssize_t got = read_some(source, n - source->used);

		if (got <= 0)
			return got;
		source->used += (size_t)got;
	}
	return (ssize_t)n;
}

static int refuse(const struct file_source *source, const char *why, struct error *error)
{
	return error_set(error, EINVAL, "'%s' is not a recording that can be read here: %s",
			 source->path, why);
}

static int check_header(const struct file_source *source, const struct file_header *header,
			struct error *error)
{
	if (memcmp(header->magic, FILE_MAGIC, sizeof(header->magic)))
		return refuse(source, "it was not written by tcpstate record", error);
	if (header->order == FILE_ORDER_FOREIGN)
		return refuse(source, "it is from a machine of the other byte order", error);
	if (header->order == FILE_ORDER && header->major > FILE_MAJOR)
		return refuse(source, "it is from a newer tcpstate, which can read it", error);
	if (header->order != FILE_ORDER || !header->major || header->header_size % 8 ||
	    header->header_size < sizeof(*header) || header->header_size > FILE_HEADER_MAX)
		return refuse(source, "its header is damaged", error);
	return 0;
}

static int read_header(struct file_source *source, struct error *error)
{
	struct file_header *header = &source->header;
	ssize_t n = fill(source, sizeof(*header));

	if (n > 0) {
		int err;

		memcpy(header, source->buffer, sizeof(*header));
		err = check_header(source, header, error);
		if (err)
			return err;
		n = fill(source, header->header_size);
	}
	if (n < 0)
		return error_set(error, (int)-n, "cannot read '%s': %s", source->path,
				 strerror((int)-n));
	if (!n)
		return refuse(source, source->used ? "it is shorter than a header" : "it is empty",
			      error);
	source->position = header->header_size;
	source->used = 0;
	return 0;
}

static int open_file(struct file_source *source, const char *path, struct error *error)
{
	struct stat st;

	if (!strcmp(path, "-")) {
		source->fd = STDIN_FILENO;
		if (isatty(STDIN_FILENO))
			return error_set(error, EINVAL,
					 "standard input is a terminal; name a "
					 "file or pipe a recording in");
		return 0;
	}
	source->fd = open(path, O_RDONLY | O_CLOEXEC);
	if (source->fd < 0)
		return error_set(error, errno, "cannot open '%s': %s", path, strerror(errno));
	source->close_fd = true;
	if (!fstat(source->fd, &st) && S_ISDIR(st.st_mode))
		return refuse(source, "it is a directory", error);
	return 0;
}

int file_source_open(const char *path, int stop_fd, struct file_source **source,
		     struct error *error)
{
	struct file_source *self = malloc(sizeof(*self));
	int err;

	if (!self)
		return error_set(error, ENOMEM, "not enough memory to read '%s'", path);
	memset(self, 0, offsetof(struct file_source, buffer));
	self->stop_fd = stop_fd;
	self->path = strdup(strcmp(path, "-") ? path : "(standard input)");
	err = self->path ? open_file(self, path, error) :
			   error_set(error, ENOMEM, "not enough memory to read '%s'", path);
	if (!err)
		err = read_header(self, error);
	if (err) {
		file_source_free(self);
		return err;
	}
	*source = self;
	return 0;
}

void file_source_free(struct file_source *source)
{
	if (!source)
		return;
	if (source->close_fd)
		close(source->fd);
	free(source->path);
	free(source);
}

static int damaged(const struct file_source *source, size_t at, const char *what,
		   struct error *error)
{
	return error_set(error, EBADMSG, "'%s' is damaged at byte %llu: %s", source->path,
			 (unsigned long long)(source->position + at), what);
}

static int cut_short(const struct file_source *source, struct error *error)
{
	unsigned long long at = source->position;

	if (source->used)
		return error_set(error, EBADMSG,
				 "'%s' ends in the middle of a frame at byte %llu: the recording "
				 "was cut short",
				 source->path, at + source->used);
	return error_set(error, EBADMSG,
			 "'%s' ends at byte %llu without its end mark: the recording was cut short",
			 source->path, at);
}

static int take_end(struct file_source *source, const struct ts_frame *frame, size_t at,
		    struct error *error)
{
	const struct ts_end *end = (const struct ts_end *)frame;

	if (frame->size < sizeof(*end))
		return damaged(source, at, "an end mark that is too short", error);
	if (end->transitions != source->transitions)
		return damaged(source, at, "the count of events differs from the end mark", error);
	source->ended = true;
	return 0;
}

static int push_frame(struct file_source *source, struct stream *stream, size_t at,
		      struct error *error)
{
	const struct ts_frame *frame = (const void *)((const char *)source->buffer + at);
	int err;

	if (source->ended)
		return damaged(source, at, "data after the end mark", error);
	if (frame->type == TS_FRAME_TRANSITION)
		source->transitions++;
	err = frame->type == TS_FRAME_END ? take_end(source, frame, at, error) : 0;
	if (!err)
		err = stream_push(stream, frame, frame->size);
	if (err == -EBADMSG)
		return damaged(source, at, "not a valid frame", error);
	return err;
}

/* Pushes all whole frames; the rest moves to the beginning of the buffer. */
static int push_buffer(struct file_source *source, struct stream *stream, struct error *error)
{
	size_t at = 0;
	int err = 0;

	while (!err && source->used - at >= sizeof(struct ts_frame)) {
		const struct ts_frame *frame = (const void *)((char *)source->buffer + at);

		if (frame->size < sizeof(*frame) || frame->size % 8)
			return damaged(source, at, "a frame of an impossible size", error);
		if (frame->size > source->used - at)
			break;
		err = push_frame(source, stream, at, error);
		at += frame->size;
	}
	source->position += at;
	source->used -= at;
	memmove(source->buffer, (char *)source->buffer + at, source->used);
	return err;
}

static int read_frames(struct file_source *source, struct stream *stream, struct error *error)
{
	for (;;) {
		int err = call_idle(source);
		ssize_t n;

		if (err)
			return err;
		n = read_some(source, BUFFER_BYTES - source->used);
		if (n == -ECANCELED)
			return -ECANCELED;
		if (n < 0)
			return error_set(error, (int)-n, "cannot read '%s': %s", source->path,
					 strerror((int)-n));
		if (!n && (source->used || !source->ended))
			return cut_short(source, error);
		if (!n)
			return 0;
		source->used += (size_t)n;
		err = push_buffer(source, stream, error);
		if (err)
			return err;
	}
}

void file_source_when_idle(struct file_source *source, int (*idle)(void *context), void *context)
{
	source->idle = idle;
	source->idle_context = context;
}

int file_source_read(struct file_source *source, struct stream *stream, struct error *error)
{
	struct ts_clock clock = {
		.frame = { .type = TS_FRAME_CLOCK, .size = sizeof(clock) },
		.mono_ns = source->header.mono_ns,
		.offset_ns = source->header.clock_offset_ns,
	};
	int finish, err;

	if (source->header.major == 1 && source->header.minor < 1)
		stream_lacks_retrans(stream);
	err = stream_push(stream, &clock, sizeof(clock));
	if (err)
		return err;
	err = read_frames(source, stream, error);
	if (err && err != -EBADMSG)
		return err;
	finish = stream_finish(stream);
	return finish ? finish : err;
}
