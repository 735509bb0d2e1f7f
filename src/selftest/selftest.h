/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The state of a selftest run: test cases, tracer and event stream in one loop. */
#ifndef SELFTEST_SELFTEST_H
#define SELFTEST_SELFTEST_H

#include "lib/loop.h"
#include "selftest/report.h"
#include "events/ring_source.h"
#include "events/stream.h"
#include "tracer/tracer.h"

enum { SELFTEST_POLL_MS = 5 };

struct selftest {
	struct run run;
	struct loop *loop;
	struct tracer *tracer;
	struct stream *stream;
	struct ring_source *source;
	struct ts_filter filter; /* of the tracer and the stream */
	const char *group;	 /* the group that runs now */
	int resident;		 /* a listener that stays open */
	int wait_ms;
	uint64_t over_ns; /* when the last test case ended */
	uint64_t checked_ns;
	uint64_t drained_ns;
	bool interrupted;
};

/* Runs the test cases that start before the trace, up to their `trace` step. */
int selftest_run_before(struct selftest *self);
/* Runs all others except the stress case, then compares the state counts. */
int selftest_run_quiet(struct selftest *self);
int selftest_run_stress(struct selftest *self);

#endif
