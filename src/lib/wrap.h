/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Lines of a text, by display width: at blanks, and between Chinese characters. */
#ifndef LIB_WRAP_H
#define LIB_WRAP_H

#include <stddef.h>

/* Terminal cells of UTF-8, whatever the locale is. */
size_t wrap_width(const char *text, size_t n);
/*
 * How many bytes of text make its first line of at most `cells`; *next: where the second line
 * begins. A line begins with no closing mark and ends with no opening one, unless nothing else
 * fits; a word is cut by nothing, and may be too wide.
 */
size_t wrap_line(const char *text, size_t cells, size_t *next);

#endif
