/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* From what was played and seen to results: which tests there are, and which of them pass. */
#ifndef SELFTEST_REPORT_H
#define SELFTEST_REPORT_H

#include <stdbool.h>

#include "lib/error.h"
#include "selftest/check.h"
#include "selftest/stress.h"
#include "selftest/tap.h"
#include "tracer/tracer.h"

/* Sockets per state at one moment, as both sides list them. */
struct state_counts {
	bool taken;
	int64_t traced[TS_STATES]; /* tcpstate's */
	int64_t listed[TS_STATES]; /* the kernel's, /proc/net/tcp */
};

struct run {
	struct case_list *cases;
	struct observed observed;
	struct stress stress;	      /* the last one */
	struct stress earlier_stress; /* that missed something */
	enum hook_tier tier;
	struct run_facts facts;
	struct counters quiet;	  /* before the storm */
	struct counters counters; /* at the end */
	struct state_counts begun, held,
		ended; /* of the sockets older than the trace; of many; at the end */
	bool whole;    /* all scenarios were wanted */
	bool patient;  /* --long */
	bool has_ipv6;
	unsigned again; /* playings that were played again */
	int verbosity;
	char *programs; /* BPF programs that this kernel gets, one a line; NULL: not known yet */
	struct step *steps; /* STEPS_MAX for each playing */
	int *n_steps;
};

/* Reads all expectations. -EINVAL: one that cannot be read, a mistake in this program. */
int run_parse(struct run *run, struct error *error);
void run_free(struct run *run);

/* Why a playing is not played at all; NULL: it is. */
const char *run_skips(const struct run *run, const struct test_case *test);
unsigned run_plan(const struct run *run);
/* Whether all that a playing should make has come. */
bool run_is_complete(const struct run *run, const struct test_case *test);
bool run_has_stress_passed(const struct run *run);
/* What is wrong with a playing, in lines; the caller frees it. NULL: no memory. */
char *run_examine(const struct run *run, const struct test_case *test);
void run_report(const struct run *run, struct tap *tap);

#endif
