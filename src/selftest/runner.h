/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Runs many test cases at a time: sends each actor its steps. */
#ifndef SELFTEST_RUNNER_H
#define SELFTEST_RUNNER_H

#include "selftest/case.h"

/* The number of running test cases, except those that wait for a long time. */
unsigned runner_busy(const struct case_list *cases);
/* Does an actor keep a socket's lock? A scan of all sockets would wait for it. */
bool runner_holds_lock(const struct case_list *cases);
void runner_begin(struct case_list *cases, struct test_case *test);
/* Starts steps, receives answers, checks awaited states. Returns 0 or -errno. */
int runner_poll(struct case_list *cases);

#endif
