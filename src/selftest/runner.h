/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Plays scenarios, many at a time: hands each actor its steps. */
#ifndef SELFTEST_RUNNER_H
#define SELFTEST_RUNNER_H

#include "selftest/case.h"

/* How many playings keep the machine busy; those that wait for a long time do not. */
unsigned runner_busy(const struct case_list *cases);
void runner_begin(struct case_list *cases, struct test_case *test);
/* Hands out steps, takes answers, looks what is awaited. -errno: cannot go on. */
int runner_poll(struct case_list *cases);

#endif
