// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* --watch: a scan each interval, and the sockets that became stuck or recovered since the last one. */
#include "lib/clock.h"
#include "lib/loop.h"
#include "lib/sink.h"
#include "origin/origin.h"
#include "output/output.h"
#include "stuck/diff.h"
#include "stuck/fields.h"
#include "stuck/scan.h"
#include "tracer/tracer.h"

enum { LAST_MS = 300 };	  /* for origins, after a stop signal */
enum { SCAN_SHARE = 10 }; /* scans take at most a tenth of the time */

struct watch {
	struct stuck_scan *scan;
	struct stuck_diff diff;
	unsigned long frames;
	uint64_t next_ns; /* earliest time of the next scan */
};

static int report_changes(struct watch *watch, bool first)
{
	struct stuck_scan *scan = watch->scan;
	uint64_t start = clock_mono_ns();
	int err = first ? stuck_scan_settle(scan) : stuck_scan_take(scan);

	if (err)
		return err;
	if (!stuck_scan_exceeds(scan))
		stuck_list_free(&scan->list);
	err = stuck_diff_report(&watch->diff, &scan->view, scan->sockets, &scan->list, stuck_output,
				scan->output);
	scan->sockets = NULL; /* the diff owns them */
	if (!err)
		err = sink_flush(scan->sink);
	start += scan->waited_ns;
	watch->next_ns = start + (clock_mono_ns() - start) * SCAN_SHARE;
	return err ? err : ++scan->reported == watch->frames;
}

/* A loop_fn. */
static int on_timer(void *context)
{
	struct watch *watch = context;
	struct tracer *tracer = watch->scan->tracer;
	struct counters counters;

	if (clock_mono_ns() < watch->next_ns)
		return 0;
	if (tracer) {
		(void)tracer_rescan(tracer);
		tracer_count(tracer, &counters);
		if (counters.missed)
			(void)tracer_add_copy(tracer);
	}
	return report_changes(watch, false);
}

static int print_ready(struct watch *watch)
{
	struct ts_ready ready = { .frame = { TS_FRAME_READY, sizeof(ready) } };

	if (watch->scan->tracer)
		ready = tracer_facts(watch->scan->tracer)->ready;
	ready.mono_ns = clock_mono_ns();
	return output_take(watch->scan->output,
			   &(struct stream_frame){ .frame = &ready.frame,
						   .clock_offset = clock_wall_offset_ns() });
}

static int show_origins(struct stuck_scan *scan)
{
	struct origin_summary summary;

	origin_summarize(scan->tracer, scan->collector, &summary);
	summary.described = scan->view.origins;
	summary.undescribed = origins_refused(scan->view.origins);
	return output_origins(scan->output, &summary);
}

static int run(struct watch *watch, struct loop *loop, uint64_t interval_ns)
{
	struct stuck_scan *scan = watch->scan;
	int err = print_ready(watch);

	if (!err)
		err = output_begin(scan->output);
	if (!err)
		err = report_changes(watch, true);
	if (!err)
		err = loop_add_timer(loop, interval_ns, on_timer, watch);
	if (!err)
		err = loop_run(loop);
	if (err < 0)
		return err;
	if (scan->collector) {
		int shown = show_origins(scan);

		if (shown)
			return shown;
	}
	if (!scan->config->diagnose)
		return err;
	origins_wait_for(scan->view.origins, LAST_MS, NULL);
	err = sink_write(scan->sink, "\n", 1);
	return err ? err : stuck_scan_diagnose(scan, watch->diff.sockets, &watch->diff.list);
}

int stuck_watch(struct stuck_scan *scan, struct loop *loop, uint64_t interval_ns,
		unsigned long frames)
{
	struct watch watch = { .scan = scan, .frames = frames };

	scan->watched = true;
	int err = run(&watch, loop, interval_ns);

	stuck_diff_free(&watch.diff);
	return err;
}
