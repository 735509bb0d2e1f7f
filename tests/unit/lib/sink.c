// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Output that reaches a slow reader whole, and does not hang on one that stopped. */
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
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/sink.h"

enum { TOTAL = 3 * 1000 * 1000 };

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* Numbered lines of 10 bytes; stops at the first error. */
static int write_lines(struct sink *sink, size_t total)
{
	for (size_t i = 0; i < total / 10; i++) {
		char line[32];
		char *at = sink_reserve(sink, 10);

		if (!at)
			return sink_flush(sink);
		(void)snprintf(line, sizeof(line), "%09zu\n", i);
		memcpy(at, line, 10);
		sink_commit(sink, 10);
	}
	return sink_flush(sink);
}

/* A child that reads `total` bytes, with pauses, and exits 0 if all are as written. */
static pid_t start_reader(int fd, int other, size_t total)
{
	pid_t child = fork();
	size_t got = 0;
	char wanted[16], line[16];

	assert_true(child >= 0);
	if (child)
		return child;
	close(other);
	for (size_t i = 0; got < total; got++) {
		if (read(fd, line + got % 10, 1) != 1)
			_exit(1);
		if (got % 10 != 9)
			continue;
		(void)snprintf(wanted, sizeof(wanted), "%09zu\n", i++);
		if (memcmp(line, wanted, 10))
			_exit(2);
		if (i % 20000 == 0)
			usleep(2000);
	}
	_exit(read(fd, line, 1) ? 3 : 0);
}

static void expect_exit(pid_t child, int code)
{
	int status;

	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), code);
}

static void deliver_through(int fds[2])
{
	enum { SMALL = 300 * 1000 };
	struct error error = { "" };
	struct sink *sink;
	pid_t reader = start_reader(fds[0], fds[1], SMALL);

	close(fds[0]);
	assert_int_equal(sink_new(fds[1], -1, &sink), 0);
	assert_int_equal(write_lines(sink, SMALL), 0);
	assert_int_equal(sink_written(sink), SMALL);
	assert_int_equal(sink_close(sink, &error), 0);
	/* What others share with us is as it was. */
	assert_int_equal(fcntl(fds[1], F_GETFL) & O_NONBLOCK, 0);
	sink_free(sink);
	close(fds[1]);
	expect_exit(reader, 0);
}

static void delivers_through_a_pipe(void **state)
{
	int fds[2];

	(void)state;
	assert_int_equal(pipe(fds), 0);
	deliver_through(fds);
}

static void delivers_through_a_socket(void **state)
{
	int fds[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	deliver_through(fds);
}

static void writes_a_file(void **state)
{
	FILE *file = tmpfile();
	struct error error = { "" };
	struct sink *sink;

	(void)state;
	assert_non_null(file);
	assert_int_equal(sink_new(fileno(file), -1, &sink), 0);
	assert_false(sink_is_terminal(sink));
	assert_int_equal(write_lines(sink, TOTAL), 0);
	assert_int_equal(sink_close(sink, &error), 0);
	assert_int_equal(lseek(fileno(file), 0, SEEK_END), TOTAL);
	sink_free(sink);
	(void)fclose(file);
}

/* Numbered lines, in one piece. */
static char *make_lines(size_t total)
{
	char *text = malloc(total), line[32];

	assert_non_null(text);
	for (size_t i = 0; i < total / 10; i++) {
		(void)snprintf(line, sizeof(line), "%09zu\n", i);
		memcpy(text + i * 10, line, 10);
	}
	return text;
}

/* Pieces smaller than the buffer, of its size, larger, and of nothing. */
static void writes_any_number_of_bytes(void **state)
{
	static const size_t pieces[] = { 10,	     256 * 1024 - 10, 0,   1,
					 256 * 1024, 256 * 1024 + 1,  999, 700000 };
	char *text = make_lines(TOTAL), *read_back = malloc(TOTAL);
	FILE *file = tmpfile();
	struct sink *sink;
	size_t at = 0;

	(void)state;
	assert_non_null(file);
	assert_non_null(read_back);
	assert_int_equal(sink_new(fileno(file), -1, &sink), 0);
	for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
		assert_int_equal(sink_write(sink, text + at, pieces[i]), 0);
		at += pieces[i];
	}
	assert_true(sink_written(sink) < at); /* the rest waits for more */
	assert_int_equal(sink_flush(sink), 0);
	assert_int_equal(sink_written(sink), at);
	assert_int_equal(pread(fileno(file), read_back, TOTAL, 0), (ssize_t)at);
	assert_memory_equal(read_back, text, at);
	sink_free(sink);
	(void)fclose(file);
	free(read_back);
	free(text);
}

