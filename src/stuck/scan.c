// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What one report and --watch share: a judged scan, and its diagnosis. */
#include "stuck/scan.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/error.h"
#include "lib/loop.h"
#include "lib/resolver.h"
#include "lib/sink.h"
#include "lib/stop.h"
#include "origin/origin.h"
#include "stuck/report.h"
#include "system/cgroup.h"
#include "system/netns.h"
#include "system/pod.h"
#include "tracer/pin.h"
#include "tracer/tracer.h"

/* Granularity of the kernel's clock, between a lower bound of an age and the threshold. */
static const uint64_t GRAIN_NS = 20 * UINT64_C(1000000);

/* For the files of all new stacks of a scan. One stack takes 5 s at most: see origin/helper.c. */
enum { ONCE_MS = 20000, WATCH_MS = 7000 };

bool stuck_is_pinned(bool origin)
{
	struct pinned pinned;
	bool enough;

	if (pin_find(&pinned))
		return false;
	enough = !origin || pinned.fds[PIN_ORIGINS] >= 0;
	pin_close(&pinned);
	return enough;
}

/* Exact ages need a tracer's records. */
static int start_tracer(struct stuck_scan *scan, struct loop *loop, struct error *error)
{
	const struct tracer_config config = { .tier = scan->config->tier,
					      .records = true,
					      .origins = scan->config->origin,
					      .debug = scan->config->debug };
	int err;

	if (!scan->config->own_tracer || stuck_is_pinned(scan->config->origin))
		return 0;
	err = tracer_new(&config, &scan->tracer, error);
	if (err || !scan->config->origin)
		return err;
	return stack_collector_new(scan->tracer, scan->unwinder, loop, &scan->collector, error);
}

/* Before there are descriptors and mappings that the processes must not have. */
static int start_helpers(struct stuck_scan *scan, struct error *error)
{
	bool pinned = stuck_is_pinned(true);
	int err = scan->config->origin || pinned ? helper_new(&scan->helper, error) : 0;

	if (err && !scan->config->origin)
		return 0;
	if (!err && scan->config->origin && scan->config->own_tracer && !pinned)
		err = helper_new(&scan->unwinder, error);
	return err;
}

int stuck_scan_open(struct stuck_scan *scan, struct loop *loop)
{
	struct socket_source_config config = {
		.filter = scan->config->filter,
		.netns = scan->config->netns,
		.tcp = true,
		.holders = true,
		.rings = true,
		.closed = scan->config->rules->ns[TS_CLOSED] != STUCK_OFF,
		.times = true,
		.debug = scan->config->debug,
		.details = !scan->config->diagnose ||
			   scan->config->rules->ns[STUCK_IDLE] != STUCK_OFF
	};
	struct error why = { "" };
	int traced, err;

	if (scan->config->two_looks && config.filter->on & TS_BY_STATE) {
		scan->any_state = *config.filter;
		scan->any_state.on &= ~TS_BY_STATE;
		config.filter = &scan->any_state;
		scan->stuck.states = scan->config->filter;
	}
	traced = start_helpers(scan, &why);
	if (!traced)
		traced = start_tracer(scan, loop, &why);
	scan->stuck.rules = scan->config->rules;
	scan->stop_fd = loop_stop_fd(loop);
	scan->view.text = scan->text;
	config.tracer = scan->tracer;
	err = traced && scan->config->origin ?
		      traced :
		      socket_source_new(&config, &scan->source, scan->error);
	/* without BPF there is no tracer either, and ages are lower bounds */
	if (!err && traced && !socket_source_is_plain(scan->source))
		err = traced;
	if (err)
		return error_set(scan->error, -err, "%s", why.text);
	(void)cgroups_new(&scan->view.cgroups);
	scan->view.pods = pods_new(POD_LOG);
	if (scan->helper && socket_source_origins_fd(scan->source) >= 0)
		(void)origins_new(socket_source_origins_fd(scan->source), scan->helper,
				  scan->stop_fd, &scan->view.origins, NULL);
	return 0;
}

static void drop(struct stuck_scan *scan)
{
	stuck_list_free(&scan->list);
	sockets_free(scan->sockets);
	scan->sockets = NULL;
}

