// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The end of a trace: states that were scanned, and sockets without an owner. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "output/count.h"

static void take(struct by_process *processes, unsigned owner, uint32_t pid, const char *comm)
{
	struct ts_transition t = {
		.frame = { .type = TS_FRAME_TRANSITION, .size = sizeof(t) },
		.old_state = TS_TIME_WAIT,
		.new_state = TS_CLOSED,
		.owner = (__u8)owner,
		.pid = pid,
	};

	memcpy(t.comm, comm, strlen(comm));
	by_process_add(processes, &t);
}

/* Behind the line with the time that passed. */
static char *print(const struct by_process *processes, const struct counts *counts)
{
	char *text = NULL, *start;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	summary_print(counts, processes, 0, out);
	assert_int_equal(fclose(out), 0);
	start = strchr(text + 1, '\n');
	assert_non_null(start);
	memmove(text, start + 1, strlen(start));
	return text;
}

static void expect(const struct by_process *processes, const struct counts *counts,
		   const char *wanted)
{
	char *text = print(processes, counts);

	assert_string_equal(text, wanted);
	free(text);
}

#define TRANSITIONS                                                                                \
	"         7  SYN_RECV -> CLOSED\n"                                                         \
	"         8  TIME_WAIT -> CLOSED\n"                                                        \
	"        11  LISTEN -> SYN_RECV\n"

static void marks_only_scanned_states(void **state)
{
	struct counts counts = { 0 };
	struct by_process *processes;

	(void)state;
	assert_int_equal(by_process_new(&processes), 0);
	counts.total.transitions[TS_LISTEN][TS_SYN_RECV] = 11;
	counts.total.transitions[TS_SYN_RECV][TS_CLOSED] = 7;
	counts.total.transitions[TS_TIME_WAIT][TS_CLOSED] = 8;
	expect(processes, &counts, "sockets now: none\n" TRANSITIONS);
	counts.total.sockets[TS_LISTEN] = 2;
	counts.total.sockets[TS_SYN_RECV] = 4;
	counts.total.sockets[TS_TIME_WAIT] = 5;
	expect(processes, &counts, "sockets now: LISTEN 2, SYN_RECV 4, TIME_WAIT 5\n"
	       TRANSITIONS);
	counts.minisocks_scanned = true;
	expect(processes, &counts, "sockets now: LISTEN 2, SYN_RECV* 4, TIME_WAIT* 5\n"
	       "  * counted by a socket scan: this kernel does not report these transitions\n"
	       TRANSITIONS);
	counts.total.sockets[TS_SYN_RECV] = counts.total.sockets[TS_TIME_WAIT] = 0;
	counts.netns_missed = 3;
	expect(processes, &counts, "sockets now: LISTEN 2\n"
	       "  3 network namespaces could not be scanned: sockets without a process there are "
	       "missing\n"
	       TRANSITIONS);
	by_process_free(processes);
}

/* A socket without an owner may still carry the name of the one that it had. */
static void joins_those_without_owner(void **state)
{
	struct counts counts = { 0 };
	struct by_process *processes;

	(void)state;
	assert_int_equal(by_process_new(&processes), 0);
	take(processes, TS_OWNER_ACCEPT, 7, "worker");
	take(processes, TS_OWNER_LISTENER, 7, "worker");
	take(processes, TS_OWNER_UNKNOWN, 0, "");
	take(processes, TS_OWNER_UNKNOWN, 7, "worker");
	take(processes, TS_OWNER_KERNEL, 0, "");
	take(processes, TS_OWNER_UNKNOWN, 9, "gone");
	expect(processes, &counts, "sockets now: none\n"
	       "by process, of the 6 shown:\n"
	       "         4  (unknown owner)\n"
	       "         2  worker[7]\n");
	by_process_free(processes);
}

static void shows_ten_processes(void **state)
{
	struct counts counts = { 0 };
	struct by_process *processes;
	char *text;

	(void)state;
	assert_int_equal(by_process_new(&processes), 0);
	for (uint32_t pid = 1; pid <= 10; pid++)
		take(processes, TS_OWNER_ACCEPT, pid, "worker");
	text = print(processes, &counts);
	assert_non_null(strstr(text, "         1  worker[10]\n"));
	assert_null(strstr(text, " more"));
	free(text);
	take(processes, TS_OWNER_ACCEPT, 11, "worker");
	text = print(processes, &counts);
	assert_null(strstr(text, "worker[11]"));
	assert_non_null(strstr(text, "            and 1 more\n"));
	free(text);
	by_process_free(processes);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(marks_only_scanned_states),
		cmocka_unit_test(joins_those_without_owner),
		cmocka_unit_test(shows_ten_processes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
