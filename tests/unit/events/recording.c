// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Recordings: written and read back; cut, foreign and damaged files are reported. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "events/file_format.h"
#include "events/file_source.h"
#include "events/recorder.h"

static char path[] = "/tmp/tcpstate-test-XXXXXX";

/* Sizes of transitions: base, with actor, with totals; in turn, and of one turn. */
enum {
	BASE = TS_TRANSITION_BASE,
	ACTOR = TS_TRANSITION_ACTOR,
	WHOLE = sizeof(struct ts_transition),
	ROUND = BASE + ACTOR + WHOLE,
};

struct seen {
	uint64_t transitions, lost, clocks, ends;
	uint64_t totals, retrans_known;
	uint64_t last_id;
	int64_t offset;
	char group[64]; /* of the last transition */
};

static int look(void *context, const struct stream_frame *in)
{
	const struct ts_frame *frame = in->frame;
	const struct ts_transition *t = (const struct ts_transition *)frame;
	struct seen *seen = context;

	seen->lost += frame->type == TS_FRAME_LOST;
	seen->clocks += frame->type == TS_FRAME_CLOCK;
	seen->ends += frame->type == TS_FRAME_END;
	seen->offset = in->clock_offset;
	if (frame->type != TS_FRAME_TRANSITION)
		return 0;
	seen->transitions++;
	seen->totals += t->frame.flags & TS_F_TOTALS && t->bytes_in == t->id;
	seen->retrans_known += !in->retrans_unknown;
	seen->last_id = t->id;
	(void)snprintf(seen->group, sizeof(seen->group), "%s", in->cgroup ? in->cgroup : "-");
	return 0;
}

static int read_back(const char *name, struct seen *seen, struct error *error)
{
	struct consumer consumer = { .take = look, .context = seen };
	const struct stream_config config = { .cgroup_paths = true };
	struct file_source *source = NULL;
	struct stream *stream;
	int err;

	memset(seen, 0, sizeof(*seen));
	memset(error, 0, sizeof(*error));
	assert_int_equal(stream_new(&config, NULL, consumer, &stream, error), 0);
	err = file_source_open(name, -1, &source, error);
	if (!err)
		err = file_source_read(source, stream, error);
	file_source_free(source);
	stream_free(stream);
	return err;
}

static const char *group_path(void *context, uint64_t id)
{
	static char group[32];

	(void)context;
	(void)snprintf(group, sizeof(group), "/group/%llu", (unsigned long long)id);
	return id == 13 ? NULL : group;
}

/* Records n transitions, of `groups` cgroups in turn, through the same stream as live. */
static int record(uint64_t n, uint64_t groups, struct error *error)
{
	struct stream_source source = { .cgroup_path = group_path };
	struct consumer consumer = { .take = recorder_take };
	const struct stream_config config = { .cgroup_paths = true };
	struct ts_lost lost = { .frame = { .type = TS_FRAME_LOST, .size = sizeof(lost) },
				.count = 3 };
	struct recorder *recorder;
	struct stream *stream;
	int err;

	memset(error, 0, sizeof(*error));
	assert_int_equal(recorder_new(path, -1, &recorder, error), 0);
	consumer.context = recorder;
	assert_int_equal(stream_new(&config, &source, consumer, &stream, error), 0);
	err = stream_push(stream, &lost, sizeof(lost));
	for (uint64_t i = 1; i <= n && !err; i++) {
		static const __u16 frame_sizes[] = { BASE, WHOLE, ACTOR };
		struct ts_transition t = {
			.frame = { .type = TS_FRAME_TRANSITION, .size = frame_sizes[i % 3] },
			.id = i,
			.lport = 1,
			.cgroup = groups ? i % groups + 1 : 0,
			.bytes_in = i,
		};

		/* The shorter ones are lying. */
		t.frame.flags = TS_F_TOTALS;
		err = stream_push(stream, &t, t.frame.size);
	}
	if (!err)
		assert_int_equal(recorder_transitions(recorder), n);
	err = recorder_close(recorder, true, error);
	recorder_free(recorder);
	stream_free(stream);
	return err;
}

