// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Lines of English and Chinese. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "explain/language.h"
#include "lib/wrap.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

/* The lines with a bar between them. */
static void wraps(const char *text, size_t cells, const char *expected)
{
	char lines[512] = "";

	while (*text) {
		size_t next, n = wrap_line(text, cells, &next);

		assert_true(next > 0);
		(void)snprintf(lines + strlen(lines), sizeof(lines) - strlen(lines), "%s%.*s",
			       *lines ? "|" : "", (int)n, text);
		text += next;
	}
	assert_string_equal(lines, expected);
}

static void test_lines(void **state)
{
	(void)state;
	wraps("", 10, "");
	wraps("one", 10, "one");
	wraps("one two three", 7, "one two|three");
	wraps("one two three", 6, "one|two|three");
	wraps("one two  ", 20, "one two");
	wraps("supercalifragilistic is long", 8, "supercalifragilistic|is long");
	wraps("监听套接字", 4, "监听|套接|字");
	wraps("监听套接字", 5, "监听|套接|字");
	wraps("监听 LISTEN 套接字", 11, "监听 LISTEN|套接字");
	wraps("监听 LISTEN 套接字", 10, "监听|LISTEN 套|接字");
	/* no mark begins a line, no opening bracket ends one */
	wraps("已经关闭，然后", 8, "已经关|闭，然后");
	wraps("已经（关闭）然后", 6, "已经|（关|闭）然|后");
	wraps("断开（FIN）。", 6, "断开|（FIN）。");
	/* a number keeps its unit */
	wraps("一共要 60 秒钟", 10, "一共要|60 秒钟");
	/* bytes that are no UTF-8 are passed on */
	wraps("\xff\xfe x", 10, "\xff\xfe x");
	wraps("\xe4\xbb", 10, "\xe4\xbb");
}

static void test_width(void **state)
{
	(void)state;
	assert_int_equal(wrap_width("abc", 3), 3);
	assert_int_equal(wrap_width("状态", 6), 4);
	assert_int_equal(wrap_width("→│", 6), 2);
	assert_int_equal(wrap_width("：（", 6), 4);
}

/* LC_ALL, LC_MESSAGES, LANG; NULL: not set. */
static void test_language(void **state)
{
	static const struct {
		const char *all, *messages, *lang;
		bool chinese;
	} cases[] = {
		{ NULL, NULL, NULL, false },	      { NULL, NULL, "zh_CN.UTF-8", true },
		{ NULL, "zh_TW.UTF-8", "C", true },   { "C", "zh_CN.UTF-8", "zh_CN.UTF-8", false },
		{ "", "", "zh", true },		      { "en_GB.UTF-8", NULL, "zh_CN", false },
		{ "zha_CN", NULL, NULL, false },      { "zh_CN", "en", "en", true },
	};
	static const char *const names[] = { "LC_ALL", "LC_MESSAGES", "LANG" };

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *const values[] = { cases[i].all, cases[i].messages, cases[i].lang };

		for (size_t k = 0; k < COUNT(names); k++)
			assert_int_equal(values[k] ? setenv(names[k], values[k], 1) :
						     unsetenv(names[k]), 0);
		if (language_is_chinese() != cases[i].chinese)
			fail_msg("case %zu", i);
	}
	/* setlocale() has not been called: the C locale, as where the named one is not there */
	assert_int_equal(setenv("LC_ALL", "zh_CN.UTF-8", 1), 0);
	assert_true(language_is_utf8());
	assert_int_equal(setenv("LC_ALL", "zh_CN.GB18030", 1), 0);
	assert_false(language_is_utf8());
	assert_int_equal(setenv("LC_ALL", "C", 1), 0);
	assert_false(language_is_utf8());
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_width),
		cmocka_unit_test(test_language),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
