// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* list: scans the sockets, once or repeatedly, and prints those that are selected. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/confine.h"
#include "cmd/context.h"
#include "cmd/filter_note.h"
#include "list/compat.h"
#include "list/by.h"
#include "lib/stop.h"
#include "list/list.h"
#include "origin/origin.h"
#include "output/output.h"
#include "sockets/view.h"
#include "system/cgroup.h"
#include "system/netns.h"
#include "system/pod.h"
#include "tracer/pin.h"

enum { ORIGINS_MS = 20000 }; /* for the files of all stacks of a scan */

struct list {
	const struct options *options;
	struct cmd_context *ctx;
	struct list_query query;
	struct list_printer printer;
	struct socket_source *source;
	struct cgroups *cgroups; /* NULL: no cgroup v2 */
	struct pods *pods;
	struct helper *helper;	 /* NULL: no tracer has pinned origins */
	struct origins *origins; /* likewise */
	struct list_by by;	 /* --by */
	unsigned long frames;
};

/* netstat and ss show their own namespace. */
static bool is_here(const struct options *options)
{
	return options->compat != COMPAT_NONE && !(options->filter.on & TS_BY_NETNS);
}

static int print_compat_inside(void *context, uint32_t inode)
{
	const struct compat_list *list = context;

	return list->format == COMPAT_SS ? compat_print_ss(list) : compat_print_netstat(list);
}

static int print_compat(const struct list *list, const struct sockets *sockets,
			const struct socket_entry *const *entries, size_t n)
{
	const struct options *options = list->options;
	struct compat_list compat = {
		.format = options->compat,
		.sink = list->ctx->sink,
		.sockets = sockets,
		.entries = entries,
		.n = n,
		.listeners = options->listeners && !options->all,
	};

	if (is_here(options))
		return print_compat_inside(&compat, 0);
	return netns_inside(&options->netns, print_compat_inside, &compat, &list->ctx->error);
}

static int print_groups(const struct list *list, const struct socket_view *view,
			const struct socket_entry **entries, size_t n)
{
	struct list_groups groups;
	int err = list_groups_new(&list->by, view, entries, n, &groups, &list->ctx->error);

	if (!err && groups.ports_unknown && !list->frames)
		note(list->options->verbosity,
		     "the ephemeral ports of %zu connection%s are in no count: their network "
		     "namespaces could not be entered",
		     groups.ports_unknown, groups.ports_unknown == 1 ? "" : "s");
	if (!err)
		err = list_groups_print(&groups, view, list->printer.output, list->printer.marked);
	list_groups_free(&groups);
	return err;
}

/* Scans and prints once: 0, 1 after the last time, or -errno. */
static int print_frame(void *context)
{
	struct list *list = context;
	const struct socket_entry **entries = NULL;
	struct sockets *sockets = NULL;
	char text[SOCKET_TEXT];
	struct socket_view view = {
		.source = list->source,
		.cgroups = list->cgroups,
		.pods = list->pods,
		.origins = list->origins,
		.text = text,
	};
	size_t n = 0;
	int err = socket_source_scan(list->source, &sockets, &list->ctx->error);

	origins_wait_for(list->origins, ORIGINS_MS, NULL);

	if (err)
		return list->frames ? err : cmd_kernel(list->ctx, err);
	if (!list->frames)
		sockets_warn_coverage(sockets, list->options->verbosity);
	view.sockets = sockets;
	err = list_pick(&list->query, &view, &entries, &n, &list->ctx->error);
	if (!err && list->options->by)
		err = print_groups(list, &view, entries, n);
	else if (!err)
		err = list->query.compat != COMPAT_NONE ?
			      print_compat(list, sockets, entries, n) :
			      list_print(&list->printer, &view, entries, n);
	if (!err)
		err = sink_flush(list->ctx->sink);
	if (list->printer.marked && !list->options->by && !err) {
		list_diff_keep(&list->printer.diff, sockets, entries, n);
	} else {
		free(entries);
		sockets_free(sockets);
	}
	return err ? err : ++list->frames == list->options->rounds;
}

static int run(struct list *list)
{
	int err = print_frame(list);

	if (err || !list->printer.marked)
		return err;
	err = loop_add_timer(list->ctx->loop, (uint64_t)(list->options->interval * 1e9),
			     print_frame, list);
	return err ? err : cmd_loop(list->ctx);
}

static int open_output(struct list *list)
{
	const struct options *options = list->options;
	char columns[LIST_BY_COLUMNS];
	const struct output_config config = {
		.format = options->format,
		.table = options->by ? &list_group_fields : &socket_fields,
		.type = options->by ? "group" : "socket",
		.columns = options->by ? columns : options->columns,
		.color = options->color,
		.resolve = options->resolve,
		.measured = true,
		.verbosity = options->verbosity,
	};

	if (options->by)
		list_by_columns(&list->by, options->format != FORMAT_TEXT, columns);
	return output_new(&config, list->ctx->sink, &list->printer.output, &list->ctx->error);
}

/* A state of the filter decides alone. Those tools do not show sockets without a connection. */
static bool is_closed_wanted(const struct options *options)
{
	if (options->filter.included & TS_BY_STATE)
		return ts_filter_pair(&options->filter, TS_CLOSED, TS_CLOSED);
	return options->all && options->compat == COMPAT_NONE;
}

