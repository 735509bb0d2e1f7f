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

struct reader {
	const struct file_source *source;
	const char *name; /* for messages */
	int fd;
	bool ended;	   /* by an END frame */
	uint64_t position; /* in the file, of the buffer's first byte */
	uint64_t transitions;
	size_t used;
	struct file_header header;
	uint64_t buffer[BUFFER_BYTES / 8];
};

/* Never of a regular file: it is always readable. */
static int call_idle(const struct reader *reader)
{
	struct pollfd input = { .fd = reader->fd, .events = POLLIN };

	if (!reader->source->idle || poll(&input, 1, 0))
		return 0;
	return reader->source->idle(reader->source->context);
}

/* Returns bytes read, 0 at the end of the file, -ECANCELED after stop_fd, or -errno. */
static ssize_t read_some(struct reader *reader, size_t most)
{
	char *to = (char *)reader->buffer + reader->used;

	for (;;) {
		struct pollfd fds[] = {
			{ .fd = reader->source->stop_fd, .events = POLLIN },
			{ .fd = reader->fd, .events = POLLIN },
		};
		ssize_t n;

		if (reader->source->stop_fd >= 0 && poll(fds, 2, -1) > 0 && fds[0].revents)
			return -ECANCELED;
		n = read(reader->fd, to, most);
		if (n >= 0)
			return n;
		if (errno != EINTR && errno != EAGAIN)
			return -errno;
	}
}

/* Reads until the buffer has n bytes. Returns n, 0 at the end of the file, or -errno. */
static ssize_t fill(struct reader *reader, size_t n)
{
	while (reader->used < n) {
		ssize_t got = read_some(reader, n - reader->used);

		if (got <= 0)
			return got;
		reader->used += (size_t)got;
	}
	return (ssize_t)n;
}

static int refuse(const struct reader *reader, const char *why, struct error *error)
{
	return error_set(error, EINVAL, "'%s' is not a recording that can be read here: %s",
			 reader->name, why);
}

static int check_header(const struct reader *reader, const struct file_header *header,
			struct error *error)
{
	if (memcmp(header->magic, FILE_MAGIC, sizeof(header->magic)))
		return refuse(reader, "it was not written by tcpstate record", error);
	if (header->order == FILE_ORDER_FOREIGN)
		return refuse(reader, "it is from a machine of the other byte order", error);
	if (header->order == FILE_ORDER && header->major > FILE_MAJOR)
		return refuse(reader, "it is from a newer tcpstate, which can read it", error);
	if (header->order != FILE_ORDER || !header->major || header->header_size % 8 ||
	    header->header_size < sizeof(*header) || header->header_size > FILE_HEADER_MAX)
		return refuse(reader, "its header is damaged", error);
	return 0;
}

static int read_header(struct reader *reader, struct error *error)
{
	struct file_header *header = &reader->header;
	ssize_t n = fill(reader, sizeof(*header));

	if (n > 0) {
		int err;

		memcpy(header, reader->buffer, sizeof(*header));
		err = check_header(reader, header, error);
		if (err)
			return err;
		n = fill(reader, header->header_size);
	}
	if (n < 0)
		return error_set(error, (int)-n, "cannot read '%s': %s", reader->name,
				 strerror((int)-n));
	if (!n)
		return refuse(reader, reader->used ? "it is shorter than a header" : "it is empty",
			      error);
	reader->position = header->header_size;
	reader->used = 0;
	return 0;
}

static int open_file(struct reader *reader, struct error *error)
{
	struct stat st;

	reader->name = reader->source->path;
	if (!strcmp(reader->name, "-")) {
		reader->name = "(standard input)";
		reader->fd = STDIN_FILENO;
		if (isatty(STDIN_FILENO))
			return error_set(error, EINVAL,
					 "standard input is a terminal; name a "
					 "file or pipe a recording in");
		return 0;
	}
	reader->fd = open(reader->name, O_RDONLY | O_CLOEXEC);
	if (reader->fd < 0)
		return error_set(error, errno, "cannot open '%s': %s", reader->name,
				 strerror(errno));
	if (!fstat(reader->fd, &st) && S_ISDIR(st.st_mode))
		return refuse(reader, "it is a directory", error);
	return 0;
}

static int damaged(const struct reader *reader, size_t at, const char *what, struct error *error)
{
	return error_set(error, EBADMSG, "'%s' is damaged at byte %llu: %s", reader->name,
			 (unsigned long long)(reader->position + at), what);
}

