// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What is said of TIME_WAIT and half-open connections at the end of a trace, and by count. */
#include <fcntl.h>
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
#include "events/summary.h"

static void take(struct summary *summary, unsigned owner, uint32_t pid, const char *comm)
{
	struct ts_transition t = {
		.frame = { .type = TS_FRAME_TRANSITION, .size = sizeof(t) },
		.old_state = TS_TIME_WAIT,
		.new_state = TS_CLOSED,
		.owner = (__u8)owner,
		.pid = pid,
	};

	memcpy(t.comm, comm, strlen(comm));
	assert_int_equal(summary_take(summary, &(struct stream_frame){ .frame = &t.frame }), 0);
}

/* Behind the line with the time that passed. */
static char *print(const struct summary *summary, const struct counters *counters, int missed)
{
	char *text = NULL, *start;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	summary_print(summary, counters, missed, out);
	assert_int_equal(fclose(out), 0);
	start = strchr(text + 1, '\n');
	assert_non_null(start);
	memmove(text, start + 1, strlen(start));
	return text;
}

static void expect(const struct summary *summary, const struct counters *counters, int missed,
		   const char *wanted)
{
	char *text = print(summary, counters, missed);

	assert_string_equal(text, wanted);
	free(text);
}

#define TRANSITIONS                                                                                \
	"         7  SYN_RECV -> CLOSED\n"                                                         \
	"         8  TIME_WAIT -> CLOSED\n"                                                        \
	"        11  LISTEN -> SYN_RECV\n"

static void marks_only_what_was_looked_up(void **state)
{
	struct counters counters = { 0 };
	struct summary *summary;

	(void)state;
	assert_int_equal(summary_new(&summary), 0);
	counters.transitions[TS_LISTEN][TS_SYN_RECV] = 11;
	counters.transitions[TS_SYN_RECV][TS_CLOSED] = 7;
	counters.transitions[TS_TIME_WAIT][TS_CLOSED] = 8;
	expect(summary, &counters, -1, "sockets now: none\n" TRANSITIONS);
	counters.sockets[TS_LISTEN] = 2;
	counters.sockets[TS_SYN_RECV] = 4;
	counters.sockets[TS_TIME_WAIT] = 5;
	expect(summary, &counters, -1, "sockets now: LISTEN 2, SYN_RECV 4, TIME_WAIT 5\n"
	       TRANSITIONS);
	expect(summary, &counters, 0, "sockets now: LISTEN 2, SYN_RECV* 4, TIME_WAIT* 5\n"
	       "  * looked up now: this kernel does not tell of all that come and go\n"
	       TRANSITIONS);
	counters.sockets[TS_SYN_RECV] = counters.sockets[TS_TIME_WAIT] = 0;
	expect(summary, &counters, 3, "sockets now: LISTEN 2\n"
	       "  not counted there: 3 network namespaces that could not be entered\n"
	       TRANSITIONS);
	summary_free(summary);
}

/* A socket without an owner may still carry the name of the one that it had. */
static void joins_those_without_owner(void **state)
{
	struct counters counters = { 0 };
	struct summary *summary;

	(void)state;
	assert_int_equal(summary_new(&summary), 0);
	take(summary, TS_OWNER_ACCEPT, 7, "worker");
	take(summary, TS_OWNER_LISTENER, 7, "worker");
	take(summary, TS_OWNER_UNKNOWN, 0, "");
	take(summary, TS_OWNER_UNKNOWN, 7, "worker");
	take(summary, TS_OWNER_KERNEL, 0, "");
	take(summary, TS_OWNER_UNKNOWN, 9, "gone");
	expect(summary, &counters, -1, "sockets now: none\n"
	       "by process, of the 6 shown:\n"
	       "         4  (owner not known)\n"
	       "         2  worker[7]\n");
	summary_free(summary);
}

static void count_header(bool told, char *line, int size)
{
	struct count_line count = { .looked = true, .told = told };
	struct count_output *output;
	struct error error = { "" };
	struct sink *sink;
	FILE *file;
	int fd = memfd_create("count", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(sink_new(fd, -1, &sink), 0);
	assert_int_equal(count_output_new(FORMAT_TEXT, 0, sink, &output), 0);
	assert_int_equal(count_output_line(output, &count), 0);
	count_output_free(output);
	assert_int_equal(sink_close(sink, &error), 0);
	sink_free(sink);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	file = fdopen(fd, "r");
	assert_non_null(file);
	assert_non_null(fgets(line, size, file));
	(void)fclose(file);
}

static void count_marks_only_what_is_looked_up(void **state)
{
	char marked[200], plain[200];

	(void)state;
	count_header(false, marked, sizeof(marked));
	count_header(true, plain, sizeof(plain));
	assert_non_null(strstr(marked, " SYNR*  ESTAB"));
	assert_non_null(strstr(marked, " TIMEW* |TRANS"));
	assert_non_null(strstr(plain, "  SYNR  ESTAB"));
	assert_non_null(strstr(plain, "  TIMEW |TRANS"));
	assert_int_equal(strlen(marked), strlen(plain));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(marks_only_what_was_looked_up),
		cmocka_unit_test(joins_those_without_owner),
		cmocka_unit_test(count_marks_only_what_is_looked_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
