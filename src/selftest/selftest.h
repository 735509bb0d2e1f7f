/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A selftest run: test cases, tracer and event stream in one loop. */
#ifndef SELFTEST_SELFTEST_H
#define SELFTEST_SELFTEST_H

#include "events/ring_source.h"
#include "events/stream.h"
#include "lib/loop.h"
#include "selftest/report.h"
#include "tracer/tracer.h"

enum { SELFTEST_POLL_MS = 5 };

struct selftest_config {
	char **patterns; /* names of test cases, shell patterns */
	int n_patterns;	 /* 0: all test cases */
	enum hook_tier tier;
	size_t buffer_bytes;	     /* as tracer_config's */
	const char *disable_program; /* as tracer_config's */
	bool long_tests;	     /* run those that take more than a minute */
	int verbosity;
	bool debug;
};

struct selftest {
	struct run run;
	struct loop *loop;
	struct tracer *tracer;
	struct stream *stream;
	struct ring_source *source;
	struct witness_bpf *witness; /* NULL: this kernel cannot load it */
	const char *group;	     /* the group that runs now */
	int wait_ms;
	uint64_t over_ns; /* when the last test case ended */
	uint64_t checked_ns;
	uint64_t drained_ns;
	bool interrupted;
};

/*
 * Selects the test cases. Returns 0, or -errno with error set (-ENOENT: no test case matches).
 * selftest_free() is due in either case.
 */
int selftest_new(const struct selftest_config *config, struct selftest *self, struct error *error);
void selftest_free(struct selftest *self);

/*
 * Enters a network namespace, starts the trace, and runs the test cases that are older than the
 * trace up to it. Returns 0, or -errno with error set where the kernel or a privilege is missing.
 */
int selftest_start(const struct selftest_config *config, struct selftest *self,
		   struct error *error);

/* Runs the other test cases. Returns 0 or -errno; -EINTR: interrupted. */
int selftest_run(struct selftest *self);

/* groups.c: runs the test cases that start before the trace, up to their `trace` step. */
int selftest_run_before(struct selftest *self);
/* Runs all others except the stress case, then compares the state counts. */
int selftest_run_quiet(struct selftest *self);
int selftest_run_stress(struct selftest *self);

#endif
