/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The language and the characters that the locale asks for. */
#ifndef EXPLAIN_LANGUAGE_H
#define EXPLAIN_LANGUAGE_H

#include <stdbool.h>

/* Whether LC_ALL, LC_MESSAGES or LANG names a Chinese locale. */
bool language_is_chinese(void);
/*
 * Whether the terminal takes UTF-8: by the locale that setlocale() has set, or by the name of one that is
 * not installed (zh_CN.UTF-8 in a small container).
 */
bool language_is_utf8(void);

#endif
