// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Reports the handshake drops that the kernel side has not reported. */
#include "tracer/internal.h"

#include <errno.h>

#include <bpf/bpf.h>

#include "lib/clock.h"

/* Takes the drops of an entry. Sets `waiting` if more came meanwhile. */
static bool take(struct ts_pending_drops *entry, uint64_t now, struct ts_drop *drop,
		 uint32_t *waiting)
{
	uint32_t count = __atomic_load_n(&entry->count, __ATOMIC_RELAXED);

	*drop = entry->drop;
	drop->mono_ns = entry->last_ns;
	drop->count = count;
	entry->reported_ns = now;
	if (__atomic_fetch_sub(&entry->count, count, __ATOMIC_SEQ_CST) != count)
		__atomic_store_n(waiting, 1, __ATOMIC_SEQ_CST);
	return count > 0;
}

/* Returns 1 if it took drops, 0 if there are none, -EAGAIN if they are not due or are locked. */
static int take_in_time(struct tracer *tracer, uint32_t i, struct ts_drop *drop)
{
	struct ts_pending_drops *entry = &tracer->drops[i];
	int busy = bpf_map__fd(tracer->bpf->maps.drops_busy);
	uint64_t now = clock_mono_ns();
	uint8_t yes = 1;
	bool taken;

	if (!__atomic_load_n(&entry->count, __ATOMIC_RELAXED))
		return 0;
	if (now < entry->reported_ns + TS_DROP_EVERY_NS ||
	    bpf_map_update_elem(busy, &i, &yes, BPF_NOEXIST))
		return -EAGAIN;
	taken = take(entry, now, drop, &tracer->bpf->bss->drops_pending);
	(void)bpf_map_delete_elem(busy, &i);
	return taken;
}

int tracer_each_drop(struct tracer *tracer, bool all,
		     int (*report)(void *context, const struct ts_frame *drop), void *context)
{
	uint32_t *waiting = &tracer->bpf->bss->drops_pending;
	int err = 0, taken;

	if (!__atomic_exchange_n(waiting, 0, __ATOMIC_SEQ_CST) && !all)
		return 0;
	for (uint32_t i = 0; i < TS_DROP_ENTRIES && !err; i++) {
		struct ts_drop drop;

		taken = all ? take(&tracer->drops[i], 0, &drop, waiting) :
			      take_in_time(tracer, i, &drop);
		if (taken == -EAGAIN)
			__atomic_store_n(waiting, 1, __ATOMIC_SEQ_CST);
		else if (taken)
			err = report(context, &drop.frame);
	}
	return err;
}
