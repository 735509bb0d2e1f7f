// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* list: looks at the sockets once, or again and again, and shows those that are asked for. */
#include "cmd/cmd.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/libbpf.h>

#include "system/cgroup.h"
#include "list/select.h"
#include "lib/loop.h"
#include "system/netns.h"
#include "origin/origin.h"
#include "list/compat.h"
#include "output/output.h"
#include "cmd/session.h"
#include "lib/sink.h"
#include "sockets/coverage.h"

/* Other tools' formats; NULL: our own. */
static int (*const compat_formats[])(struct sink *sink, const struct compat_list *list) = {
	[COMPAT_NETSTAT] = out_netstat,
	[COMPAT_SS] = out_ss,
};

struct list {
	const struct options *options;
	struct sink *sink;
	struct output *output;
	struct socket_source *source;
	struct cgroups *cgroups;
	struct origins *origins; /* NULL: nobody keeps them */
	struct list_diff *past;	 /* NULL without --watch */
	unsigned long frames;
	bool told;
	struct error *error;
};

/* Once: what a look cannot see. */
static void tell_unseen(struct list *list, const struct sockets *sockets)
{
	if (!list->told)
		coverage_warn(sockets, list->options->verbosity);
	list->told = true;
}

static int show_row(struct list *list, const struct socket_view *view,
		    const struct socket_entry *entry, char mark)
{
	struct row row;

	row_of_socket(&row, view, entry);
	row.mark = mark;
	return output_row(list->output, &row);
}

static int show_process(struct list *list, const struct ts_holder *holder, size_t sockets)
{
	const struct value_process process = {
		.comm = holder ? holder->comm : NULL,
		.pid = holder ? holder->pid : 0,
	};

	return output_group(list->output, &process, sockets);
}

/* `marks` are those of the entries; NULL: `mark` is that of all. */
static int show_tree(struct list *list, const struct socket_view *view,
		     const struct socket_entry *const *entries, size_t n, const char *marks,
		     char mark)
{
	struct branch *branches = NULL;
	size_t count = 0, same;
	int err = list_branches(view, entries, n, &branches, &count, list->error);

	for (size_t i = 0; i < count && !err; i += same) {
		uint32_t tgid = branches[i].holder ? branches[i].holder->tgid : 0;

		for (same = 1; i + same < count; same++) {
			const struct ts_holder *other = branches[i + same].holder;

			if ((other ? other->tgid : 0) != tgid)
				break;
		}
		err = show_process(list, branches[i].holder, same);
		for (size_t j = i; j < i + same && !err; j++)
			err = show_row(list, view, &branches[j].entry,
				       marks ? marks[branches[j].place] : mark);
	}
	free(branches);
	return err;
}

static int show_rows(struct list *list, const struct socket_view *view,
		     const struct socket_entry *const *entries, size_t n, const char *marks,
		     char mark)
{
	int err = 0;

	if (list->options->tree)
		return show_tree(list, view, entries, n, marks, mark);
	for (size_t i = 0; i < n && !err; i++)
		err = show_row(list, view, entries[i], marks ? marks[i] : mark);
	return err;
}

static int show_changes(struct list *list, const struct socket_view *view,
			const struct socket_entry *const *entries, size_t n)
{
	const struct socket_entry **gone = NULL;
	struct socket_view then = *view;
	size_t gone_n = 0;
	char *marks = malloc(n + 1);
	int err = marks ? list_diff_compare(list->past, entries, n, marks, &gone, &gone_n) :
			  -ENOMEM;

	if (!err)
		err = show_rows(list, view, entries, n, marks, ' ');
	then.sockets = list_diff_sockets(list->past);
	if (!err)
		err = show_rows(list, &then, gone, gone_n, NULL, '-');
	free(gone);
	free(marks);
	return err;
}

/* The originals show their own namespace. */
static bool is_here(const struct options *options)
{
	return options->compat != COMPAT_NONE && !(options->filter.on & TS_BY_NETNS);
}

struct show_compat {
	const struct list *list;
	struct compat_list compat;
};

static int show_compat_there(void *context, uint32_t inode)
{
	const struct show_compat *show = context;

	(void)inode;
	return compat_formats[show->list->options->compat](show->list->sink, &show->compat);
}

static int show_compat(const struct list *list, const struct socket_view *view,
		       const struct socket_entry *const *entries, size_t n)
{
	const struct options *options = list->options;
	struct show_compat show = {
		.list = list,
		.compat = { view->sockets, entries, n, options->listeners && !options->all },
	};

	if (is_here(options))
		return show_compat_there(&show, 0);
	return netns_inside(&options->netns, show_compat_there, &show, list->error);
}

enum { MEASURED = 2000 }; /* rows that make the widths; later ones widen their column */

static int show(struct list *list, const struct socket_view *view,
		const struct socket_entry *const *entries, size_t n)
{
	bool marked = list->past || list->options->tree;
	int err = list->past ? output_clear(list->output) : 0;

	for (size_t i = 0; i < n && i < MEASURED; i++) {
		struct row row;

		row_of_socket(&row, view, entries[i]);
		output_measure(list->output, &row);
	}
	if (!err)
		err = output_begin_frame(list->output, view->sockets->mono_ns, n, marked);
	if (err)
		return err;
	if (list->past)
		return show_changes(list, view, entries, n);
	return show_rows(list, view, entries, n, NULL, list->options->tree ? ' ' : '\0');
}

