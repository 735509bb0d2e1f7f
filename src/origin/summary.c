// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What became of the stacks: the sums of the kernel side and of the collector. */
#include "origin/origin.h"
#include "tracer/tracer.h"

void origin_summarize(const struct tracer *tracer, struct stack_collector *collector,
		      struct origin_summary *summary)
{
	struct origin_counts counts;

	tracer_count_origins(tracer, &counts);
	*summary = (struct origin_summary){ .unwound = stack_collector_unwound(collector),
					    .known = counts.known };
	for (int i = 0; i < ORIGIN_REFUSALS; i++)
		summary->refused[i] = stack_collector_refused(collector, i);
	summary->refused[ORIGIN_REFUSED_RATE] += counts.lost;
	tracer_each_origin_user(tracer, stack_collector_add_lost, collector);
	summary->n = stack_collector_losses(collector, summary->users, ORIGIN_USERS);
}
