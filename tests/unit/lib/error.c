// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Errors: who speaks first is heard, and nothing steers the terminal. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/error.h"

static void test_first_speaks(void **state)
{
	struct error error = {""};

	(void)state;
	assert_int_equal(error_set(&error, EINVAL, "%s %d", "one", 1), -EINVAL);
	assert_int_equal(error_set(&error, ENOMEM, "two"), -ENOMEM);
	assert_string_equal(error.text, "one 1");
	assert_int_equal(error_set(NULL, EPERM, "no listener"), -EPERM);
}

static void test_prefix(void **state)
{
	struct error error = {""};

	(void)state;
	error_set(&error, EINVAL, "%.*s", (int)sizeof(error.text), "no such thing");
	error_prefix(&error, "--netns");
	assert_string_equal(error.text, "--netns: no such thing");
	memset(error.text, 'x', sizeof(error.text) - 1);
	error_prefix(&error, "--netns");
	assert_int_equal(strlen(error.text), sizeof(error.text) - 1);
	assert_int_equal(strncmp(error.text, "--netns: xxx", 12), 0);
}

/* Prints with standard error redirected; the caller frees the text. */
static char *printed(const struct error *error, int verbosity)
{
	FILE *real = stderr;
	char *text = NULL;
	size_t size;

	stderr = open_memstream(&text, &size);
	if (error)
		error_print(error);
	else
		note(verbosity, "%d\tof %s", 3, "4");
	(void)fclose(stderr);
	stderr = real;
	return text;
}

static void check_printed(const char *given, const char *wanted)
{
	struct error error = {""};
	char *text;

	error_set(&error, EINVAL, "%s", given);
	text = printed(&error, 0);
	assert_string_equal(text, wanted);
	free(text);
}

static void test_print(void **state)
{
	(void)state;
	check_printed("plain", "tcpstate: plain\n");
	check_printed("a\nb\x1b[31m\x7f", "tcpstate: a\\x0ab\\x1b[31m\\x7f\n");
	check_printed("gr\xc3\xbc\xc3\x9f \xe2\x86\x92",
		      "tcpstate: gr\xc3\xbc\xc3\x9f \xe2\x86\x92\n");
	check_printed("\xc2\x9b"
		      "31m",
		      "tcpstate: \\xc2\\x9b31m\n");
	check_printed("\x9b\xc3", "tcpstate: \\x9b\\xc3\n");
	check_printed("write \\[ or \\", "tcpstate: write \\[ or \\\n");
}

/* The longest text, of bytes that grow most. */
static void test_print_longest(void **state)
{
	struct error error;
	char *text;

	(void)state;
	memset(error.text, '\x01', sizeof(error.text) - 1);
	error.text[sizeof(error.text) - 1] = '\0';
	text = printed(&error, 0);
	assert_int_equal(strlen(text), strlen("tcpstate: ") + 4 * (sizeof(error.text) - 1) + 1);
	free(text);
}

static void test_note(void **state)
{
	char *text;

	(void)state;
	text = printed(NULL, 0);
	assert_string_equal(text, "tcpstate: 3\\x09of 4\n");
	free(text);
	text = printed(NULL, -1);
	assert_string_equal(text, "");
	free(text);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_first_speaks),
		cmocka_unit_test(test_prefix),
		cmocka_unit_test(test_print),
		cmocka_unit_test(test_print_longest),
		cmocka_unit_test(test_note),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