static void reads_what_was_written(void **state)
{
	struct error error;
	struct seen seen;
	struct stat st;

	(void)state;
	assert_int_equal(record(10000, 20, &error), 0);
	assert_int_equal(stat(path, &st), 0); /* each path once; that of 13 is not known */
	assert_int_equal(st.st_size, sizeof(struct file_header) + sizeof(struct ts_lost) + 19 * 32 +
					     3333 * ROUND + WHOLE + sizeof(struct ts_end));
	assert_int_equal(read_back(path, &seen, &error), 0);
	assert_int_equal(seen.transitions, 10000);
	assert_int_equal(seen.totals, 3334);
	assert_int_equal(seen.retrans_known, 10000);
	assert_int_equal(seen.last_id, 10000);
	assert_int_equal(seen.lost, 1);
	assert_int_equal(seen.clocks, 1); /* the header's */
	assert_int_equal(seen.ends, 1);
	assert_true(seen.offset != 0);
	assert_string_equal(seen.group, "/group/1");
	/* Many more cgroups than either side remembers: still every path is there. */
	assert_int_equal(record(9001, 9000, &error), 0);
	assert_int_equal(read_back(path, &seen, &error), 0);
	assert_string_equal(seen.group, "/group/2");
	assert_int_equal(record(12, 1000, &error), 0);
	assert_int_equal(read_back(path, &seen, &error), 0);
	assert_string_equal(seen.group, "-"); /* 13 is gone */
}

static size_t load(char **data)
{
	FILE *file = fopen(path, "re");
	struct stat st;

	assert_non_null(file);
	assert_int_equal(fstat(fileno(file), &st), 0);
	*data = malloc((size_t)st.st_size);
	assert_non_null(*data);
	assert_int_equal(fread(*data, 1, (size_t)st.st_size, file), st.st_size);
	(void)fclose(file);
	return (size_t)st.st_size;
}

static void store(const char *data, size_t n)
{
	FILE *file = fopen(path, "we");

	assert_non_null(file);
	assert_int_equal(fwrite(data, 1, n, file), n);
	assert_int_equal(fclose(file), 0);
}

/* The count of frames of reports_where_it_is_cut() that the first `bytes` contain whole. */
static unsigned whole_frames(size_t bytes, bool *exactly)
{
	static const size_t ends[] = { 0, WHOLE, WHOLE + ACTOR, ROUND, ROUND + WHOLE };
	unsigned n = 4;

	while (bytes < ends[n])
		n--;
	*exactly = bytes == ends[n];
	return n;
}

/* Cut at every byte: all whole frames before the cut are read, and the cut is reported. */
static void reports_where_it_is_cut(void **state)
{
	enum { FIRST = sizeof(struct file_header) + sizeof(struct ts_lost) };
	struct error error;
	struct seen seen;
	char *data, wanted[300];
	size_t size;

	(void)state;
	assert_int_equal(record(4, 0, &error), 0);
	size = load(&data);
	assert_int_equal(size, FIRST + ROUND + WHOLE + 32);
	for (size_t n = 0; n < size; n++) {
		bool whole = false;
		unsigned frames = n < FIRST ? 0 : whole_frames(n - FIRST, &whole);

		store(data, n);
		assert_int_equal(read_back(path, &seen, &error),
				 n < sizeof(struct file_header) ? -EINVAL : -EBADMSG);
		assert_int_equal(seen.transitions, frames);
		whole |= n == sizeof(struct file_header);
		(void)snprintf(wanted, sizeof(wanted),
			       whole ? "'%s' ends at byte %zu without its end mark: the recording "
				       "was cut short"
				     : "'%s' ends in the middle of a frame at byte %zu: the "
				       "recording was cut short",
			       path, n);
		if (n >= sizeof(struct file_header))
			assert_string_equal(error.text, wanted);
	}
	free(data);
}

static void expect_damage(char *data, size_t size, size_t at, unsigned byte, int err,
			  const char *words)
{
	char was = data[at];
	struct error error;
	struct seen seen;

	data[at] = (char)byte;
	store(data, size);
	data[at] = was;
	assert_int_equal(read_back(path, &seen, &error), err);
	assert_non_null(strstr(error.text, words));
}

