// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Writes the header, the frames, the path of a cgroup before the first event that names it, and
 * an end mark. The file is not changed before the first frame. On a full disk the file is
 * truncated to its last whole frame.
 */
#define _GNU_SOURCE
#include "events/recorder.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "events/file_format.h"
#include "events/frame.h"
#include "lib/clock.h"
#include "lib/name_cache.h"
#include "lib/output_file.h"

/* A reader caches four times as many (stream.c), so it has every path that is known here. */
enum { KNOWN_CGROUPS = 1024, CGROUP_PATH_MAX = 4096 };

struct recorder {
	int fd;
	bool own_file; /* not standard output */
	bool created;  /* by this run */
	bool begun;    /* emptied, and the header written */
	const char *path;
	struct sink *sink;
	struct name_cache *cgroups; /* ids that are written; without names */
	int error;		    /* the first that ended taking, negative */
	uint64_t transitions;	    /* written or in the buffer */
	uint64_t lost_full;	    /* the ring had no room */
	uint64_t lost_interrupted;  /* TS_LOST_RECURSION */
	uint64_t half_opens_lost;   /* connections, TS_LOST_HALF_OPEN */
	uint64_t whole_bytes;	    /* written; a frame ends here */
	uint64_t whole_transitions; /* in those bytes */
};

/* A flush happens between frames, so the file then ends with a whole one. */
static int write_bytes(struct recorder *recorder, const void *data, size_t n)
{
	char *at = sink_reserve(recorder->sink, n);
	uint64_t written = sink_written(recorder->sink);

	if (!at)
		return sink_flush(recorder->sink);
	if (written != recorder->whole_bytes) {
		recorder->whole_bytes = written;
		recorder->whole_transitions = recorder->transitions;
	}
	memcpy(at, data, n);
	sink_commit(recorder->sink, n);
	return 0;
}

/* Empties the file and writes the header. */
static int begin(struct recorder *recorder)
{
	struct file_header header = {
		.magic = FILE_MAGIC,
		.order = FILE_ORDER,
		.major = FILE_MAJOR,
		.minor = FILE_MINOR,
		.header_size = sizeof(header),
		.mono_ns = clock_mono_ns(),
		.clock_offset_ns = clock_wall_offset_ns(),
	};
	struct utsname system;
	struct stat st;

	if (recorder->own_file && !fstat(recorder->fd, &st) && S_ISREG(st.st_mode) &&
	    ftruncate(recorder->fd, 0))
		return -errno;
	recorder->begun = true;
	if (!uname(&system))
		memcpy(header.kernel, system.release,
		       strnlen(system.release, sizeof(header.kernel) - 1));
	return write_bytes(recorder, &header, sizeof(header));
}

/* A frame proves that tracing works: only now an older recording is replaced. */
static int write_frame(struct recorder *recorder, const struct ts_frame *frame)
{
	int err = recorder->begun ? 0 : begin(recorder);

	return err ? err : write_bytes(recorder, frame, frame->size);
}

static int cannot_write(const struct recorder *recorder, int err, struct error *error)
{
	return error_set(error, err, "cannot write '%s': %s", recorder->path, strerror(err));
}

static int open_target(struct recorder *recorder, struct error *error)
{
	struct stat st;

	/* Readable: after a full disk the last frames are read back. */
	recorder->own_file = strcmp(recorder->path, "-");
	recorder->fd = recorder->own_file ?
			       output_file_open(recorder->path, &recorder->created, error) :
			       STDOUT_FILENO;
	if (recorder->fd < 0) {
		recorder->own_file = false;
		return recorder->fd;
	}
	if (isatty(recorder->fd))
		return error_set(error, EINVAL,
				 "cannot write a recording to a terminal: name a file, or redirect "
				 "standard output");
	if (!fstat(recorder->fd, &st) && S_ISBLK(st.st_mode))
		return error_set(error, EINVAL, "cannot write '%s': a block device: name a file",
				 recorder->path);
	return 0;
}

int recorder_new(const char *path, int stop_fd, struct recorder **recorder, struct error *error)
{
	struct recorder *self = calloc(1, sizeof(*self));
	int err = -ENOMEM;

	if (self) {
		self->path = path;
		err = open_target(self, error);
	}
	if (!err)
		err = sink_new(self->fd, stop_fd, &self->sink);
	if (!err)
		err = name_cache_new(KNOWN_CGROUPS, &self->cgroups);
	if (err) {
		recorder_free(self);
		return error_set(error, -err, "cannot record to '%s': %s", path, strerror(-err));
	}
	*recorder = self;
	return 0;
}

/* Removes a new file without frames, if the path still leads to it. */
static void remove_unused(const struct recorder *recorder)
{
	struct stat ours, there;

	if (recorder->created && !recorder->begun && !fstat(recorder->fd, &ours) &&
	    !lstat(recorder->path, &there) && ours.st_dev == there.st_dev &&
	    ours.st_ino == there.st_ino && !there.st_size)
		(void)unlink(recorder->path);
}

void recorder_free(struct recorder *recorder)
{
	if (!recorder)
		return;
	remove_unused(recorder);
	name_cache_free(recorder->cgroups);
	sink_free(recorder->sink);
	if (recorder->own_file)
		close(recorder->fd);
	free(recorder);
}

struct sink *recorder_sink(const struct recorder *recorder)
{
	return recorder->sink;
}

uint64_t recorder_transitions(const struct recorder *recorder)
{
	return recorder->transitions;
}

