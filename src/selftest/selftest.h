/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The inside of the command selftest: playing with a tracer looking on. */
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
	struct options traced; /* what the tracer is asked for */
	const char *group;     /* of scenarios, that is played now */
	int resident;	       /* a listener that is always there */
	int wait_ms;
	uint64_t over_ns; /* when the last playing ended */
	uint64_t checked_ns;
	uint64_t drained_ns;
	bool interrupted;
};

/* Those that begin before the trace, as far as it. */
int selftest_run_before(struct selftest *self);
/* All others but the storm; then the counters are looked at. */
int selftest_run_quiet(struct selftest *self);
int selftest_run_stress(struct selftest *self);

#endif
