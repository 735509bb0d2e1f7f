// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Runs the iterators: for the snapshot, to count minisockets, and to find new owners. */
#include "tracer/internal.h"

#include <errno.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "lib/clock.h"
#include "system/netns.h"

enum { RESCAN_SHARE = 20, RESCAN_LEFT_SHARE = 100 };

static const uint64_t OWNERS_SCAN_NS = 500 * 1000000ull;

int iterator_run(const struct bpf_link *link)
{
	char nothing[64];
	ssize_t n;
	int fd;

	if (!link)
		return -EOPNOTSUPP;
	fd = bpf_iter_create(bpf_link__fd(link));
	if (fd < 0)
		return fd;
	do
		n = read(fd, nothing, sizeof(nothing));
	while (n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR)));
	n = n < 0 ? -errno : 0;
	(void)close(fd);
	return (int)n;
}

/*
 * Not where the filter excludes the namespace. The iterator waits for the lock of each socket, and
 * a socket of no interest may keep it for long.
 */
static int iterate_here(void *context, uint32_t inode)
{
	const struct tracer *tracer = context;
	const struct ts_filter *filter = (const void *)&tracer->bpf->rodata->cfg_filter;

	if (filter->on & TS_BY_NETNS && filter->netns != inode)
		return 0;
	return iterator_run(tracer->bpf->links.snapshot_tcp);
}

int tracer_list_netns(struct tracer *tracer, struct netns_list *list)
{
	const struct ts_filter *filter = (const void *)&tracer->bpf->rodata->cfg_filter;
	struct netns_cover *cover = &tracer->cover;
	int err = netns_list_open(list);

	if (err)
		return err;
	cover->only = filter->on & TS_BY_NETNS ? filter->netns : 0;
	if (!cover->only || !netns_list_has(list, cover->only))
		err = netns_cover_find(cover, tracer->bpf, list);
	tracer->facts.netns_unknown = cover->unsure ? (unsigned)list->unknown : 0;
	tracer->facts.netns_hidden = (unsigned)cover->n_hidden;
	tracer->facts.netns_hidden_first = cover->n_hidden ? cover->hidden[0] : 0;
	if (err)
		netns_list_close(list);
	return err;
}

int tracer_scan(struct tracer *tracer)
{
	struct netns_list list;
	int missed;

	if (!tracer->bpf->links.snapshot_tcp)
		return 0;
	missed = tracer_list_netns(tracer, &list);
	if (missed)
		return missed;
	missed = netns_each(&list, iterate_here, tracer);
	netns_list_close(&list);
	return missed < 0 ? missed : missed + (int)tracer->cover.n_hidden;
}

int tracer_snapshot(struct tracer *tracer)
{
	int missed;

	if (tracer->bpf->links.snapshot_files) {
		int err = iterator_run(tracer->bpf->links.snapshot_files);

		if (err)
			return err;
	}
	missed = tracer_scan(tracer);
	if (missed < 0)
		return missed;
	tracer->facts.ready.netns_missed = (uint32_t)missed;
	__atomic_store_n(&tracer->bpf->bss->counts_only, tracer->bpf->rodata->cfg_counts_only,
			 __ATOMIC_SEQ_CST);
	return 0;
}

/*
 * With a filter by owner the counts follow the owner even while nothing happens to a socket: then a
 * scan is wanted about every half second.
 */
static bool scan_is_due(const struct tracer *tracer, uint64_t now)
{
	return tracer->bpf->rodata->cfg_filter.on & TS_BY_OWNER &&
	       now - tracer->rescanned_ns >= OWNERS_SCAN_NS;
}

int tracer_rescan(struct tracer *tracer)
{
	uint32_t *wanted = &tracer->bpf->bss->rescan_wanted;
	uint64_t start = clock_mono_ns(), cost = clock_thread_ns();
	uint32_t why = __atomic_load_n(wanted, __ATOMIC_SEQ_CST);
	bool exited = why == TS_RESCAN_EXITED;
	int err;

	if (!tracer->bpf->links.snapshot_files || (!why && !scan_is_due(tracer, start)) ||
	    start < (exited ? tracer->rescan_after_ns : tracer->rescan_left_after_ns))
		return 0;
	__atomic_store_n(wanted, TS_RESCAN_NONE, __ATOMIC_SEQ_CST);
	err = iterator_run(tracer->bpf->links.snapshot_files);
	tracer->rescans++;
	tracer->rescanned_ns = clock_mono_ns();
	cost = clock_thread_ns() - cost;
	if (exited)
		tracer->rescan_after_ns = start + cost * RESCAN_SHARE;
	tracer->rescan_left_after_ns = start + cost * RESCAN_LEFT_SHARE;
	return err;
}

uint64_t tracer_rescans(const struct tracer *tracer, bool *wanted)
{
	*wanted = tracer->bpf->links.snapshot_files &&
		  __atomic_load_n(&tracer->bpf->bss->rescan_wanted, __ATOMIC_SEQ_CST);
	return tracer->rescans;
}
