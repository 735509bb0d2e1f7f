/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* From test cases and observed transitions to TAP results. */
#ifndef SELFTEST_REPORT_H
#define SELFTEST_REPORT_H

#include <stdbool.h>

#include "lib/error.h"
#include "selftest/check.h"
#include "selftest/hidden.h"
#include "selftest/stress.h"
#include "selftest/tap.h"
#include "tracer/tracer.h"

/* Sockets per state at one moment. */
struct state_counts {
	bool taken;
	int64_t traced[TS_STATES]; /* by tcpstate */
	int64_t listed[TS_STATES]; /* by /proc/net/tcp */
};

struct run {
	struct case_list *cases;
	struct observed observed;
	struct stress stress;
	enum hook_tier tier;
	struct run_facts facts;
	struct sightings sightings;
	struct counters quiet;	   /* before the stress case */
	struct counters counters;  /* at the end */
	uint64_t hooks_skipped;	   /* tracer_hooks_skipped(), at the end */
	struct state_counts begun; /* at the start of the trace */
	struct state_counts held;  /* with sockets in many states */
	struct state_counts ended; /* at the end */
	bool whole;		   /* all scenarios run */
	bool long_tests;	   /* --long */
	bool has_ipv6;
	int verbosity;
	char *programs;	    /* attached BPF programs, one a line; NULL: unknown yet */
	struct step *steps; /* STEPS_MAX for each test case */
	int *n_steps;
};

/* Parses all expectations. Returns 0 or -errno (-EBADMSG: a malformed one, a bug of this program). */
int run_parse(struct run *run, struct error *error);
void run_free(struct run *run);

/* The reason to skip a test case; NULL: it runs. */
const char *run_skips(const struct run *run, const struct test_case *test);
unsigned run_plan(const struct run *run);
/* True if all expected transitions of a test case were observed. */
bool run_is_complete(const struct run *run, const struct test_case *test);
void run_report(const struct run *run, struct tap *tap);

#endif
