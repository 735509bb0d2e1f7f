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

static void count_header(bool scanned, char *line, int size)
{
	const struct counts now = { .minisocks_known = true, .minisocks_scanned = scanned };
	static const struct counts before;
	struct count_output output = { .format = FORMAT_TEXT };
	struct error error = { "" };
	FILE *file;
	int fd = memfd_create("count", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(sink_new(fd, -1, &output.sink), 0);
	assert_int_equal(count_output_line(&output, &before, &now), 0);
	assert_int_equal(sink_close(output.sink, &error), 0);
	sink_free(output.sink);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	file = fdopen(fd, "r");
	assert_non_null(file);
	assert_non_null(fgets(line, size, file));
	(void)fclose(file);
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

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(marks_only_scanned_states),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
