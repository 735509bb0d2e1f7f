// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Reading a recording: the header is checked, then frame after frame goes to the stream,
 * which checks each. No size in the file is trusted. Writing is in recorder.c.
 */
#define _GNU_SOURCE
#include "events/recording.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "events/file_format.h"

enum { BUFFER_BYTES = 256 * 1024 };

struct recording {
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

/* A file never makes one wait. */
static int tell_idle(const struct recording *recording)
{
	struct pollfd input = { .fd = recording->fd, .events = POLLIN };

	if (!recording->idle || poll(&input, 1, 0))
		return 0;
	return recording->idle(recording->idle_context);
}

/* -ECANCELED: told to stop. Otherwise bytes read, 0 at the end of the file, or -errno. */
static ssize_t read_some(struct recording *recording, size_t most)
{
	char *to = (char *)recording->buffer + recording->used;

	for (;;) {
		struct pollfd fds[] = {
			{ .fd = recording->stop_fd, .events = POLLIN },
			{ .fd = recording->fd, .events = POLLIN },
		};
		ssize_t n;

		if (recording->stop_fd >= 0 && poll(fds, 2, -1) > 0 && fds[0].revents)
			return -ECANCELED;
		n = read(recording->fd, to, most);
		if (n >= 0)
			return n;
		if (errno != EINTR && errno != EAGAIN)
			return -errno;
	}
}

/* Until the buffer holds n bytes; 0: the file has no more. */
static ssize_t fill(struct recording *recording, size_t n)
{
	while (recording->used < n) {
		ssize_t got = read_some(recording, n - recording->used);

		if (got <= 0)
			return got;
		recording->used += (size_t)got;
	}
	return (ssize_t)n;
}

static int refuse(const struct recording *recording, const char *why, struct error *error)
{
	return error_set(error, EINVAL, "'%s' is not a recording that can be read here: %s",
			 recording->path, why);
}

static int check_header(const struct recording *recording, const struct file_header *header,
			struct error *error)
{
	if (memcmp(header->magic, FILE_MAGIC, sizeof(header->magic)))
		return refuse(recording, "it was not written by tcpstate record", error);
	if (header->order == FILE_ORDER_FOREIGN)
		return refuse(recording, "it is from a machine of the other byte order", error);
	if (header->order == FILE_ORDER && header->major > FILE_MAJOR)
		return refuse(recording, "it is from a newer tcpstate, which can read it", error);
	if (header->order != FILE_ORDER || !header->major || header->header_size % 8 ||
	    header->header_size < sizeof(*header) || header->header_size > FILE_HEADER_MAX)
		return refuse(recording, "its header is damaged", error);
	return 0;
}

static int read_header(struct recording *recording, struct error *error)
{
	struct file_header *header = &recording->header;
	ssize_t n = fill(recording, sizeof(*header));

	if (n > 0) {
		int err;

		memcpy(header, recording->buffer, sizeof(*header));
		err = check_header(recording, header, error);
		if (err)
			return err;
		n = fill(recording, header->header_size);
	}
	if (n < 0)
		return error_set(error, (int)-n, "cannot read '%s': %s", recording->path,
				 strerror((int)-n));
	if (!n)
		return refuse(recording,
			      recording->used ? "it is shorter than a header" : "it is empty",
			      error);
	recording->position = header->header_size;
	recording->used = 0;
	return 0;
}

static int open_file(struct recording *recording, const char *path, struct error *error)
{
	struct stat st;

	if (!strcmp(path, "-")) {
		recording->fd = STDIN_FILENO;
		if (isatty(STDIN_FILENO))
			return error_set(error, EINVAL,
					 "standard input is a terminal; name a "
					 "file or pipe a recording in");
		return 0;
	}
	recording->fd = open(path, O_RDONLY | O_CLOEXEC);
	if (recording->fd < 0)
		return error_set(error, errno, "cannot open '%s': %s", path, strerror(errno));
	recording->close_fd = true;
	if (!fstat(recording->fd, &st) && S_ISDIR(st.st_mode))
		return refuse(recording, "it is a directory", error);
	return 0;
}

int recording_open(const char *path, int stop_fd, struct recording **recording, struct error *error)
{
	struct recording *self = malloc(sizeof(*self));
	int err;

	if (!self)
		return error_set(error, ENOMEM, "not enough memory to read '%s'", path);
	memset(self, 0, offsetof(struct recording, buffer));
	self->stop_fd = stop_fd;
	self->path = strdup(strcmp(path, "-") ? path : "(standard input)");
	err = self->path ? open_file(self, path, error) :
			   error_set(error, ENOMEM, "not enough memory to read '%s'", path);
	if (!err)
		err = read_header(self, error);
	if (err) {
		recording_free(self);
		return err;
	}
	*recording = self;
	return 0;
}

void recording_free(struct recording *recording)
{
	if (!recording)
		return;
	if (recording->close_fd)
		close(recording->fd);
	free(recording->path);
	free(recording);
}

static int damaged(const struct recording *recording, size_t at, const char *what,
		   struct error *error)
{
	return error_set(error, EBADMSG, "'%s' is damaged at byte %llu: %s", recording->path,
			 (unsigned long long)(recording->position + at), what);
}

static int cut_short(const struct recording *recording, struct error *error)
{
	unsigned long long at = recording->position;

	if (recording->used)
		return error_set(error, EBADMSG,
				 "'%s' ends in the middle of a frame at byte %llu: the recording "
				 "was cut short",
				 recording->path, at + recording->used);
	return error_set(error, EBADMSG,
			 "'%s' ends at byte %llu without its end mark: the recording was cut short",
			 recording->path, at);
}

static int take_end(struct recording *recording, const struct ts_frame *frame, size_t at,
		    struct error *error)
{
	const struct ts_end *end = (const struct ts_end *)frame;

