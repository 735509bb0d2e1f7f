/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Compares what was expected of a playing with what was seen, whole, and says how they differ. */
#ifndef SELFTEST_CHECK_H
#define SELFTEST_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "selftest/observed.h"

/* What all transitions of a run have in common. */
struct run_facts {
	uint32_t netns;
	uint32_t uid;
};

/* One playing under examination. */
struct check {
	const struct test_case *test;
	const struct step *steps; /* what was expected */
	size_t n;
	const struct observed *observed;
	const struct run_facts *facts;
	FILE *why; /* takes the differences, each line begun with "# " */
};

/* All sockets, every step that has no test of its own, in order, and nothing else. */
bool check_case(const struct check *check);
/* One step that has: those that tracepoints alone do not show. */
bool check_hooked_step(const struct check *check, const struct step *step);
/* All that the sockets did, for a reader. */
void check_print_observed(const struct test_case *test, const struct observed *observed, FILE *out);

/* A step's text as expectations have it, from what was seen. */
void check_describe(const struct test_case *test, const struct ts_transition *t, char *to,
		    size_t size);
/* The same of a handshake in trouble. */
void check_describe_drop(const struct test_case *test, const struct ts_drop *drop, char *to,
			 size_t size);
/*
 * What holds for every transition whatever the scenario: addresses, times, role, id, totals.
 * Each thing that does not is a line.
 */
bool check_invariants(const struct check *check, const struct observed_socket *socket);

static inline bool step_is_of(const struct step *step, const struct observed_socket *socket)
{
	return step->socket == socket->name && step->nth == socket->nth;
}

static inline bool step_has_pair(const struct step *step, const struct ts_transition *t)
{
	return step->old_state == t->old_state && step->new_state == t->new_state;
}

/* As many ' as a socket's name takes. */
static inline const char *marks_of(uint8_t nth)
{
	static const char marks[] = "''''''''";

	return marks + (nth < sizeof(marks) - 1 ? sizeof(marks) - 1 - nth : 0);
}

#endif
