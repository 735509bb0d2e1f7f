/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Compares all expected and observed transitions of a test case. */
#ifndef SELFTEST_CHECK_H
#define SELFTEST_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "selftest/observed.h"

/* Values common to all transitions of a run. */
struct run_facts {
	uint32_t netns;
	uint32_t uid;
};

/* The input of a comparison. */
struct check {
	const struct test_case *test;
	const struct step *steps; /* expected */
	size_t n;
	const struct observed *observed;
	const struct run_facts *facts;
	unsigned order; /* the lawful order to compare with; check_case() chooses it */
	FILE *why;	/* receives the differences as lines that begin with "# " */
};

/*
 * Compares all sockets: every step without its own test, in order, and no other transition. If several
 * orders are lawful, all sockets must have the same one of them.
 */
bool check_case(const struct check *check);
/* Compares one step with its own test: tracepoints alone do not show it. */
bool check_hooked_step(const struct check *check, const struct step *step);
/* Prints all observed transitions of the test case. */
void check_print_observed(const struct test_case *test, const struct observed *observed, FILE *out);

/* The text of a transition in the form of struct step's text. */
void check_describe(const struct test_case *test, const struct ts_transition *t, char *to,
		    size_t size);
/* The same for a handshake drop. */
void check_describe_drop(const struct test_case *test, const struct ts_drop *drop, char *to,
			 size_t size);
/*
 * Checks what must hold for every transition: addresses, times, role, id, totals. Prints one
 * line for each violation.
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

/* nth apostrophes after a socket's name. */
static inline const char *marks_of(uint8_t nth)
{
	static const char marks[] = "''''''''";

	return marks + (nth < sizeof(marks) - 1 ? sizeof(marks) - 1 - nth : 0);
}

#endif
