/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* UTF-8: decoding, terminal cells, and lines that break as English and Chinese do. */
#ifndef LIB_UTF8_H
#define LIB_UTF8_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/*
 * Bytes of the character that text begins with, at most n (> 0). Returns 0 for invalid UTF-8
 * (RFC 3629: shortest form, no surrogates, up to U+10FFFF).
 */
unsigned utf8_decode(const char *text, size_t n, uint32_t *code);
/* Terminal cells of a text, whatever the locale is. An invalid byte counts as one. */
size_t utf8_width(const char *text, size_t n);
/*
 * Returns the bytes of the first line of text, at most `cells` wide; *next: where the second line
 * begins. A closing mark does not begin a line and an opening one does not end it, unless nothing
 * else fits. A word is never cut and may be too wide.
 */
size_t utf8_wrap(const char *text, size_t cells, size_t *next);
/*
 * Prints text in lines of at most `width` cells, each indented. `at`: cells that the caller has
 * printed in the first line already, which is then not indented; 0: none.
 */
void utf8_print_wrapped(FILE *out, unsigned width, unsigned indent, unsigned at, const char *text);

#endif
