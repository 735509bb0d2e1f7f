/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Handshake drops: the lines of a scenario, and the observed events. */
#ifndef SELFTEST_DROP_H
#define SELFTEST_DROP_H

#include <stdbool.h>
#include <stdio.h>

#include "selftest/observed.h"

enum { DROP_TEXT = 96 };

/* Copies the n-th line of scenario->drops; false: no such line. */
bool drop_line(const struct scenario *scenario, size_t n, char to[DROP_TEXT]);
/* The BPF program that reports the drop of a line. */
const char *drop_program(const char *line);
/* True if the drop was observed at least once; prints the observed ones to `why`. */
bool drop_check(const struct test_case *test, const char *line, const struct observed *observed,
		FILE *why);
/*
 * True if a scenario expects the drop. Retransmitted SYN-ACKs always are: they happen on any slow
 * machine.
 */
bool drop_is_expected(const struct case_list *cases, const struct ts_drop *drop, FILE *why);

#endif
