// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "cmd/coverage.h"

#include <inttypes.h>

#include "lib/error.h"
#include "system/netns_ways.h"
#include "tracer/tracer.h"

/* Sockets that a process has open are found by its files. */
#define MISSING "sockets without a process there are unknown"

static void note_hidden(const struct tracer_facts *facts, int verbosity)
{
	const unsigned n = facts->netns_hidden;
	char remedy[PRIVILEGE_TEXT];

	if (netns_ways_remedy(remedy))
		note(verbosity, "cannot find %u network namespace%s: " MISSING ": %s", n,
		     n == 1 ? "" : "s", remedy);
	else
		note(verbosity,
		     "no process, descriptor or mount leads to %u network namespace%s (%" PRIu32
		     "%s): " MISSING,
		     n, n == 1 ? "" : "s", facts->netns_hidden_first, n == 1 ? "" : ", ...");
}

void coverage_note(const struct tracer_facts *facts, int verbosity)
{
	const unsigned failed = facts->ready.netns_missed - facts->netns_hidden;

	if (failed)
		note(verbosity,
		     "cannot enter %u network namespace%s: " MISSING " (needs CAP_SYS_ADMIN)",
		     failed, failed == 1 ? "" : "s");
	if (facts->netns_hidden)
		note_hidden(facts, verbosity);
	if (facts->netns_unknown)
		note(verbosity,
		     "cannot read the network namespace of %u process%s: in namespaces that only "
		     "they use, sockets without a process are unknown",
		     facts->netns_unknown, facts->netns_unknown == 1 ? "" : "es");
}