static void reports_damage(void **state)
{
	enum { HEAD = sizeof(struct file_header) };
	struct error error;
	char *data;
	size_t size;

	(void)state;
	assert_int_equal(record(4, 0, &error), 0);
	size = load(&data);
	expect_damage(data, size, 0, 'X', -EINVAL, "not written by tcpstate record");
	expect_damage(data, size, 8, 9, -EINVAL, "its header is damaged");
	expect_damage(data, size, 12, 2, -EINVAL, "from a newer tcpstate");
	expect_damage(data, size, 12, 0, -EINVAL, "its header is damaged");
	expect_damage(data, size, 16, 8, -EINVAL, "its header is damaged");
	expect_damage(data, size, 16, 105, -EINVAL, "its header is damaged");
	expect_damage(data, size, 17, 0x10, -EINVAL, "its header is damaged"); /* too large */
	expect_damage(data, size, 18, 0x10, -EINVAL, "its header is damaged");
	expect_damage(data, size, HEAD + 2, 0, -EBADMSG, "at byte 104: a frame of an impossible");
	expect_damage(data, size, HEAD + 2, 41, -EBADMSG, "at byte 104: a frame of an impossible");
	expect_damage(data, size, HEAD + 2, 32, -EBADMSG, "damaged at byte 104: not a valid frame");
	/* An END frame that counts otherwise: something in between is missing. */
	expect_damage(data, size, size - 16, 5, -EBADMSG, "the count of events differs from the end mark");
	data = realloc(data, size + 40);
	assert_non_null(data);
	memcpy(data + size, data + HEAD, 40); /* the loss once more, behind the end */
	expect_damage(data, size + 40, 0, 'T', -EBADMSG, "data after the end mark");
	memcpy(data + 8, "\1\2\3\4", 4);
	expect_damage(data, size, 0, 'T', -EINVAL, "the other byte order");
	free(data);
}

static void reads_a_longer_header(void **state)
{
	struct error error;
	struct seen seen;
	char *data, *longer;
	size_t size;

	(void)state;
	assert_int_equal(record(4, 0, &error), 0);
	size = load(&data);
	longer = calloc(1, size + 16); /* of a later minor version */
	assert_non_null(longer);
	memcpy(longer, data, sizeof(struct file_header));
	memcpy(longer + sizeof(struct file_header) + 16, data + sizeof(struct file_header),
	       size - sizeof(struct file_header));
	longer[14] = 7;
	longer[16] = (char)(sizeof(struct file_header) + 16);
	store(longer, size + 16);
	assert_int_equal(read_back(path, &seen, &error), 0);
	assert_int_equal(seen.transitions, 4);
	free(longer);
	free(data);
}

/* Recordings of format 1.0 do not count retransmissions of handshakes; later ones do. */
static void knows_what_an_old_recording_lacks(void **state)
{
	static const struct {
		char minor;
		uint64_t known;
	} formats[] = { { 0, 0 }, { 1, 4 }, { 2, 4 } };
	struct error error;
	struct seen seen;
	char *data;
	size_t size;

	(void)state;
	assert_int_equal(record(4, 0, &error), 0);
	size = load(&data);
	assert_int_equal(data[14], FILE_MINOR);
	for (unsigned i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		data[14] = formats[i].minor;
		store(data, size);
		assert_int_equal(read_back(path, &seen, &error), 0);
		assert_int_equal(seen.transitions, 4);
		assert_int_equal(seen.retrans_known, formats[i].known);
	}
	free(data);
}

/* A disk that fills up, as far as a limit on file size can play it. */
static void keeps_whole_frames_on_a_full_disk(void **state)
{
	struct rlimit was, limit;
	struct error error;
	struct seen seen;
	struct stat st;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &was), 0);
	for (rlim_t size = 50; size < 1000000; size = size * 3 + 1) {
		struct error reading;
		char wanted[64];
		int err;

		limit = (struct rlimit){ .rlim_cur = size, .rlim_max = was.rlim_max };
		assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
		err = record(10000, 20, &error);
		assert_int_equal(setrlimit(RLIMIT_FSIZE, &was), 0);
		assert_int_equal(err, -EFBIG);
		assert_int_equal(stat(path, &st), 0);
		assert_true(st.st_size <= (off_t)size);
		if (st.st_size < (off_t)sizeof(struct file_header))
			continue;
		assert_true((off_t)size - st.st_size < WHOLE + 32);
		assert_int_equal(read_back(path, &seen, &reading), -EBADMSG);
		assert_non_null(strstr(reading.text, "without its end mark"));
		(void)snprintf(wanted, sizeof(wanted), "it keeps the first %llu events",
			       (unsigned long long)seen.transitions);
		assert_non_null(strstr(error.text, wanted));
	}
}