/* Without them, the descriptors of all processes need not be read. */
static bool are_holders_wanted(const struct list *list)
{
	const struct options *options = list->options;

	return options->compat != COMPAT_NONE || options->tree || options->sort || options->by ||
	       options->filter.on & TS_BY_OWNER || output_shows_holders(list->printer.output);
}

/* Values that the default columns of text do not show cost time. */
static bool are_details_wanted(const struct list *list)
{
	const struct options *options = list->options;

	return options->compat == COMPAT_NONE &&
	       (options->sort || options->by || !output_shows_defaults(list->printer.output));
}

static bool has_pinned_origins(void)
{
	struct pinned pinned;
	bool found;

	if (pin_find(&pinned))
		return false;
	found = pinned.fds[PIN_ORIGINS] >= 0;
	pin_close(&pinned);
	return found;
}

static int open_source(struct list *list)
{
	const struct options *options = list->options;
	bool compat = options->compat != COMPAT_NONE;
	bool details = are_details_wanted(list);
	const struct socket_source_config config = {
		.filter = &options->filter,
		.netns = options->netns.inode ? &options->netns : NULL,
		.tcp = options->tcp || !options->udp,
		.udp = options->udp || !options->tcp,
		.holders = are_holders_wanted(list),
		.times = !compat && (details || output_shows_age(list->printer.output) ||
				     is_closed_wanted(options)),
		.subflows = compat, /* as ss and netstat show them */
		.debug = options->debug,
		.leaders = compat,
		.rings = !compat && are_holders_wanted(list),
		.closed = is_closed_wanted(options),
		.here = is_here(options),
		.details = details,
	};
	int err;

	(void)cgroups_new(&list->cgroups);
	list->pods = pods_new(POD_LOG);
	if (has_pinned_origins()) /* before there are descriptors that a helper must not have */
		(void)helper_new(&list->helper, NULL);
	err = socket_source_new(&config, &list->source, &list->ctx->error);
	if (!err && list->helper && socket_source_origins_fd(list->source) >= 0)
		(void)origins_new(socket_source_origins_fd(list->source), list->helper,
				  loop_stop_fd(list->ctx->loop), &list->origins, NULL);
	return err;
}

static int check_by(const struct options *options, struct list_by *by, struct error *error)
{
	if (options->by && (options->tree || options->columns))
		return error_set(error, EINVAL,
				 "--by prints counts, not sockets: leave out --tree and -o");
	if (options->by)
		return list_by_parse(options->by, options->sort, by, error);
	if (options->sort && !field_find(&socket_fields, options->sort + (*options->sort == '-'),
					 strlen(options->sort + (*options->sort == '-')), error))
		return -EINVAL;
	return 0;
}

static int check_options(const struct options *options, struct error *error)
{
	if (options->compat != COMPAT_NONE &&
	    (options->format != FORMAT_TEXT || options->columns || options->tree || options->sort ||
	     options->by || options->interval > 0 || options->udp || options->resolve ||
	     options->color == WHEN_ALWAYS))
		return error_set(error, EINVAL,
				 "--netstat and --ss print another tool's format: leave "
				 "out --json, --csv, -o, -r, -U, --by, --sort, --tree, --watch and "
				 "--color=always");
	if (options->tree && options->format != FORMAT_TEXT)
		return error_set(error, EINVAL, "--tree is for text: leave out --json and --csv");
	if (options->interval > 0 && options->format == FORMAT_CSV)
		return error_set(
			error, EINVAL,
			"--watch is for text and --json: in CSV nothing separates one scan "
			"from the next");
	if (options->rounds && options->interval <= 0)
		return error_set(error, EINVAL, "--frames goes with --watch: give an interval too");
	return 0;
}

int cmd_list(const struct options *options)
{
	struct cmd_context ctx = { .name = "list" };
	struct list list = {
		.options = options,
		.ctx = &ctx,
		.query = {
			.compat = options->compat,
			.all = options->all,
			.listeners = options->listeners,
			.by_state = options->filter.included & TS_BY_STATE,
			.sort = options->by ? NULL : options->sort,
		},
		.printer = {
			.marked = options->interval > 0,
			.tree = options->tree,
			.error = &ctx.error,
		},
	};
	int err = cmd_usage(&ctx, check_options(options, &ctx.error));

	if (!err)
		err = cmd_usage(&ctx, check_by(options, &list.by, &ctx.error));
	if (!err)
		err = cmd_open(&ctx);
	if (options->interval <= 0)
		stop_at_once();
	if (!err)
		err = cmd_usage(&ctx, open_output(&list));
	if (!err)
		err = cmd_kernel(&ctx, open_source(&list));
	if (!err)
		filter_note(options);
	if (!err && list.printer.marked)
		confine(CONFINE_BPF | CONFINE_SCANS | CONFINE_FILES, options->verbosity);
	if (!err)
		err = run(&list);
	list_diff_free(&list.printer.diff);
	origins_free(list.origins);
	socket_source_free(list.source);
	cgroups_free(list.cgroups);
	(void)helper_free(list.helper);
	pods_free(list.pods);
	output_free(list.printer.output);
	return cmd_close(&ctx, err);
}
