// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The end of half-open connections on kernels without hooks on request sockets: a connection that
 * one scan of all sockets finds and the next does not has ended in between. So has one that was
 * added before a scan began, which does not find it. The reason is unknown, and the time is that of
 * the scan, so late.
 */
#include "tracer/internal.h"

#include <string.h>
#include <time.h>

#include <bpf/bpf.h>

#include "lib/clock.h"

enum { SCAN_SHARE = 20 };

static const uint64_t SCAN_NS = 1000 * 1000000ull;

/* On a busy machine a scan takes longer, and does not cost more. */
static uint64_t cpu_ns(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static bool is_wanted(const struct tracer *tracer)
{
	const struct ts_filter *filter = (const void *)&tracer->bpf->rodata->cfg_filter;

	return !(filter->on & TS_BY_STATE) || ts_filter_pair(filter, TS_SYN_RECV, TS_CLOSED);
}

/* As the kernel side would count it. It left the connection out of the derived counts. */
static void count_end(struct tracer *tracer)
{
	struct ts_slot *slot = &tracer->slots[0];

	__atomic_fetch_add(&slot->transitions[TS_SYN_RECV][TS_CLOSED], 1, __ATOMIC_RELAXED);
	if (!tracer->filtered)
		__atomic_fetch_add(&slot->sockets[TS_SYN_RECV], 1, __ATOMIC_RELAXED);
}

/* The number of SYN-ACKs is unknown too. */
static void make_end(const struct ts_half_open *entry, struct ts_transition *t)
{
	memcpy(t, entry->transition, sizeof(entry->transition));
	t->mono_ns = clock_mono_ns(); /* of the scan */
	t->since_ns = entry->begun_ns;
	t->old_state = TS_SYN_RECV;
	t->new_state = TS_CLOSED;
	t->frame.flags |= TS_F_INFERRED | TS_F_LATE;
}

/* One look at all half-open connections after a scan. */
struct look {
	struct tracer *tracer;
	uint32_t scan;
	int (*report)(void *context, const struct ts_frame *transition);
	void *context;
};

/* True if it has ended and this call removed it. */
static bool has_ended(const struct look *look, uint64_t id, const struct ts_half_open *entry)
{
	int map = bpf_map__fd(look->tracer->bpf->maps.half_opens);

	return entry->scan != look->scan && (entry->scan || entry->added_in < look->scan) &&
	       !bpf_map_delete_elem(map, &id);
}

static int report_if_ended(void *context, uint64_t id, const void *entry)
{
	const struct look *look = context;
	struct ts_transition t;

	if (!has_ended(look, id, entry))
		return 0;
	make_end(entry, &t);
	if (!is_wanted(look->tracer))
		return 0;
	count_end(look->tracer);
	return look->report ? look->report(look->context, &t.frame) : 0;
}

int tracer_each_half_open_end(struct tracer *tracer, bool last,
			      int (*report)(void *context, const struct ts_frame *transition),
			      void *context)
{
	struct tcpstate_bpf__bss *bss = tracer->bpf->bss;
	uint64_t start = clock_mono_ns();
	/* the last scan does not wait, unless a scan is long here */
	uint64_t earliest = start + (last ? SCAN_NS : 0);
	uint64_t before = cpu_ns(), cost;
	struct look look = { .tracer = tracer, .report = report, .context = context };
	int missed;

	if (tracer->bpf->rodata->cfg_requests || earliest < tracer->half_open_after_ns ||
	    !__atomic_load_n(&bss->half_opens_seen, __ATOMIC_RELAXED))
		return 0;
	__atomic_fetch_add(&bss->half_open_scan, 1, __ATOMIC_SEQ_CST);
	missed = tracer_scan(tracer);
	cost = (cpu_ns() - before) * SCAN_SHARE;
	tracer->half_open_after_ns = start + (cost > SCAN_NS ? cost : SCAN_NS);
	if (missed < 0)
		return missed;
	look.scan = bss->half_open_scan;
	return map_each(tracer->bpf->maps.half_opens, report_if_ended, &look);
}
