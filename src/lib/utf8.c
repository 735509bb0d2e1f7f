// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The one decoder, the one answer to how wide a character is, and the one place that wraps. */
#include "lib/utf8.h"

#include <stdbool.h>
#include <string.h>
#include <wchar.h>

unsigned utf8_decode(const char *text, size_t n, uint32_t *code)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	const uint8_t *s = (const uint8_t *)text;
	unsigned length = s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : 2;
	uint32_t c;

	if (s[0] < 0x80) {
		*code = s[0];
		return 1;
	}
	if (s[0] < 0xc0 || s[0] > 0xf4 || n < length)
		return 0;
	c = s[0] & (0x7fu >> length);
	for (unsigned i = 1; i < length; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (s[i] & 0x3f);
	}
	if (c < least[length] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		return 0;
	*code = c;
	return length;
}

/* The next character; a byte that is not valid UTF-8 is U+FFFD. n > 0. */
static size_t take(const char *text, size_t n, uint32_t *code)
{
	unsigned length = utf8_decode(text, n, code);

	if (!length)
		*code = 0xfffd;
	return length ? length : 1;
}

/* Unicode's East Asian Wide and Fullwidth, coarsely: characters that the locale does not know. */
static bool is_wide(uint32_t c)
{
	static const struct {
		uint32_t first, last;
	} ranges[] = {
		{ 0x1100, 0x115f },   { 0x2e80, 0x303e },   { 0x3041, 0xa4cf }, { 0xac00, 0xd7a3 },
		{ 0xf900, 0xfaff },   { 0xfe30, 0xfe6f },   { 0xff01, 0xff60 }, { 0xffe0, 0xffe6 },
		{ 0x1f300, 0x1f64f }, { 0x20000, 0x3fffd },
	};

	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
		if (c >= ranges[i].first && c <= ranges[i].last)
			return true;
	return false;
}

/* wcwidth() is -1 for unassigned characters, and for all but ASCII in the locale C. */
static unsigned cells_of(uint32_t c)
{
	int cells = c < 0x80 ? 1 : wcwidth((wchar_t)c);

	return cells >= 0 ? (unsigned)cells : is_wide(c) ? 2 : 1;
}

size_t utf8_width(const char *text, size_t n)
{
	size_t cells = 0;

	while (cells < n && (uint8_t)text[cells] < 0x80) /* mostly all of it */
		cells++;
	for (size_t at = cells; at < n;) {
		uint32_t code;

		at += take(text + at, n - at, &code);
		cells += cells_of(code);
	}
	return cells;
}

static bool is_one_of(uint32_t c, const char *set)
{
	for (size_t at = 0, n = strlen(set); at < n;) {
		uint32_t member;

		at += take(set + at, n - at, &member);
		if (member == c)
			return true;
	}
	return false;
}

/* A number stays with the Chinese unit behind it. */
static bool may_break(uint32_t earlier, uint32_t before, uint32_t after)
{
	bool wide = cells_of(after) == 2;

	if (before == ' ')
		return after != ' ' && !(earlier >= '0' && earlier <= '9' && wide);
	if (!wide && cells_of(before) != 2)
		return false;
	return after != ' ' && !is_one_of(after, "，。、；：？！）》」』”,.;:?!)") &&
	       !is_one_of(before, "（《「『“(");
}

size_t utf8_wrap(const char *text, size_t cells, size_t *next)
{
	size_t n = strlen(text), at = 0, used = 0, best = 0;
	uint32_t earlier = 0, before = 0;

	while (at < n) {
		uint32_t code;
		size_t length = take(text + at, n - at, &code);

		if (at && may_break(earlier, before, code))
			best = at;
		used += cells_of(code);
		if (used > cells && best && code != ' ')
			break;
		earlier = before;
		before = code;
		at += length;
	}
	if (at == n)
		best = n;
	*next = best;
	while (best && text[best - 1] == ' ')
		best--;
	return best;
}

void utf8_print_wrapped(FILE *out, unsigned width, unsigned indent, unsigned at, const char *text)
{
	for (; *text; at = 0) {
		unsigned from = at ? at : indent;
		size_t next, n = utf8_wrap(text, width > from ? width - from : 1, &next);

		(void)fprintf(out, "%*s%.*s\n", at ? 0 : (int)indent, "", (int)n, text);
		text += next;
	}
}
