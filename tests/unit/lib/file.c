// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The beginnings of files as strings. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/file.h"

static void test_read_text(void **state)
{
	char path[] = "/tmp/tcpstate-test-XXXXXX", text[8] = "before";
	int fd = mkstemp(path), folder = open("/tmp", O_RDONLY | O_DIRECTORY);

	(void)state;
	assert_true(fd >= 0 && folder >= 0);
	assert_int_equal(file_read_text(AT_FDCWD, path, text, sizeof(text)), 0);
	assert_string_equal(text, "");
	assert_int_equal(write(fd, "0123456789", 10), 10);
	assert_int_equal(file_read_text(AT_FDCWD, path, text, sizeof(text)), 7);
	assert_string_equal(text, "0123456");
	memset(text, 'x', sizeof(text));
	assert_int_equal(file_read_text(folder, path + strlen("/tmp/"), text, 3), 2);
	assert_string_equal(text, "01");
	assert_int_equal(unlink(path), 0);
	assert_int_equal(file_read_text(AT_FDCWD, path, text, sizeof(text)), -ENOENT);
	assert_string_equal(text, "");
	assert_int_equal(file_read_text(AT_FDCWD, "/tmp", text, sizeof(text)), -EISDIR);
	assert_int_equal(close(fd) | close(folder), 0);
}

/* A caller without standard input: descriptor 0 is a file as any other, and is closed again. */
static void test_descriptor_0(void **state)
{
	int saved = dup(STDIN_FILENO);
	char text[8];

	(void)state;
	(void)close(STDIN_FILENO);
	assert_true(file_read_text(AT_FDCWD, "/proc/self/comm", text, sizeof(text)) > 0);
	assert_int_equal(fcntl(STDIN_FILENO, F_GETFD), -1);
	if (saved >= 0) {
		assert_int_equal(dup2(saved, STDIN_FILENO), STDIN_FILENO);
		assert_int_equal(close(saved), 0);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_read_text),
		cmocka_unit_test(test_descriptor_0),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