static void reports_what_cannot_be_opened(void **state)
{
	struct recorder *recorder;
	struct error error;
	struct seen seen;

	(void)state;
	assert_int_equal(read_back("/nonexistent/x", &seen, &error), -ENOENT);
	assert_string_equal(error.text, "cannot open '/nonexistent/x': No such file or directory");
	assert_int_equal(read_back("/", &seen, &error), -EINVAL);
	assert_non_null(strstr(error.text, "it is a directory"));
	error.text[0] = '\0';
	assert_int_equal(recorder_new("/nonexistent/x", -1, &recorder, &error), -ENOENT);
	assert_string_equal(error.text, "cannot write '/nonexistent/x': No such file or directory");
	error.text[0] = '\0';
	assert_int_equal(recorder_new("/", -1, &recorder, &error), -EISDIR);
	assert_string_equal(error.text, "cannot write '/': Is a directory");
}

static int take_lost(struct recorder *recorder, uint32_t why, uint64_t count)
{
	struct ts_lost lost = { .frame = { .type = TS_FRAME_LOST, .size = sizeof(lost) },
				.count = count,
				.why = why };

	return recorder_take(recorder, &(struct stream_frame){ .frame = &lost.frame });
}

/* Until there is something to record, what the file holds may be all that there is. */
static void keeps_what_is_there_until_the_first_frame(void **state)
{
	struct recorder *recorder;
	struct error error = { "" };
	char *before, *after;
	struct seen seen;
	struct stat st;
	size_t size;

	(void)state;
	assert_int_equal(record(100, 0, &error), 0);
	size = load(&before);
	for (int closed = 0; closed < 2; closed++) {
		assert_int_equal(recorder_new(path, -1, &recorder, &error), 0);
		if (closed)
			assert_int_equal(recorder_close(recorder, false, &error), 0);
		recorder_free(recorder);
		assert_int_equal(load(&after), size);
		assert_memory_equal(before, after, size);
		free(after);
	}
	assert_int_equal(record(1, 0, &error), 0);
	assert_int_equal(read_back(path, &seen, &error), 0); /* nothing of the longer one is left */
	assert_int_equal(seen.transitions, 1);
	store(before, 0);
	assert_int_equal(recorder_new(path, -1, &recorder, &error), 0);
	recorder_free(recorder);
	assert_int_equal(stat(path, &st), 0); /* empty, but somebody's */
	free(before);
}

static void removes_a_file_that_it_made_for_nothing(void **state)
{
	char name[sizeof(path) + 4];
	struct recorder *recorder;
	struct error error = { "" };
	struct stat st;

	(void)state;
	(void)snprintf(name, sizeof(name), "%s.new", path);
	for (int closed = 0; closed < 2; closed++) {
		assert_int_equal(recorder_new(name, -1, &recorder, &error), 0);
		assert_int_equal(stat(name, &st), 0);
		if (closed)
			assert_int_equal(recorder_close(recorder, false, &error), 0);
		recorder_free(recorder);
		assert_int_equal(stat(name, &st), -1);
	}
	/* Another process has written to it. */
	assert_int_equal(recorder_new(name, -1, &recorder, &error), 0);
	assert_int_equal(truncate(name, 1), 0);
	recorder_free(recorder);
	assert_int_equal(stat(name, &st), 0);
	assert_int_equal(unlink(name), 0);
	/* Another file has its name. */
	assert_int_equal(recorder_new(name, -1, &recorder, &error), 0);
	assert_int_equal(rename(path, name), 0);
	recorder_free(recorder);
	assert_int_equal(stat(name, &st), 0);
	assert_int_equal(rename(name, path), 0);
	/* One frame is a recording. */
	assert_int_equal(recorder_new(name, -1, &recorder, &error), 0);
	assert_int_equal(take_lost(recorder, TS_LOST_BUFFER, 1), 0);
	recorder_free(recorder);
	assert_int_equal(stat(name, &st), 0);
	assert_int_equal(unlink(name), 0);
}

