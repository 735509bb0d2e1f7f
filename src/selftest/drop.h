/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Handshakes in trouble: what a scenario says of them, and what was told. */
#ifndef SELFTEST_DROP_H
#define SELFTEST_DROP_H

#include <stdbool.h>
#include <stdio.h>

#include "selftest/observed.h"

enum { TROUBLE_TEXT = 96 };

/* The n-th line of a scenario's; false: there is none. */
bool trouble_line(const struct scenario *scenario, size_t n, char to[TROUBLE_TEXT]);
/* The BPF program that a line needs. */
const char *trouble_program(const char *line);
/* Whether it was told, once or more; what was, goes to `why`. */
bool trouble_check(const struct play *play, const char *line, const struct seen *seen, FILE *why);
/*
 * Whether nothing else was: but for SYN-ACKs that are sent again, which a slow machine does of
 * itself.
 */
bool trouble_is_expected(const struct stage *stage, const struct ts_drop *drop, FILE *why);

#endif