static int cut_short(const struct reader *reader, struct error *error)
{
	unsigned long long at = reader->position;

	if (reader->used)
		return error_set(error, EBADMSG,
				 "'%s' ends in the middle of a frame at byte %llu: the recording "
				 "was cut short",
				 reader->name, at + reader->used);
	return error_set(error, EBADMSG,
			 "'%s' ends at byte %llu without its end mark: the recording was cut short",
			 reader->name, at);
}

static int take_end(struct reader *reader, const struct ts_frame *frame, size_t at,
		    struct error *error)
{
	const struct ts_end *end = (const struct ts_end *)frame;

	if (frame->size < sizeof(*end))
		return damaged(reader, at, "an end mark that is too short", error);
	if (end->transitions != reader->transitions)
		return damaged(reader, at, "the count of events differs from the end mark", error);
	reader->ended = true;
	return 0;
}

static int push_frame(struct reader *reader, struct stream *stream, size_t at, struct error *error)
{
	const struct ts_frame *frame = (const void *)((const char *)reader->buffer + at);
	int err;

	if (reader->ended)
		return damaged(reader, at, "data after the end mark", error);
	if (frame->type == TS_FRAME_TRANSITION)
		reader->transitions++;
	err = frame->type == TS_FRAME_END ? take_end(reader, frame, at, error) : 0;
	if (!err)
		err = stream_push(stream, frame, frame->size);
	if (err == -EBADMSG)
		return damaged(reader, at, "not a valid frame", error);
	return err;
}

/* Pushes all whole frames; the rest moves to the beginning of the buffer. */
static int push_buffer(struct reader *reader, struct stream *stream, struct error *error)
{
	size_t at = 0;
	int err = 0;

	while (!err && reader->used - at >= sizeof(struct ts_frame)) {
		const struct ts_frame *frame = (const void *)((char *)reader->buffer + at);

		if (frame->size < sizeof(*frame) || frame->size % 8)
			return damaged(reader, at, "a frame of an impossible size", error);
		if (frame->size > reader->used - at)
			break;
		err = push_frame(reader, stream, at, error);
		at += frame->size;
	}
	reader->position += at;
	reader->used -= at;
	memmove(reader->buffer, (char *)reader->buffer + at, reader->used);
	return err;
}

static int read_frames(struct reader *reader, struct stream *stream, struct error *error)
{
	for (;;) {
		int err = call_idle(reader);
		ssize_t n;

		if (err)
			return err;
		n = read_some(reader, BUFFER_BYTES - reader->used);
		if (n == -ECANCELED)
			return -ECANCELED;
		if (n < 0)
			return error_set(error, (int)-n, "cannot read '%s': %s", reader->name,
					 strerror((int)-n));
		if (!n && (reader->used || !reader->ended))
			return cut_short(reader, error);
		if (!n)
			return 0;
		reader->used += (size_t)n;
		err = push_buffer(reader, stream, error);
		if (err)
			return err;
	}
}

/* Pushes the header's clock, then the frames. */
static int push_all(struct reader *reader, struct stream *stream, struct error *error)
{
	struct ts_clock clock = {
		.frame = { .type = TS_FRAME_CLOCK, .size = sizeof(clock) },
		.mono_ns = reader->header.mono_ns,
		.offset_ns = reader->header.clock_offset_ns,
	};
	int finish, err;

	if (reader->header.major == 1 && reader->header.minor < 1)
		stream_lacks_retrans(stream);
	err = stream_push(stream, &clock, sizeof(clock));
	if (err)
		return err;
	err = read_frames(reader, stream, error);
	if (err && err != -EBADMSG)
		return err;
	finish = stream_finish(stream);
	return finish ? finish : err;
}

int file_source_read(const struct file_source *source, struct stream *stream, struct error *error)
{
	struct reader *reader = malloc(sizeof(*reader));
	int err;

	if (!reader)
		return error_set(error, ENOMEM, "not enough memory to read '%s'", source->path);
	memset(reader, 0, offsetof(struct reader, buffer));
	reader->source = source;
	err = open_file(reader, error);
	if (!err)
		err = read_header(reader, error);
	if (!err)
		err = push_all(reader, stream, error);
	if (reader->fd > STDIN_FILENO)
		close(reader->fd);
	free(reader);
	return err;
}