/* One frame: 0, 1 after the last, or -errno; what is no failure of the output sets the error. */
static int frame(void *context)
{
	struct list *list = context;
	const struct socket_entry **entries = NULL;
	struct sockets *sockets = NULL;
	char text[SOCKET_TEXT];
	struct socket_view view = {
		.cgroups = list->cgroups,
		.origins = list->origins,
		.text = text,
	};
	size_t n = 0;
	const struct list_query query = {
		.compat = list->options->compat,
		.all = list->options->all,
		.listeners = list->options->listeners,
		.by_state = list->options->filter.on & TS_BY_STATE,
		.sort = list->options->sort,
	};
	int err = socket_source_scan(list->source, &sockets, list->error);

	if (err)
		return err;
	tell_unseen(list, sockets);
	view.sockets = sockets;
	err = list_pick(&query, &view, &entries, &n, list->error);
	if (!err)
		err = compat_formats[list->options->compat] ? show_compat(list, &view, entries, n) :
							      show(list, &view, entries, n);
	if (!err)
		err = sink_flush(list->sink);
	if (list->past && !err) {
		list_diff_keep(list->past, sockets, entries, n);
	} else {
		free(entries);
		sockets_free(sockets);
	}
	return err ? err : ++list->frames == list->options->rounds;
}

static int run(struct list *list, struct loop *loop)
{
	int err = frame(list);

	if (err || !list->past)
		return err;
	err = loop_add_timer(loop, (uint64_t)(list->options->interval * 1e9), frame, list);
	return err ? err : loop_run(loop);
}

static int prepare(struct list *list, struct loop *loop)
{
	const struct options *options = list->options;
	const struct sockets_wants wants = {
		.filter = &options->filter,
		.netns = options->netns.inode ? &options->netns : NULL,
		.tcp = options->tcp || !options->udp,
		.udp = options->udp || !options->tcp,
		.holders = true,
		.subflows = options->compat != COMPAT_NONE, /* as ss and netstat show them */
		.debug = options->debug,
		.leaders = options->compat != COMPAT_NONE,
		.here = is_here(options),
		/* what the default columns of text do not show */
		.details = options->format != FORMAT_TEXT || options->columns || options->sort,
	};
	const struct output_config config = {
		.format = options->format,
		.table = &socket_fields,
		.type = "socket",
		.columns = options->columns,
		.color = options->color,
		.resolve = options->resolve,
		.measured = true,
		.verbosity = options->verbosity,
	};
	int err;

	if (sink_new(STDOUT_FILENO, loop_stop_fd(loop), &list->sink) ||
	    (options->interval > 0 && list_diff_new(&list->past)))
		return error_set(list->error, ENOMEM, "no memory for the output buffer");
	(void)loop_add_hangup(loop, STDOUT_FILENO);
	err = output_new(&config, list->sink, &list->output, list->error);
	if (err)
		return err;
	(void)cgroups_new(&list->cgroups); /* no cgroup v2: no paths */
	err = socket_source_new(&wants, &list->source, list->error);
	if (!err && socket_source_origins_fd(list->source) >= 0)
		(void)origins_new(socket_source_origins_fd(list->source), &list->origins, NULL);
	return err;
}

static void discard(struct list *list)
{
	list_diff_free(list->past);
	origins_free(list->origins);
	socket_source_free(list->source);
	cgroups_free(list->cgroups);
	output_free(list->output);
	sink_free(list->sink);
}

static int usage_error(const struct options *options, struct error *error)
{
	if (options->compat != COMPAT_NONE &&
	    (options->format != FORMAT_TEXT || options->columns || options->tree || options->sort ||
	     options->interval > 0 || options->udp || options->resolve ||
	     options->color == WHEN_ALWAYS))
		return error_set(error, EINVAL,
				 "--netstat and --ss print another tool's format: leave "
				 "out --json, --csv, -o, -r, -U, --sort, --tree, --watch and "
				 "--color=always");
	if (options->tree && options->format != FORMAT_TEXT)
		return error_set(error, EINVAL, "--tree is for text: leave out --json and --csv");
	if (options->interval > 0 && options->format == FORMAT_CSV)
		return error_set(error, EINVAL,
				 "--watch is for text and --json: rows of CSV do not tell "
				 "one look from the next");
	if (options->rounds && options->interval <= 0)
		return error_set(error, EINVAL, "--frames goes with --watch: give an interval too");
	return 0;
}

int cmd_list(const struct options *options)
{
	struct error error = { "" };
	struct list list = { .options = options, .error = &error };
	struct loop *loop = NULL;
	int status = EXIT_FAILED, err;

	if (usage_error(options, &error)) {
		status = EXIT_USAGE;
		goto out;
	}
	if (loop_new(&loop, &error))
		goto out;
	err = prepare(&list, loop);
	if (err) { /* before there is an output it is the options' fault */
		status = err == -EINVAL && !list.output ? EXIT_USAGE : session_status(err);
		goto out;
	}
	err = run(&list, loop);
	if (err < 0 && err != -EPIPE && err != -ECANCELED && !error.text[0] &&
	    !sink_flush(list.sink))
		error_set(&error, -err, "the list ended early: %s", strerror(-err));
	sink_stop(list.sink);
	if (err < 0 && !list.frames && error.text[0]) /* there was not one look */
		status = session_status(err);
	else
		status = sink_close(list.sink, &error) || error.text[0] ? EXIT_FAILED : EXIT_FINE;
out:
	if (error.text[0])
		error_print(&error);
	discard(&list);
	loop_free(loop);
	return status;
}
