/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Handshakes in trouble: what a scenario says of them, and what was told. */
#ifndef SELFTEST_DROP_H
#define SELFTEST_DROP_H

#include <stdbool.h>
#include <stdio.h>

#include "selftest/observed.h"

enum { DROP_TEXT = 96 };

/* The n-th line of a scenario's; false: there is none. */
bool drop_line(const struct scenario *scenario, size_t n, char to[DROP_TEXT]);
/* The BPF program that a line needs. */
const char *drop_program(const char *line);
/* Whether it was told, once or more; what was, goes to `why`. */
bool drop_check(const struct test_case *test, const char *line, const struct observed *observed,
		FILE *why);
/*
 * Whether nothing else was: but for SYN-ACKs that are sent again, which a slow machine does of
 * itself.
 */
bool drop_is_expected(const struct case_list *cases, const struct ts_drop *drop, FILE *why);

#endif
