// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Breaks lines as Chinese and English do. */
#include "lib/wrap.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* One character of what is valid UTF-8; a byte that is not counts as itself. */
static size_t take(const char *text, size_t n, uint32_t *code)
{
	const uint8_t *s = (const uint8_t *)text;
	size_t length = s[0] < 0xc0 ? 1 : s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;

	if (length == 1 || length > n) {
		*code = s[0];
		return 1;
	}
	*code = s[0] & (0x7fu >> length);
	for (size_t i = 1; i < length; i++)
		*code = *code << 6 | (s[i] & 0x3fu);
	return length;
}

/* Unicode's East Asian Wide and Fullwidth, as far as texts have them. */
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

static bool is_one_of(uint32_t c, const char *set)
{
	size_t n = strlen(set);

	while (n) {
		uint32_t member;
		size_t length = take(set, n, &member);

		if (member == c)
			return true;
		set += length;
		n -= length;
	}
	return false;
}

/* A number stays with the Chinese unit behind it. */
static bool may_break(uint32_t earlier, uint32_t before, uint32_t after)
{
	if (before == ' ')
		return after != ' ' && !(earlier >= '0' && earlier <= '9' && is_wide(after));
	if (!is_wide(before) && !is_wide(after))
		return false;
	return after != ' ' && !is_one_of(after, "，。、；：？！）》」』”,.;:?!)") &&
	       !is_one_of(before, "（《「『“(");
}

size_t wrap_width(const char *text, size_t n)
{
	size_t cells = 0;

	while (n) {
		uint32_t code;
		size_t length = take(text, n, &code);

		cells += is_wide(code) ? 2 : 1;
		text += length;
		n -= length;
	}
	return cells;
}

size_t wrap_line(const char *text, size_t cells, size_t *next)
{
	size_t n = strlen(text), at = 0, used = 0, best = 0;
	uint32_t earlier = 0, before = 0;

	while (at < n) {
		uint32_t code;
		size_t length = take(text + at, n - at, &code);

		if (at && may_break(earlier, before, code))
			best = at;
		used += is_wide(code) ? 2 : 1;
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
