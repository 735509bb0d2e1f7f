// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Recordings are read back as they were written; a full disk, losses, files that exist. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>

#include "recording.h"

static void reads_what_was_written(void **state)
{
	struct error error;
	struct seen seen;
	struct stat st;

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

/* A disk that fills up, as far as a limit on file size can play it. */
static void keeps_whole_frames_on_a_full_disk(void **state)
{
	struct rlimit was, limit;
	struct error error;
	struct seen seen;
	struct stat st;

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
	expect_lost(0, 0, NULL, NULL);
	expect_lost(3, 0, "3 events are",
		    "the ring was full; a larger --buffer holds longer bursts");
	expect_lost(0, 1, "1 event is",
		    "an interrupt came while tcpstate's program was at work on that CPU");
	expect_lost(2, 5, "7 events are",
		    "for 2 the ring was full (a larger --buffer holds longer bursts), for 5 an "
		    "interrupt came while tcpstate's program was at work on that CPU");
}

static void counts_losses_in_the_end_mark(void **state)
{
	const struct ts_end *end;
	struct error error;
	size_t size;
	char *data;

	assert_int_equal(record(4, 0, &error), 0);
	size = load(&data);
	end = (const void *)(data + size - sizeof(*end));
	assert_int_equal(end->frame.type, TS_FRAME_END);
	assert_int_equal(end->transitions, 4);
	assert_int_equal(end->lost, 3);
	free(data);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_what_was_written),
		cmocka_unit_test(keeps_whole_frames_on_a_full_disk),
		cmocka_unit_test(reports_what_cannot_be_opened),
		cmocka_unit_test(keeps_what_is_there_until_the_first_frame),
		cmocka_unit_test(removes_a_file_that_it_made_for_nothing),
		cmocka_unit_test(marks_only_a_whole_recording),
		cmocka_unit_test(reports_why_events_are_lost),
		cmocka_unit_test(counts_losses_in_the_end_mark),
	};

	(void)signal(SIGXFSZ, SIG_IGN);
	return cmocka_run_group_tests(tests, make_file, remove_file);
}
