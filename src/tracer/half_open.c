// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The end of half-open connections on kernels without hooks on request sockets: a connection that
 * one scan of all sockets finds and the next does not has ended in between. So has one that was
 * added before a scan began, which does not find it. The reason is unknown, and the time is that of
 * the scan, so late.
 */
#include "tracer/internal.h"

#include <bpf/bpf.h>
#include <time.h>

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

static void make_end(struct ts_transition *t, uint64_t begun_ns)
{
	t->mono_ns = clock_mono_ns(); /* of the scan */
	t->since_ns = begun_ns;
	t->old_state = TS_SYN_RECV;
	t->new_state = TS_CLOSED;
	/* the number of SYN-ACKs is unknown too */
	t->frame.flags |= TS_F_INFERRED | TS_F_LATE;
}

/* True if it has ended and this call removed it. */
static bool has_ended(int map, uint64_t id, uint32_t scan, struct ts_half_open *entry)
{
	return !bpf_map_lookup_elem(map, &id, entry) && entry->scan != scan &&
	       (entry->scan || entry->added_in < scan) && !bpf_map_delete_elem(map, &id);
}

static int each_ended(struct tracer *tracer, uint32_t scan,
		      int (*report)(void *context, const struct ts_frame *transition),
		      void *context)
{
	int map = bpf_map__fd(tracer->bpf->maps.half_opens), err = 0;
	struct ts_half_open entry;
	uint64_t id, next;
	bool more = bpf_map_get_next_key(map, NULL, &next) == 0;

	while (more && !err) {
		id = next;
		more = bpf_map_get_next_key(map, &id, &next) == 0;
		if (!has_ended(map, id, scan, &entry))
			continue;
		make_end(&entry.transition, entry.begun_ns);
		if (!is_wanted(tracer))
			continue;
		count_end(tracer);
		err = report(context, &entry.transition.frame);
	}
	return err;
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
	return each_ended(tracer, bss->half_open_scan, report, context);
}
