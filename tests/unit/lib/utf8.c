// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Decoding, cells, lines of English and Chinese. */
#include <fcntl.h>
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/terminal.h"
#include "lib/utf8.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

/* The lines with a bar between them. */
static void wraps(const char *text, size_t cells, const char *expected)
{
	char lines[512] = "";

	while (*text) {
		size_t next, n = utf8_wrap(text, cells, &next);

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
	assert_int_equal(utf8_width("abc", 3), 3);
	assert_int_equal(utf8_width("状态", 6), 4);
	assert_int_equal(utf8_width("→│", 6), 2);
	assert_int_equal(utf8_width("：（", 6), 4);
	/* Invalid: a cell for each byte. */
	assert_int_equal(utf8_width("\xff\xe4\xbb", 3), 3);
}

/* The ends of ranges, the same in every locale unless the C locale has no answer. */
static void test_width_of_characters(void **state)
{
	static const struct {
		const char *text;
		unsigned cells;
		bool in_utf8_only; /* combining or invisible */
	} cases[] = {
		{ "\u10ff", 1, false },	   { "\u1100", 2, false },
		{ "\u115f", 2, false },	   { "\u2e7f", 1, false },
		{ "\u2e80", 2, false },	   { "\u303e", 2, false },
		{ "\u303f", 1, false },	   { "\u3041", 2, false },
		{ "\ua4c6", 2, false },	   { "\ua4d0", 1, false },
		{ "\uabff", 1, false },	   { "\uac00", 2, false },
		{ "\ud7a3", 2, false },	   { "\uff00", 1, false }, /* unassigned: -1 */
		{ "\uff01", 2, false },	   { "\uff60", 2, false },
		{ "\uff61", 1, false },	   { "\uffe6", 2, false },
		{ "\uffe7", 1, false },	   { "\U0001f300", 2, false },
		{ "\U00020000", 2, false },  { "\U0003134b", 2, false }, /* unassigned */
		{ "\U0003ffff", 1, false },  { "\U0010ffff", 1, false },
		{ "\u0378", 1, false }, /* unassigned */
		{ "\u200a", 1, false },	   { "\u200b", 0, true },
		{ "\u200f", 0, true },	   { "\u2010", 1, false },
		{ "\u0300", 0, true },	   { "\u036f", 0, true },
		{ "\u0370", 1, false },
	};
	bool utf8 = setlocale(LC_CTYPE, "C.UTF-8");

	(void)state;
	for (int pass = 0; pass < (utf8 ? 2 : 1); pass++) {
		assert_non_null(setlocale(LC_CTYPE, pass ? "C.UTF-8" : "C"));
		for (size_t i = 0; i < COUNT(cases); i++) {
			size_t cells = utf8_width(cases[i].text, strlen(cases[i].text));

			if (cells != (pass || !cases[i].in_utf8_only ? cases[i].cells : 1))
				fail_msg("case %zu in pass %d: %zu cells", i, pass, cells);
		}
	}
	(void)setlocale(LC_CTYPE, "C");
}

static void test_decode(void **state)
{
	static const struct {
		const char *text;
		size_t n;
		unsigned length;
		uint32_t code;
	} cases[] = {
		{ "A", 1, 1, 'A' },
		{ "\0", 1, 1, 0 },
		{ "\x7f", 1, 1, 0x7f },
		{ "\x80", 1, 0, 0 },
		{ "\xc1\xbf", 2, 0, 0 }, /* not the shortest form */
		{ "\xc2\x80", 2, 2, 0x80 },
		{ "\xdf\xbf", 2, 2, 0x7ff },
		{ "\xe0\x9f\xbf", 3, 0, 0 },
		{ "\xe0\xa0\x80", 3, 3, 0x800 },
		{ "\xed\x9f\xbf", 3, 3, 0xd7ff },
		{ "\xed\xa0\x80", 3, 0, 0 }, /* surrogates */
		{ "\xed\xbf\xbf", 3, 0, 0 },
		{ "\xee\x80\x80", 3, 3, 0xe000 },
		{ "\xf0\x8f\xbf\xbf", 4, 0, 0 },
		{ "\xf0\x90\x80\x80", 4, 4, 0x10000 },
		{ "\xf4\x8f\xbf\xbf", 4, 4, 0x10ffff },
		{ "\xf4\x90\x80\x80", 4, 0, 0 },
		{ "\xf5\x80\x80\x80", 4, 0, 0 },
		{ "\xe4\xbb\x80", 2, 0, 0 }, /* cut */
		{ "\xe4\x41\x80", 3, 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		uint32_t code = 0;

		if (utf8_decode(cases[i].text, cases[i].n, &code) != cases[i].length ||
		    code != cases[i].code)
			fail_msg("case %zu: U+%04x", i, code);
	}
}

static void test_print_wrapped(void **state)
{
	char text[256] = "";
	FILE *out = fmemopen(text, sizeof(text), "w");

	(void)state;
	assert_non_null(out);
	utf8_print_wrapped(out, 10, 2, 0, "one two three");
	(void)fputs("key: ", out);
	utf8_print_wrapped(out, 10, 3, 5, "one two three");
	utf8_print_wrapped(out, 2, 4, 0, "a b"); /* the indent alone is too wide */
	utf8_print_wrapped(out, 10, 2, 0, "");
	assert_int_equal(fclose(out), 0);
	assert_string_equal(text, "  one two\n  three\nkey: one\n   two\n   three\n    a\n    b\n");
}

static void test_terminal(void **state)
{
	int fds[2];

	(void)state;
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(terminal_width(fds[1]), 0);
	assert_int_equal(terminal_text_width(fds[1], 100), 80);
	assert_false(terminal_wants_color(fds[1]));
	assert_int_equal(close(fds[0]) | close(fds[1]), 0);
}

/* A terminal of its own: its width, and each setting of the environment. */
static void test_pseudo_terminal(void **state)
{
	static const struct {
		unsigned short columns;
		unsigned width;
	} widths[] = { { 0, 80 }, { 20, 40 }, { 99, 99 }, { 300, 120 } };
	static const struct {
		const char *no_color, *term;
		bool color;
	} colors[] = {
		{ NULL, "xterm", true },  { "", "xterm", true },  { "1", "xterm", false },
		{ NULL, "dumb", false },  { NULL, NULL, false },
	};
	int fd = posix_openpt(O_RDWR | O_NOCTTY), terminal;

	(void)state;
	if (fd < 0 || grantpt(fd) || unlockpt(fd))
		skip();
	terminal = open(ptsname(fd), O_RDWR | O_NOCTTY);
	assert_true(terminal >= 0);
	for (size_t i = 0; i < COUNT(widths); i++) {
		struct winsize size = { .ws_row = 24, .ws_col = widths[i].columns };

		assert_int_equal(ioctl(terminal, TIOCSWINSZ, &size), 0);
		assert_int_equal(terminal_width(terminal), widths[i].columns);
		assert_int_equal(terminal_text_width(terminal, 120), widths[i].width);
	}
	for (size_t i = 0; i < COUNT(colors); i++) {
		assert_int_equal(colors[i].no_color ? setenv("NO_COLOR", colors[i].no_color, 1) :
						      unsetenv("NO_COLOR"), 0);
		assert_int_equal(colors[i].term ? setenv("TERM", colors[i].term, 1) :
						  unsetenv("TERM"), 0);
		assert_int_equal(terminal_wants_color(terminal), colors[i].color);
	}
	assert_int_equal(close(terminal) | close(fd), 0);
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
		if (locale_is_chinese() != cases[i].chinese)
			fail_msg("case %zu", i);
	}
	/* setlocale() has not been called: the C locale, as where the named one is not there */
	assert_int_equal(setenv("LC_ALL", "zh_CN.UTF-8", 1), 0);
	assert_true(locale_is_utf8());
	assert_false(terminal_is_utf8());
	assert_int_equal(setenv("LC_ALL", "zh_CN.GB18030", 1), 0);
	assert_false(locale_is_utf8());
	assert_int_equal(setenv("LC_ALL", "C", 1), 0);
	assert_false(locale_is_utf8());
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_width),
		cmocka_unit_test(test_width_of_characters),
		cmocka_unit_test(test_decode),
		cmocka_unit_test(test_print_wrapped),
		cmocka_unit_test(test_terminal),
		cmocka_unit_test(test_pseudo_terminal),
		cmocka_unit_test(test_language),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
