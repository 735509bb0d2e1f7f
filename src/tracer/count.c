// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Reads the counters, and adds the counts that the kernel side leaves to user space. */
#include "tracer/internal.h"

#include <errno.h>
#include <string.h>

#include <bpf/bpf.h>

#include <tcpstate/record.h>

/* Returns how often the kernel skipped a program because it was running already. */
static uint64_t program_misses(const struct bpf_program *program)
{
	struct bpf_prog_info info = { 0 };
	uint32_t size = sizeof(info);

	if (bpf_obj_get_info_by_fd(bpf_program__fd(program), &info, &size))
		return 0;
	return info.recursion_misses;
}

uint64_t tracer_hooks_skipped(const struct tracer *tracer)
{
	struct bpf_program *program;
	uint64_t skipped = 0;

	bpf_object__for_each_program(program, tracer->bpf->obj)
		if (bpf_program__fd(program) >= 0 && program != tracer->bpf->progs.set_state &&
		    program != tracer->bpf->progs.set_state_again)
			skipped += program_misses(program);
	return skipped;
}

struct pending_count {
	const struct ts_filter *filter;
	struct counters *counters;
};

/* Adds a transition that the kernel side counts only at the next transition of the socket. */
static int count_pending_port(void *context, uint64_t id, const void *value)
{
	const struct pending_count *count = context;
	const struct ts_pending_port *entry = value;

	if (!entry->pending || !entry->lport ||
	    ts_filter_ports(count->filter, entry->lport, entry->rport, 0) != TS_YES)
		return 0;
	count->counters->transitions[entry->old_state][entry->new_state]++;
	count->counters->sockets[entry->new_state]++;
	return 0;
}

static void count_pending_ports(const struct tracer *tracer, struct counters *counters)
{
	struct pending_count count = {
		.filter = (const void *)&tracer->bpf->rodata->cfg_filter,
		.counters = counters,
	};

	(void)map_each(tracer->bpf->maps.pending_ports, count_pending_port, &count);
}

void tracer_count(const struct tracer *tracer, struct counters *counters)
{
	uint64_t recovered = 0, misses = program_misses(tracer->bpf->progs.set_state);

	memset(counters, 0, sizeof(*counters));
	for (unsigned cpu = 0; cpu < tracer->facts.cpus; cpu++) {
		const struct ts_slot *slot = &tracer->slots[cpu];

		for (int old = 0; old < TS_STATES; old++) {
			for (int new_state = 0; new_state < TS_STATES; new_state++)
				counters->transitions[old][new_state] += load_relaxed(
					&slot->transitions[old][new_state]);
			counters->sockets[old] += __atomic_load_n(&slot->sockets[old],
								  __ATOMIC_RELAXED);
		}
		counters->lost += load_relaxed(&slot->lost);
		counters->without_record += load_relaxed(&slot->without_record);
		counters->half_opens_lost += load_relaxed(&slot->half_opens_refused);
		counters->ports_lost += load_relaxed(&slot->ports_refused);
		counters->listeners_lost += load_relaxed(&slot->listeners_refused);
		recovered += load_relaxed(&slot->recovered);
	}
	counters->underived = !tracer->filtered;
	if (tracer->bpf->rodata->cfg_filter.on & (TS_BY_LPORT | TS_BY_PORT))
		count_pending_ports(tracer, counters);
	/* misses were read first, so that a recovery in between is not taken for a miss */
	counters->missed = misses > recovered ? misses - recovered : 0;
}

bool tracer_follows_minisocks(const struct tracer *tracer)
{
	return tracer->bpf->rodata->cfg_requests && tracer->bpf->rodata->cfg_timewaits;
}

int tracer_count_minisocks(struct tracer *tracer, struct counters *counters)
{
	struct tcpstate_bpf__bss *bss = tracer->bpf->bss;
	int missed;

	if (tracer_follows_minisocks(tracer)) {
		tracer_count(tracer, counters);
		return 0;
	}

	memset(bss->snapshot_minisocks, 0, sizeof(bss->snapshot_minisocks));
	missed = tracer_scan(tracer);
	tracer_count(tracer, counters);
	if (missed < 0 || tracer->minisocks_unknown)
		return missed < 0 ? missed : 0;
	for (int state = 0; state < TS_STATES; state++)
		counters->sockets[state] += (int64_t)bss->snapshot_minisocks[state];
	return missed;
}