int recorder_report_lost(const struct recorder *recorder, struct error *error)
{
	static const char larger[] = "a larger --buffer holds longer bursts";
	static const char interrupt[] =
		"an interrupt came while tcpstate's program was at work on that CPU";
	unsigned long long full = recorder->lost_full, interrupted = recorder->lost_interrupted;
	const char *are = full + interrupted == 1 ? "event is" : "events are";

	if (full && interrupted)
		return error_set(error, EOVERFLOW,
				 "%llu %s not in %s: for %llu the ring was full (%s), for %llu %s",
				 full + interrupted, are, recorder->path, full, larger, interrupted,
				 interrupt);
	if (interrupted)
		return error_set(error, EOVERFLOW, "%llu %s not in %s: %s", interrupted, are,
				 recorder->path, interrupt);
	if (full)
		return error_set(error, EOVERFLOW, "%llu %s not in %s: the ring was full; %s", full,
				 are, recorder->path, larger);
	if (recorder->half_opens_lost)
		return error_set(error, EOVERFLOW,
				 "%llu half-open connections are not in %s: the table of half-open "
				 "connections was full",
				 (unsigned long long)recorder->half_opens_lost, recorder->path);
	return 0;
}

/* The path of a cgroup, once, before the first event that names it. */
static int write_cgroup(struct recorder *recorder, uint64_t id, const char *path)
{
	union {
		struct ts_cgroup cgroup;
		char bytes[sizeof(struct ts_cgroup) + CGROUP_PATH_MAX + 8];
	} u;
	size_t length = path ? strlen(path) : 0;
	int err;

	if (!length || length > CGROUP_PATH_MAX || name_cache_get(recorder->cgroups, id))
		return 0;
	memset(&u, 0, sizeof(u));
	u.cgroup.frame.type = TS_FRAME_CGROUP;
	u.cgroup.frame.size = (__u16)((sizeof(u.cgroup) + length + 8) & ~(size_t)7);
	u.cgroup.id = id;
	memcpy(u.bytes + sizeof(u.cgroup), path, length);
	err = write_frame(recorder, &u.cgroup.frame);
	return err ? err : name_cache_put(recorder->cgroups, id, "");
}

int recorder_take(void *recorder, const struct stream_frame *in)
{
	const struct ts_frame *frame = in->frame;
	const struct ts_lost *lost = (const struct ts_lost *)frame;
	struct recorder *self = recorder;
	int err;

	if (frame->type == TS_FRAME_END)
		return 0; /* this recording writes its own */
	err = write_cgroup(self, frame_cgroup(frame), in->cgroup);
	if (!err)
		err = write_frame(self, frame);
	if (err) {
		self->error = err;
		return err;
	}
	if (frame->type == TS_FRAME_TRANSITION)
		self->transitions++;
	else if (frame->type == TS_FRAME_LOST && lost->why == TS_LOST_RECURSION)
		self->lost_interrupted += lost->count;
	else if (frame->type == TS_FRAME_LOST && lost->why == TS_LOST_HALF_OPEN)
		self->half_opens_lost += lost->count;
	else if (frame->type == TS_FRAME_LOST)
		self->lost_full += lost->count;
	return 0;
}

/*
 * Truncates the file to its last whole frame. Returns the number of events in it. A pipe cannot be
 * truncated: its reader finds the cut.
 */
static uint64_t truncate_to_whole(struct recorder *recorder)
{
	uint64_t end = sink_written(recorder->sink);
	uint64_t at = recorder->whole_bytes;
	uint64_t kept = recorder->whole_transitions;
	struct file_header header;
	struct ts_frame frame;
	struct stat st;

	if (fstat(recorder->fd, &st) || !S_ISREG(st.st_mode))
		return kept;
	if (!at && end >= sizeof(header))
		at = sizeof(header);
	while (at + sizeof(frame) <= end &&
	       pread(recorder->fd, &frame, sizeof(frame), (off_t)at) == sizeof(frame) &&
	       frame.size >= sizeof(frame) && at + frame.size <= end) {
		kept += frame.type == TS_FRAME_TRANSITION;
		at += frame.size;
	}
	(void)ftruncate(recorder->fd, (off_t)at);
	return kept;
}

static int report_incomplete(struct recorder *recorder, int err, struct error *error)
{
	unsigned long long kept;

	if (!recorder->begun) /* the file is unchanged */
		return cannot_write(recorder, -err, error);
	kept = truncate_to_whole(recorder);
	if (err == -ECANCELED)
		return error_set(error, ECANCELED,
				 "the reader of '%s' has stopped reading: the recording is cut "
				 "short after %llu events",
				 recorder->path, kept);
	return error_set(error, -err, "cannot write '%s': %s; it keeps the first %llu events",
			 recorder->path, strerror(-err), kept);
}

static int write_end(struct recorder *recorder)
{
	struct ts_end end = {
		.frame = { .type = TS_FRAME_END, .size = sizeof(end) },
		.mono_ns = clock_mono_ns(),
		.transitions = recorder->transitions,
		.lost = recorder->lost_full + recorder->lost_interrupted,
	};

	return write_frame(recorder, &end.frame);
}

int recorder_close(struct recorder *recorder, bool whole, struct error *error)
{
	int err = recorder->error, written;

	if (!err && whole)
		err = write_end(recorder);
	written = sink_flush(recorder->sink);
	if (err || written)
		return report_incomplete(recorder, err ? err : written, error);
	if (recorder->own_file && recorder->begun) {
		recorder->own_file = false;
		if (close(recorder->fd))
			return cannot_write(recorder, errno, error);
	}
	return 0;
}
