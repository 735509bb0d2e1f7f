// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Cut, foreign and damaged files are reported; a pipe is waited for. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sys/wait.h>

#include "recording.h"

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
	char name[32];
	const struct file_source source = { name, -1, feed_more, waiting };
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
	err = file_source_read(&source, stream, error);
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
	/* opening the pipe by name would be without O_NONBLOCK */
	const struct file_source source = { .path = "-", .stop_fd = -1 };
	struct stream *stream;
	struct error error;
	char *data;
	size_t size, half;
	int fds[2];
	pid_t writer;

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
	(void)dup2(fds[0], STDIN_FILENO);
	assert_int_equal(stream_new(&config, NULL, consumer, &stream, &error), 0);
	assert_int_equal(file_source_read(&source, stream, &error), 0);
	assert_int_equal(seen.transitions, 20);
	assert_int_equal(waitpid(writer, NULL, 0), writer);
	stream_free(stream);
	close(fds[0]);
	free(data);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(reports_where_it_is_cut),
		cmocka_unit_test(reports_damage),
		cmocka_unit_test(reads_a_longer_header),
		cmocka_unit_test(knows_what_an_old_recording_lacks),
		cmocka_unit_test(reports_when_it_waits),
		cmocka_unit_test(waits_for_a_slow_pipe),
	};

	return cmocka_run_group_tests(tests, make_file, remove_file);
}
