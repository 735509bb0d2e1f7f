/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Plays scenarios, many at a time: hands each actor its steps. */
#ifndef SELFTEST_RUNNER_H
#define SELFTEST_RUNNER_H

#include "selftest/case.h"

/* How many playings keep the machine busy; those that wait for a long time do not. */
unsigned stage_busy(const struct stage *stage);
void stage_begin(struct stage *stage, struct play *play);
/* Hands out steps, takes answers, looks what is awaited. -errno: cannot go on. */
int stage_round(struct stage *stage);

#endif