static void write_tells_the_error(void **state)
{
	char *text = make_lines(TOTAL);
	struct sink *sink;
	int fds[2];

	(void)state;
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(sink_new(fds[1], -1, &sink), 0);
	close(fds[0]);
	assert_int_equal(sink_write(sink, text, 100), 0); /* not written yet */
	assert_int_equal(sink_write(sink, text, TOTAL), -EPIPE);
	assert_int_equal(sink_write(sink, text, 1), -EPIPE);
	assert_int_equal(sink_written(sink), 0);
	sink_free(sink);
	close(fds[1]);
	free(text);
}

static void is_quiet_when_the_reader_has_gone(void **state)
{
	struct error error = { "" };
	struct sink *sink;
	int fds[2];

	(void)state;
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(sink_new(fds[1], -1, &sink), 0);
	close(fds[0]);
	assert_int_equal(write_lines(sink, TOTAL), -EPIPE);
	assert_null(sink_reserve(sink, 1));
	assert_int_equal(sink_close(sink, &error), 0);
	assert_string_equal(error.text, "");
	sink_free(sink);
	close(fds[1]);
}

static void tells_a_full_disk(void **state)
{
	struct error error = { "" };
	struct sink *sink;
	int fd = open("/dev/full", O_WRONLY);

	(void)state;
	if (fd < 0)
		skip();
	assert_int_equal(sink_new(fd, -1, &sink), 0);
	assert_int_equal(write_lines(sink, 100), -ENOSPC);
	assert_int_equal(sink_close(sink, &error), -ENOSPC);
	assert_string_equal(error.text, "cannot write standard output: No space left on device; "
					"output is incomplete");
	sink_free(sink);
	close(fd);
}

static void tells_a_closed_output(void **state)
{
	struct error error = { "" };
	struct sink *sink;

	(void)state;
	assert_int_equal(sink_new(999, -1, &sink), 0);
	assert_int_equal(write_lines(sink, 100), -EBADF);
	assert_int_equal(sink_close(sink, &error), -EBADF);
	assert_string_equal(error.text, "cannot write standard output: Bad file descriptor; "
					"output is incomplete");
	sink_free(sink);
}

/* A pipe or socket without a reader that reads, and a stop signal `taken` by the caller or not yet. */
static double give_up(bool socket, bool taken, bool second)
{
	struct error error = { "" };
	struct sink *sink;
	int fds[2], stop[2];
	double began = now();

	assert_int_equal(socket ? socketpair(AF_UNIX, SOCK_STREAM, 0, fds) : pipe(fds), 0);
	assert_int_equal(pipe(stop), 0);
	assert_int_equal(sink_new(fds[1], stop[0], &sink), 0);
	if (!taken || second)
		assert_int_equal(write(stop[1], "", 1), 1);
	if (taken)
		sink_stop(sink);
	assert_int_equal(write_lines(sink, TOTAL), -ECANCELED);
	assert_int_equal(sink_close(sink, &error), -ECANCELED);
	assert_non_null(strstr(error.text, "cannot write standard output: its reader has stopped reading"));
	sink_free(sink);
	for (int i = 0; i < 2; i++) {
		close(fds[i]);
		close(stop[i]);
	}
	return now() - began;
}

static void gives_up_on_a_reader_that_stopped(void **state)
{
	double took = give_up(false, false, false);

	(void)state;
	assert_true(took > 1.9 && took < 4);
	took = give_up(false, true, false);
	assert_true(took > 1.9 && took < 4);
	assert_true(give_up(false, true, true) < 1);
	assert_true(give_up(true, true, true) < 1);
}

/* After a stop signal a slow reader still gets everything, as long as it reads. */
static void waits_for_a_slow_reader_after_stop(void **state)
{
	struct error error = { "" };
	struct sink *sink;
	int fds[2], stop[2];
	pid_t reader;

	(void)state;
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(pipe(stop), 0);
	reader = start_reader(fds[0], fds[1], 200 * 1000);
	close(fds[0]);
	assert_int_equal(sink_new(fds[1], stop[0], &sink), 0);
	assert_int_equal(write(stop[1], "", 1), 1);
	assert_int_equal(write_lines(sink, 200 * 1000), 0);
	assert_int_equal(sink_close(sink, &error), 0);
	sink_free(sink);
	close(fds[1]);
	close(stop[0]);
	close(stop[1]);
	expect_exit(reader, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(delivers_through_a_pipe),
		cmocka_unit_test(delivers_through_a_socket),
		cmocka_unit_test(writes_a_file),
		cmocka_unit_test(writes_any_number_of_bytes),
		cmocka_unit_test(write_tells_the_error),
		cmocka_unit_test(is_quiet_when_the_reader_has_gone),
		cmocka_unit_test(tells_a_full_disk),
		cmocka_unit_test(tells_a_closed_output),
		cmocka_unit_test(gives_up_on_a_reader_that_stopped),
		cmocka_unit_test(waits_for_a_slow_reader_after_stop),
	};

	(void)signal(SIGPIPE, SIG_IGN);
	(void)alarm(60); /* a sink that hangs fails too */
	return cmocka_run_group_tests(tests, NULL, NULL);
}
