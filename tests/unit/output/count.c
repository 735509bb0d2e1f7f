// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The lines of `count`. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "output/count.h"

/* What the format prints of two lines; to be freed. */
static char *print_lines(enum format format, const struct counts *first, const struct counts *second)
{
	static const struct counts before;
	struct count_output output = { .format = format };
	int fd = memfd_create("count", MFD_CLOEXEC);
	struct error error = { "" };
	char *text;
	off_t n;

	assert_true(fd >= 0);
	assert_int_equal(sink_new(fd, -1, &output.sink), 0);
	assert_int_equal(count_output_line(&output, &before, first), 0);
	if (second)
		assert_int_equal(count_output_line(&output, first, second), 0);
	assert_int_equal(sink_close(output.sink, &error), 0);
	sink_free(output.sink);
	n = lseek(fd, 0, SEEK_END);
	text = calloc(1, (size_t)n + 1);
	assert_non_null(text);
	assert_int_equal(pread(fd, text, (size_t)n, 0), n);
	assert_int_equal(close(fd), 0);
	return text;
}

static void count_header(bool scanned, char *line, int size)
{
	const struct counts now = { .minisocks_known = true, .minisocks_scanned = scanned };
	char *text = print_lines(FORMAT_TEXT, &now, NULL);

	(void)snprintf(line, (size_t)size, "%.*s", (int)strcspn(text, "\n"), text);
	free(text);
}

static void marks_only_scanned_states(void **state)
{
	char marked[200], plain[200];

	(void)state;
	count_header(true, marked, sizeof(marked));
	count_header(false, plain, sizeof(plain));
	assert_non_null(strstr(marked, " SYNR*  ESTAB"));
	assert_non_null(strstr(marked, " TIMEW* |TRANS"));
	assert_non_null(strstr(plain, "  SYNR  ESTAB"));
	assert_non_null(strstr(plain, "  TIMEW |TRANS"));
	assert_int_equal(strlen(marked), strlen(plain));
}

/* The beginning of what differs from run to run, as `?`. */
static void hide_time(char *text, const char *before, char end)
{
	char *at = text;

	while ((at = strstr(at, before))) {
		char *to = at += strlen(before);

		while (*to && *to != end)
			to++;
		*at = '?';
		memmove(at + 1, to, strlen(to) + 1);
	}
}

static void expect(enum format format, const struct counts *first, const struct counts *second,
		   const char *wanted)
{
	char *text = print_lines(format, first, second);

	if (format == FORMAT_CSV)
		hide_time(text, "\r\n2", ',');
	hide_time(text, "\"ts\":", ',');
	assert_string_equal(text, wanted);
	free(text);
}

/* States of the snapshot, transitions since the one before; unknown numbers are not 0. */
static void prints_each_format(void **state)
{
	struct counts first = { .mono_ns = 7, .minisocks_known = true, .netns_missed = 2 }, second;

	(void)state;
	for (int i = 1; i < TS_STATES; i++)
		first.total.sockets[i] = 100 + i;
	first.total.transitions[TS_CLOSED][TS_SYN_SENT] = 5;
	first.total.transitions[TS_SYN_SENT][TS_ESTABLISHED] = 4;
	first.total.missed = 1;
	first.total.without_record = 3;
	first.total.half_opens_lost = 7;
	second = first;
	second.mono_ns = 9;
	second.minisocks_known = false;
	second.total.sockets[TS_LISTEN] = -1;
	second.total.transitions[TS_CLOSED][TS_SYN_SENT] += 2;
	second.total.transitions[TS_SYN_RECV][TS_ESTABLISHED] += 6;
	second.total.missed += 4;
	second.total.without_record += 2;
	second.total.half_opens_lost += 5;
	expect(FORMAT_TEXT, &first, &second,
	       "LISTN SYNS  SYNR  ESTAB FINW1 FINW2 CLOSEW CLSNG LACK  TIMEW |TRANS  CONN  ACPT\n"
	       "  110  102   103    101   104   105    108   111  109    106      9     5     0\n"
	       "   -1  102     -    101   104     -    108   111  109      -      8     2     6\n");
	expect(FORMAT_CSV, &first, &second,
	       "ts,LISTEN,SYN_SENT,SYN_RECV,ESTABLISHED,FIN_WAIT_1,FIN_WAIT_2,CLOSE_WAIT,CLOSING,"
	       "LAST_ACK,TIME_WAIT,transitions,connects,handshakes_received,lost\r\n"
	       "2?,110,102,103,101,104,105,108,111,109,106,9,5,0,1\r\n"
	       "2?,-1,102,,101,104,,108,111,109,,8,2,6,4\r\n");
	expect(FORMAT_JSON, &first, &second,
	       "{\"v\":1,\"type\":\"count\",\"ts\":?,\"mono_ns\":7,\"sockets\":{\"LISTEN\":110,"
	       "\"SYN_SENT\":102,\"SYN_RECV\":103,\"ESTABLISHED\":101,\"FIN_WAIT_1\":104,"
	       "\"FIN_WAIT_2\":105,\"CLOSE_WAIT\":108,\"CLOSING\":111,\"LAST_ACK\":109,"
	       "\"TIME_WAIT\":106},\"transitions\":{\"SYN_SENT>ESTABLISHED\":4,"
	       "\"CLOSED>SYN_SENT\":5},\"lost\":1,\"without_record\":3,"
	       "\"half_open_missed\":7,\"without_port\":0,\"netns_missed\":2}\n"
	       "{\"v\":1,\"type\":\"count\",\"ts\":?,\"mono_ns\":9,\"sockets\":{\"LISTEN\":-1,"
	       "\"SYN_SENT\":102,\"SYN_RECV\":null,\"ESTABLISHED\":101,\"FIN_WAIT_1\":104,"
	       "\"FIN_WAIT_2\":null,\"CLOSE_WAIT\":108,\"CLOSING\":111,\"LAST_ACK\":109,"
	       "\"TIME_WAIT\":null},\"transitions\":{\"SYN_RECV>ESTABLISHED\":6,"
	       "\"CLOSED>SYN_SENT\":2},\"lost\":4,\"without_record\":2,"
	       "\"half_open_missed\":5,\"without_port\":0,\"netns_missed\":2}\n");
}

/* What is missing is noted on standard error: each loss, and once a namespace that was not entered. */
static void notes_what_is_missing(void **state)
{
	struct counts first = { .minisocks_known = true, .netns_missed = 2 }, second = first;
	int fd = memfd_create("stderr", MFD_CLOEXEC), saved = dup(STDERR_FILENO);
	char text[512] = "";

	(void)state;
	assert_true(fd >= 0 && saved >= 0);
	second.total.missed = 4;
	assert_int_equal(dup2(fd, STDERR_FILENO), STDERR_FILENO);
	free(print_lines(FORMAT_TEXT, &first, &second));
	assert_int_equal(dup2(saved, STDERR_FILENO), STDERR_FILENO);
	assert_true(pread(fd, text, sizeof(text) - 1, 0) > 0);
	assert_string_equal(text, "tcpstate: 2 network namespaces could not be scanned: SYN_RECV and "
				  "TIME_WAIT there are not counted\n"
				  "tcpstate: 4 transitions were missed by the tracer and are not "
				  "counted\n");
	assert_int_equal(close(fd) | close(saved), 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(marks_only_scanned_states),
		cmocka_unit_test(prints_each_format),
		cmocka_unit_test(notes_what_is_missing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