static void marks_only_a_whole_recording(void **state)
{
	struct recorder *recorder;
	struct error error = { "" };
	struct seen seen;

	(void)state;
	assert_int_equal(recorder_new(path, -1, &recorder, &error), 0);
	assert_int_equal(take_lost(recorder, TS_LOST_BUFFER, 1), 0);
	assert_int_equal(recorder_close(recorder, false, &error), 0);
	recorder_free(recorder);
	assert_int_equal(read_back(path, &seen, &error), -EBADMSG);
	assert_non_null(strstr(error.text, "ends at byte 144 without its end mark"));
	assert_int_equal(seen.lost, 1);
	/* Whole, although nothing came. */
	error.text[0] = '\0';
	assert_int_equal(recorder_new(path, -1, &recorder, &error), 0);
	assert_int_equal(recorder_close(recorder, true, &error), 0);
	recorder_free(recorder);
	assert_int_equal(read_back(path, &seen, &error), 0);
	assert_int_equal(seen.ends, 1);
}

static void expect_lost(uint64_t full, uint64_t interrupted, const char *count, const char *why)
{
	struct recorder *recorder;
	struct error error = { "" };
	char wanted[300] = "";

	assert_int_equal(recorder_new(path, -1, &recorder, &error), 0);
	for (uint64_t i = 0; i < full; i++)
		assert_int_equal(take_lost(recorder, TS_LOST_BUFFER, 1), 0);
	assert_int_equal(take_lost(recorder, TS_LOST_RECURSION, interrupted), 0);
	assert_int_equal(recorder_report_lost(recorder, &error), count ? -EOVERFLOW : 0);
	if (count)
		(void)snprintf(wanted, sizeof(wanted), "%s not in %s: %s", count, path, why);
	assert_string_equal(error.text, wanted);
	recorder_free(recorder);
}

static void reports_why_events_are_lost(void **state)
{
	(void)state;
	expect_lost(0, 0, NULL, NULL);
	expect_lost(3, 0, "3 events are",
		    "the ring was full; a larger --buffer holds longer bursts");
	expect_lost(0, 1, "1 event is",
		    "an interrupt came while tcpstate's program was at work on that CPU");
	expect_lost(2, 5, "7 events are",
		    "for 2 the ring was full (a larger --buffer holds longer bursts), for 5 an "
		    "interrupt came while tcpstate's program was at work on that CPU");
}

struct waiting {
	int feed;
	const char *data;
	size_t size, given;
	int calls, stop_at;
};

/* The recording goes on only when its reader is known to wait. */
static int feed_more(void *context)
{
	struct waiting *waiting = context;
	size_t n = waiting->size - waiting->given;

	if (++waiting->calls == waiting->stop_at)
		return -EPIPE;
	n = n < 100 ? n : 100;
	assert_int_equal(write(waiting->feed, waiting->data + waiting->given, n), n);
	waiting->given += n;
	if (waiting->given == waiting->size)
		close(waiting->feed);
	return 0;
}

static int read_slowly(struct waiting *waiting, struct seen *seen, struct error *error)
{
	struct consumer consumer = { .take = look, .context = seen };
	const struct stream_config config = { .cgroup_paths = true };
	struct file_source *source;
	char name[32];
	struct stream *stream;
	int fds[2], err;

	memset(seen, 0, sizeof(*seen));
	memset(error, 0, sizeof(*error));
	assert_int_equal(pipe(fds), 0);
	(void)snprintf(name, sizeof(name), "/dev/fd/%d", fds[0]);
	waiting->feed = fds[1];
	waiting->given = sizeof(struct file_header);
	assert_int_equal(write(fds[1], waiting->data, waiting->given), waiting->given);
	assert_int_equal(stream_new(&config, NULL, consumer, &stream, error), 0);
	assert_int_equal(file_source_open(name, -1, &source, error), 0);
	file_source_when_idle(source, feed_more, waiting);
	err = file_source_read(source, stream, error);
	file_source_free(source);
	stream_free(stream);
	close(fds[0]);
	return err;
}