void stuck_scan_close(struct stuck_scan *scan)
{
	unsigned left;

	drop(scan);
	free(scan->stuck.observed);
	origins_free(scan->view.origins);
	socket_source_free(scan->source);
	stack_collector_free(scan->collector);
	left = helper_free(scan->unwinder) + helper_free(scan->helper);
	if (left)
		note(scan->config->verbosity,
		     "%u helper processes hang in the kernel in another process's files, and are "
		     "left behind",
		     left);
	tracer_free(scan->tracer);
	cgroups_free(scan->view.cgroups);
	pods_free(scan->view.pods);
}

bool stuck_scan_exceeds(const struct stuck_scan *scan)
{
	return scan->list.n > scan->config->more_than;
}

/* Sockets with the same stack get the same id. Those of users whose files are slow to read come last. */
static void find_origins(struct stuck_scan *scan)
{
	const struct origins_idle collect = { stack_collector_run, stack_collector_has,
					      scan->collector };
	struct origins *origins = scan->view.origins;
	uint64_t start = clock_mono_ns();

	origins_wait_for(origins, scan->watched ? WATCH_MS : ONCE_MS,
			 scan->collector ? &collect : NULL);
	for (int pass = 0; pass < 2 && origins; pass++)
		for (size_t i = 0; i < scan->list.n; i++) {
			struct stuck_item *item = &scan->list.items[i];
			const struct origin *origin = NULL;

			if (pass ? item->origin :
				   origins_is_slow(origins, item->entry->socket->uid))
				continue;
			origin = socket_origin(&scan->view, item->entry);
			item->origin = origin ? origin->id : 0;
		}
	scan->waited_ns = clock_mono_ns() - start;
}

int stuck_scan_take(struct stuck_scan *scan)
{
	int err = socket_source_scan(scan->source, &scan->sockets, scan->error);

	if (err)
		return err;
	if (!scan->warned)
		sockets_warn_coverage(scan->sockets, scan->config->verbosity);
	scan->warned = true;
	scan->view.sockets = scan->sockets;
	err = stuck_judge(&scan->stuck, scan->sockets, &scan->list);
	if (err)
		return error_set(scan->error, -err, "cannot judge the sockets: out of memory");
	find_origins(scan);
	return 0;
}

int stuck_scan_settle(struct stuck_scan *scan)
{
	struct pollfd stop = { .fd = scan->stop_fd, .events = POLLIN };
	int err = stuck_scan_take(scan);

	if (err || !scan->list.again_ns)
		return err;
	if (poll(&stop, 1, (int)((scan->list.again_ns + GRAIN_NS) / 1000000) + 1) > 0) {
		stop_heed();
		return -ECANCELED;
	}
	drop(scan);
	return stuck_scan_take(scan);
}

static int print_groups(struct stuck_scan *scan, const struct sockets *sockets,
			const struct stuck_groups *groups)
{
	const struct netns *netns = scan->config->netns;
	char scope[32] = "";
	struct stuck_view view = { .sockets = sockets,
				   .groups = groups,
				   .origins = scan->view.origins,
				   .scope = scope,
				   .by_pid = scan->config->filter->on & TS_BY_CGROUP,
				   .width = scan->config->width,
				   .utf8 = scan->config->utf8,
				   .all = scan->config->verbosity > 0 };
	char *text = NULL;
	size_t length = 0;
	FILE *out = open_memstream(&text, &length);
	int err;

	if (!out)
		return -errno;
	if (netns)
		(void)snprintf(scope, sizeof(scope), " --netns %" PRIu32, netns->inode);
	(void)resolver_new("/etc", &view.users);
	stuck_report_print(out, &view);
	resolver_free(view.users);
	err = fclose(out) ? -errno : sink_write(scan->sink, text, length);
	free(text);
	return err;
}

int stuck_scan_diagnose(struct stuck_scan *scan, const struct sockets *sockets,
			const struct stuck_list *list)
{
	static const char nothing[] = "Nothing is stuck.\n";
	struct stuck_groups groups;
	int err;

	if (!list->n || list->n <= scan->config->more_than)
		return sink_is_terminal(scan->sink) ?
			       sink_write(scan->sink, nothing, strlen(nothing)) :
			       0;
	err = stuck_groups_new(sockets, list, "/proc", &groups);
	if (err)
		return err;
	err = print_groups(scan, sockets, &groups);
	stuck_groups_free(&groups);
	return err;
}