	if (frame->size < sizeof(*end))
		return damaged(recording, at, "an end mark that is too short", error);
	if (end->transitions != recording->transitions)
		return damaged(recording, at, "it has not as many events as its end mark says",
			       error);
	recording->ended = true;
	return 0;
}

static int push_frame(struct recording *recording, struct stream *stream, size_t at,
		      struct error *error)
{
	const struct ts_frame *frame = (const void *)((const char *)recording->buffer + at);
	int err;

	if (recording->ended)
		return damaged(recording, at, "something follows the end mark", error);
	if (frame->type == TS_FRAME_TRANSITION)
		recording->transitions++;
	err = frame->type == TS_FRAME_END ? take_end(recording, frame, at, error) : 0;
	if (!err)
		err = stream_push(stream, frame, frame->size);
	if (err == -EBADMSG)
		return damaged(recording, at, "no frame has this form", error);
	return err;
}

/* All whole frames of the buffer; what is left of the next is moved to its beginning. */
static int push_buffer(struct recording *recording, struct stream *stream, struct error *error)
{
	size_t at = 0;
	int err = 0;

	while (!err && recording->used - at >= sizeof(struct ts_frame)) {
		const struct ts_frame *frame = (const void *)((char *)recording->buffer + at);

		if (frame->size < sizeof(*frame) || frame->size % 8)
			return damaged(recording, at, "a frame of an impossible size", error);
		if (frame->size > recording->used - at)
			break;
		err = push_frame(recording, stream, at, error);
		at += frame->size;
	}
	recording->position += at;
	recording->used -= at;
	memmove(recording->buffer, (char *)recording->buffer + at, recording->used);
	return err;
}

static int read_frames(struct recording *recording, struct stream *stream, struct error *error)
{
	for (;;) {
		int err = tell_idle(recording);
		ssize_t n;

		if (err)
			return err;
		n = read_some(recording, BUFFER_BYTES - recording->used);
		if (n == -ECANCELED)
			return -ECANCELED;
		if (n < 0)
			return error_set(error, (int)-n, "cannot read '%s': %s", recording->path,
					 strerror((int)-n));
		if (!n && (recording->used || !recording->ended))
			return cut_short(recording, error);
		if (!n)
			return 0;
		recording->used += (size_t)n;
		err = push_buffer(recording, stream, error);
		if (err)
			return err;
	}
}

void recording_when_idle(struct recording *recording, int (*idle)(void *context), void *context)
{
	recording->idle = idle;
	recording->idle_context = context;
}

int recording_read(struct recording *recording, struct stream *stream, struct error *error)
{
	struct ts_clock clock = {
		.frame = { .type = TS_FRAME_CLOCK, .size = sizeof(clock) },
		.mono_ns = recording->header.mono_ns,
		.offset_ns = recording->header.clock_offset_ns,
	};
	int finish, err;

	if (recording->header.major == 1 && recording->header.minor < 1)
		stream_lacks_retrans(stream);
	err = stream_push(stream, &clock, sizeof(clock));
	if (err)
		return err;
	err = read_frames(recording, stream, error);
	if (err && err != -EBADMSG)
		return err;
	finish = stream_finish(stream);
	return finish ? finish : err;
}