static void reports_when_it_waits(void **state)
{
	struct waiting waiting = { 0 };
	struct error error;
	struct seen seen;
	char *data;

	(void)state;
	assert_int_equal(record(20, 0, &error), 0);
	waiting.size = load(&data);
	waiting.data = data;
	(void)alarm(30); /* a feeder that is not called would wait for ever */
	assert_int_equal(read_slowly(&waiting, &seen, &error), 0);
	assert_int_equal(seen.transitions, 20);
	assert_int_equal(waiting.calls, (waiting.size - sizeof(struct file_header) + 99) / 100);
	waiting = (struct waiting){ .size = waiting.size, .data = data, .stop_at = 5 };
	assert_int_equal(read_slowly(&waiting, &seen, &error), -EPIPE);
	assert_string_equal(error.text, "");
	(void)alarm(0);
	close(waiting.feed);
	free(data);
}

/* A writer that pauses: EAGAIN of a non-blocking pipe is not an error. */
static void waits_for_a_slow_pipe(void **state)
{
	struct stream_config config = { .cgroup_paths = true };
	struct seen seen = { 0 };
	struct consumer consumer = { .take = look, .context = &seen };
	struct file_source *source;
	struct stream *stream;
	struct error error;
	char name[32], *data;
	size_t size, half;
	int fds[2];
	pid_t writer;

	(void)state;
	assert_int_equal(record(20, 0, &error), 0);
	size = load(&data);
	half = size / 2;
	assert_int_equal(pipe2(fds, O_NONBLOCK), 0);
	assert_int_equal(write(fds[1], data, half), half);
	writer = fork();
	if (!writer) {
		(void)usleep(20000);
		_exit(write(fds[1], data + half, size - half) != (ssize_t)(size - half));
	}
	close(fds[1]);
	(void)dup2(fds[0], STDIN_FILENO); /* opening it by name would be without O_NONBLOCK */
	(void)snprintf(name, sizeof(name), "-");
	assert_int_equal(stream_new(&config, NULL, consumer, &stream, &error), 0);
	assert_int_equal(file_source_open(name, -1, &source, &error), 0);
	assert_int_equal(file_source_read(source, stream, &error), 0);
	assert_int_equal(seen.transitions, 20);
	assert_int_equal(waitpid(writer, NULL, 0), writer);
	file_source_free(source);
	stream_free(stream);
	close(fds[0]);
	free(data);
}

static void counts_losses_in_the_end_mark(void **state)
{
	const struct ts_end *end;
	struct error error;
	size_t size;
	char *data;

	(void)state;
	assert_int_equal(record(4, 0, &error), 0);
	size = load(&data);
	end = (const void *)(data + size - sizeof(*end));
	assert_int_equal(end->frame.type, TS_FRAME_END);
	assert_int_equal(end->transitions, 4);
	assert_int_equal(end->lost, 3);
	free(data);
}

static int remove_file(void **state)
{
	(void)state;
	return unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_what_was_written),
		cmocka_unit_test(reports_where_it_is_cut),
		cmocka_unit_test(reports_damage),
		cmocka_unit_test(reads_a_longer_header),
		cmocka_unit_test(knows_what_an_old_recording_lacks),
		cmocka_unit_test(keeps_whole_frames_on_a_full_disk),
		cmocka_unit_test(reports_what_cannot_be_opened),
		cmocka_unit_test(keeps_what_is_there_until_the_first_frame),
		cmocka_unit_test(removes_a_file_that_it_made_for_nothing),
		cmocka_unit_test(marks_only_a_whole_recording),
		cmocka_unit_test(reports_why_events_are_lost),
		cmocka_unit_test(reports_when_it_waits),
		cmocka_unit_test(waits_for_a_slow_pipe),
		cmocka_unit_test(counts_losses_in_the_end_mark),
	};
	int fd = mkstemp(path);

	if (fd < 0)
		return 1;
	close(fd);
	(void)signal(SIGXFSZ, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, remove_file);
}
