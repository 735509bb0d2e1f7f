/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Which language and characters the locale's environment asks for. */
#ifndef EXPLAIN_LANGUAGE_H
#define EXPLAIN_LANGUAGE_H

#include <stdbool.h>

/* Whether LC_ALL, LC_MESSAGES or LANG names a Chinese locale. */
bool language_is_chinese(void);
/*
 * Does the terminal take UTF-8? That of the locale that setlocale() has set; where the one asked
 * for is not installed (a small container), that of its name: zh_CN.UTF-8.
 */
bool language_is_utf8(void);

#endif
