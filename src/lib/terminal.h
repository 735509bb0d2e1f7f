/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The terminal that a descriptor may be; the characters and the language that the locale asks for. */
#ifndef LIB_TERMINAL_H
#define LIB_TERMINAL_H

#include <stdbool.h>

enum { TERMINAL_TEXT_WIDTH = 80 };

/* Cells of a line; 0: not a terminal, or its width is unknown. */
unsigned terminal_width(int fd);
/* Cells for running text: the terminal's, from 40 to `most`, or else TERMINAL_TEXT_WIDTH. */
unsigned terminal_text_width(int fd, unsigned most);
/* The default of --color: a terminal, unless TERM is "dumb" or NO_COLOR is set and not empty. */
bool terminal_wants_color(int fd);
/* Whether the terminal takes UTF-8, by the locale that setlocale() has set. */
bool terminal_is_utf8(void);
/* The same, or by the name of a locale that is not installed (zh_CN.UTF-8 in a small container). */
bool locale_is_utf8(void);
/* Whether LC_ALL, LC_MESSAGES or LANG names a Chinese locale. */
bool locale_is_chinese(void);

#endif
