// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Escapes bytes from outside (command names, paths, host names) so that they cannot control a
 * terminal and are valid JSON.
 */
#include "lib/format.h"

#include "lib/utf8.h"

static const char hex_digits[] = "0123456789abcdef";

/* Not control characters, nor invisible ones that reorder or hide their neighbours. */
static bool is_printable(uint32_t c)
{
	static const struct {
		uint32_t first, last;
	} hidden[] = {
		{ 0, 0x1f },	    { 0x7f, 0x9f },	{ 0xad, 0xad },	      { 0x61c, 0x61c },
		{ 0x180e, 0x180e }, { 0x200b, 0x200f }, { 0x2028, 0x202e },   { 0x2060, 0x206f },
		{ 0xfeff, 0xfeff }, { 0xfff9, 0xfffb }, { 0xe0000, 0xe007f },
	};

	for (size_t i = 0; i < sizeof(hidden) / sizeof(hidden[0]); i++) {
		if (c >= hidden[i].first && c <= hidden[i].last)
			return false;
	}
	return true;
}

static bool is_plain(uint8_t c)
{
	return c >= 0x20 && c < 0x7f && c != '\\' && c != '"';
}

char *format_escaped(char *at, const char *bytes, size_t n)
{
	const uint8_t *s = (const uint8_t *)bytes;

	for (size_t i = 0; i < n; i++) {
		*at++ = '\\';
		*at++ = 'x';
		*at++ = hex_digits[s[i] >> 4];
		*at++ = hex_digits[s[i] & 15];
	}
	return at;
}

char *format_text(char *at, const char *bytes, size_t n, bool utf8)
{
	const uint8_t *s = (const uint8_t *)bytes;
	const uint8_t *end = s + n;

	while (s < end) {
		unsigned length;
		uint32_t c;

		if (is_plain(*s)) {
			*at++ = (char)*s++;
			continue;
		}
		length = utf8_decode((const char *)s, (size_t)(end - s), &c);
		if (!length || !is_printable(c) || c == '\\' || (c >= 0x80 && !utf8)) {
			length = length ? length : 1;
			at = format_escaped(at, (const char *)s, length);
		} else {
			memcpy(at, s, length);
			at += length;
		}
		s += length;
	}
	return at;
}

/* The first bytes of a sequence that is cut off by the end of the text. */
static bool is_cut(const uint8_t *s, size_t n)
{
	size_t length = s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : 2;

	if (s[0] < 0xc2 || s[0] > 0xf4 || n >= length)
		return false;
	for (size_t i = 1; i < n; i++)
		if ((s[i] & 0xc0) != 0x80)
			return false;
	return true;
}

char *format_masked(char *at, const char *bytes, size_t n)
{
	const uint8_t *s = (const uint8_t *)bytes;
	const uint8_t *end = s + n;

	for (uint32_t c = 0; s < end;) {
		unsigned length = utf8_decode((const char *)s, (size_t)(end - s), &c);
		bool fine = length ? is_printable(c) : *s >= 0xa0;

		if (!length && is_cut(s, (size_t)(end - s))) {
			length = (unsigned)(end - s);
			fine = true;
		}
		length = length ? length : 1;
		if (fine)
			memcpy(at, s, length);
		else
			memset(at, '?', length);
		at += length;
		s += length;
	}
	return at;
}

static char *json_unit(char *at, uint32_t unit)
{
	*at++ = '\\';
	*at++ = 'u';
	for (int shift = 12; shift >= 0; shift -= 4)
		*at++ = hex_digits[unit >> shift & 15];
	return at;
}

static char *json_escape(char *at, uint32_t c)
{
	if (c == '"' || c == '\\') {
		*at++ = '\\';
		*at++ = (char)c;
		return at;
	}
	if (c < 0x10000)
		return json_unit(at, c);
	at = json_unit(at, 0xd800 + ((c - 0x10000) >> 10));
	return json_unit(at, 0xdc00 + ((c - 0x10000) & 0x3ff));
}

char *format_json(char *at, const char *bytes, size_t n)
{
	const uint8_t *s = (const uint8_t *)bytes;
	const uint8_t *end = s + n;

	while (s < end) {
		unsigned length;
		uint32_t c;

		if (is_plain(*s)) {
			*at++ = (char)*s++;
			continue;
		}
		length = utf8_decode((const char *)s, (size_t)(end - s), &c);
		if (!length) {
			at = json_unit(at, 0xfffd);
			length = 1;
		} else if (c == '"' || c == '\\' || !is_printable(c)) {
			at = json_escape(at, c);
		} else {
			memcpy(at, s, length);
			at += length;
		}
		s += length;
	}
	return at;
}
