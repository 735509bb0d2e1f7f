/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Hints for words of ss and netstat that tcpstate spells in another way. */
#ifndef CLI_FOREIGN_H
#define CLI_FOREIGN_H

#include <stddef.h>

enum { FOREIGN_TEXT = 256 };

/* The hint for a long option, without its dashes, or for a letter; NULL: there is none. */
const char *foreign_option(const char *name, size_t length);
const char *foreign_letter(char letter);

/*
 * The options that say the same as a filter of ss, such as `state established dport = :80`. Returns
 * text, which has FOREIGN_TEXT bytes, or NULL: the words are not such a filter.
 */
const char *foreign_filter(char *const *words, int n, char *text);

#endif
