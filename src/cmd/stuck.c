// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* stuck: looks at the sockets, judges them, and shows, watches or ends those that are stuck. */
#include "cmd/cmd.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "system/cgroup.h"
#include "lib/clock.h"
#include "tracer/pin.h"
#include "explain/language.h"
#include "lib/loop.h"
#include "origin/origin.h"
#include "stuck/report.h"
#include "output/output.h"
#include "lib/resolver.h"
#include "cmd/session.h"
#include "lib/sink.h"
#include "lib/terminal.h"
#include "sockets/view.h"
#include "origin/collector.h"
#include "stuck/close.h"
#include "stuck/diff.h"
#include "tracer/tracer.h"
#include "sockets/coverage.h"

enum {
	WIDTH_MAX = 120,
	LOOK_SHARE = 10, /* at most a tenth of the time goes into looking */
};

/* Between what may be a bound and the threshold, the clock's grain. */
static const uint64_t GRAIN_NS = 20 * UINT64_C(1000000);

struct run {
	const struct options *options;
	struct loop *loop;
	struct sink *sink;
	struct output *output;
	struct tracer *tracer;		/* --watch: NULL where a keeper is at work */
	struct stack_collector *stacks; /* its, with --origin */
	struct socket_source *source;
	struct cgroups *cgroups;
	struct origins *origins; /* NULL: nobody keeps them */
	struct stuck *stuck;
	struct stuck_diff *past;
	struct sockets *sockets; /* the look at hand, and what is stuck of it */
	struct stuck_list list;
	uint64_t next_ns; /* --watch: no look before, as looking costs */
	unsigned long frames;
	bool told;
	struct error *error;
};

static void tell_unseen(struct run *run)
{
	if (!run->told)
		coverage_warn(run->sockets, run->options->verbosity);
	run->told = true;
}

static void drop_look(struct run *run)
{
	stuck_list_free(&run->list);
	sockets_free(run->sockets);
	run->sockets = NULL;
}

static struct socket_view view_of(const struct run *run, char text[SOCKET_TEXT])
{
	return (struct socket_view){ .sockets = run->sockets,
				     .cgroups = run->cgroups,
				     .origins = run->origins,
				     .text = text };
}

/* Items with the same stack get the same origin. */
static void find_origins(const struct socket_view *view, struct stuck_list *list)
{
	for (size_t i = 0; i < list->n && view->origins; i++) {
		const struct origin *origin = socket_origin(view, list->items[i].entry);

		list->items[i].origin = origin ? origin->id : 0;
	}
}

static int look(struct run *run)
{
	int err = socket_source_scan(run->source, &run->sockets, run->error);
	struct socket_view view;

	if (err)
		return err;
	tell_unseen(run);
	view = view_of(run, NULL);
	err = stuck_judge(run->stuck, run->sockets, &run->list);
	if (!err)
		find_origins(&view, &run->list);
	return err ? error_set(run->error, -err, "not enough memory for the sockets") : 0;
}

/* 0, or -ECANCELED when a stop signal came. */
static int pause_for(struct run *run, uint64_t ns)
{
	struct pollfd stop = { .fd = loop_stop_fd(run->loop), .events = POLLIN };

	return poll(&stop, 1, (int)(ns / 1000000) + 1) > 0 ? -ECANCELED : 0;
}

/* Again, where that tells more: whether somebody reads, how long something has been undone. */
static int look_well(struct run *run)
{
	int err = look(run);

	if (err || !run->list.again_ns)
		return err;
	err = pause_for(run, run->list.again_ns + GRAIN_NS);
	if (err)
		return err;
	drop_look(run);
	return look(run);
}

static size_t effective(const struct run *run)
{
	return run->list.n > run->options->more_than ? run->list.n : 0;
}

static bool is_for_people(const struct run *run)
{
	return run->options->format == FORMAT_TEXT && !run->options->columns;
}

/* Rows are for programs, on machines that always have some of these: they are told with -v. */
static void tell_unknown(const struct run *run)
{
	if (!is_for_people(run) && run->options->verbosity < 1)
		return;
	for (int rule = 0; rule < STUCK_RULES; rule++) {
		char text[STUCK_RULE_TEXT];

		if (!run->list.unknown[rule] || rule == STUCK_UNSENT)
			continue;
		stuck_rule_print((enum stuck_rule)rule, 0, text);
		*strchr(text, '>') = '\0';
		note(run->options->verbosity,
		     "%zu in %s: since when, one look cannot tell; stuck --watch or trace --keep can",
		     run->list.unknown[rule], text);
	}
}

static int print_diagnosis(struct run *run, const struct sockets *sockets,
			   const struct stuck_groups *groups)
{
	struct stuck_view view = {
		.sockets = sockets,
		.groups = groups,
		.origins = run->origins,
		.width = terminal_text_width(STDOUT_FILENO, WIDTH_MAX),
		.utf8 = language_is_utf8(),
		.all = run->options->verbosity > 0,
	};
	char *text = NULL;
	size_t length = 0;
	FILE *out = open_memstream(&text, &length);
	int err;

	if (!out)
		return -errno;
	(void)resolver_new("/etc", &view.users);
	stuck_report_print(out, &view);
	resolver_free(view.users);
	err = fclose(out) ? -errno : sink_write(run->sink, text, length);
	free(text);
	return err;
}

static int show_diagnosis(struct run *run, const struct sockets *sockets,
			  const struct stuck_list *list)
{
	static const char nothing[] = "Nothing is stuck.\n";
	struct stuck_groups groups;
	int err;

	if (!list->n || list->n <= run->options->more_than)
		return sink_is_terminal(run->sink) ?
			       sink_write(run->sink, nothing, strlen(nothing)) :
			       0;
	err = stuck_groups_new(sockets, list, &groups);
	if (err)
		return err;
	err = print_diagnosis(run, sockets, &groups);
	stuck_groups_free(&groups);
	return err;
}

static int show_rows(struct run *run, const struct socket_view *view)
{
	int err = output_begin(run->output);

	for (size_t i = 0; i < effective(run) && !err; i++) {
		const struct stuck_event event = { &run->list.items[i], "stuck", NULL,
						   run->sockets->mono_ns };

		err = output_stuck(run->output, view, &event);
	}
	return err;
}

/* Of --once. 1: something is stuck. What was not looked at is not known to be fine. */
static int verdict(struct run *run)
{
	size_t n = run->sockets->n_unentered;

	if (effective(run))
		return 1;
	if (n)
		return error_set(run->error, EPERM,
				 "--once: nothing is stuck where it was looked, but %zu "
				 "network namespace%s could not be entered",
				 n, n == 1 ? "" : "s");
	return 0;
}

/* 1: something is stuck, and --once was given; or was not closed. */
static int run_once(struct run *run)
{
	const struct options *options = run->options;
	const struct stuck_close_config config = {
		.how = options->close,
		.ask = !options->yes,
		.verbosity = options->verbosity,
		.netns = options->netns,
		.inode = options->filter.netns,
		.stop_fd = loop_stop_fd(run->loop),
	};
	char text[SOCKET_TEXT];
	struct socket_view view;
	int err = look_well(run);

	if (err)
		return err;
	view = view_of(run, text);
	if (options->close) {
		if (!effective(run))
			run->list.n = 0;
		return stuck_close(&config, run->output, run->sink, &view, &run->list, run->error);
	}
	if (is_for_people(run))
		err = show_diagnosis(run, run->sockets, &run->list);
	else
		err = show_rows(run, &view);
	if (!err)
		err = sink_flush(run->sink);
	tell_unknown(run);
	if (!err && options->once)
		err = verdict(run);
	return err;
}

static int tell_change(void *context, const struct socket_view *view,
		       const struct stuck_event *event)
{
	struct run *run = context;

	return output_stuck(run->output, view, event);
}

static int watch_frame(struct run *run, bool first)
{
	char text[SOCKET_TEXT];
	struct socket_view view;
	uint64_t start = clock_mono_ns();
	int err = first ? look_well(run) : look(run);

	if (err)
		return err;
	view = view_of(run, text);
	if (!effective(run))
		stuck_list_free(&run->list);
	err = stuck_diff_report(run->past, &view, run->sockets, &run->list, tell_change, run);
	run->sockets = NULL;
	if (!err)
		err = sink_flush(run->sink);
	run->next_ns = start + (clock_mono_ns() - start) * LOOK_SHARE;
	return err ? err : ++run->frames == run->options->rounds;
}

/* A loop_fn. */
static int watch_again(void *context)
{
	struct run *run = context;
	struct counters counters;

	if (clock_mono_ns() < run->next_ns)
		return 0;
	if (run->tracer) {
		(void)tracer_rescan(run->tracer);
		tracer_count(run->tracer, &counters);
		if (counters.unseen)
			(void)tracer_add_copy(run->tracer);
	}
	return watch_frame(run, false);
}

static int say_ready(struct run *run)
{
	struct ts_ready ready = { .frame = { TS_FRAME_READY, sizeof(ready) } };

	if (run->tracer)
		tracer_ready(run->tracer, &ready);
	ready.mono_ns = clock_mono_ns();
	return output_take(run->output, &ready.frame);
}

static int run_watch(struct run *run)
{
	uint64_t ns = (uint64_t)(run->options->interval * 1e9);
	int err = say_ready(run);

	if (!err)
		err = output_begin(run->output);
	if (!err)
		err = watch_frame(run, true);
	if (!err)
		err = loop_add_timer(run->loop, ns, watch_again, run);
	if (!err)
		err = loop_run(run->loop);
	if (err < 0 || !is_for_people(run))
		return err;
	err = sink_write(run->sink, "\n", 1); /* in the end, all of it together */
	return err ? err :
		     show_diagnosis(run, stuck_diff_sockets(run->past), stuck_diff_list(run->past));
}

/* One that keeps what is asked for. */
static bool keeper_is_there(const struct options *options)
{
	struct pinned kept;
	bool enough;

	if (pin_find(&kept))
		return false;
	enough = !options->origin || kept.origins >= 0;
	pin_close(&kept);
	return enough;
}

static int check_origin(struct run *run)
{
	int err = run->options->origin ? origins_supported(run->error) : 0;

	if (err || !run->options->origin || run->options->interval > 0 ||
	    keeper_is_there(run->options))
		return err;
	return error_set(run->error, EINVAL,
			 "--origin: no tracer keeps origins: give --watch too, or "
			 "start \"tcpstate trace --keep --origin\" before");
}

/* Exact ages need the records of a tracer: a keeper's, or our own. */
static int start_tracer(struct run *run)
{
	const struct tracer_config config = {
		.tier = run->options->tier,
		.records = true,
		.origins = run->options->origin,
		.debug = run->options->debug,
	};
	int err;

	if (run->options->interval <= 0 || keeper_is_there(run->options))
		return 0;
	err = tracer_new(&config, &run->tracer, run->error);
	if (err || !run->options->origin)
		return err;
	err = stack_collector_new(run->tracer, &run->stacks, run->error);
	return err ? err :
		     loop_add_fd(run->loop, stack_collector_fd(run->stacks), stack_collector_round,
				 run->stacks);
}

static int open_source(struct run *run)
{
	const struct options *options = run->options;
	const struct sockets_wants wants = {
		.filter = &options->filter,
		.tracer = run->tracer,
		.netns = options->netns,
		.tcp = true,
		.holders = true,
		.debug = options->debug,
		.details = options->format != FORMAT_TEXT || options->columns,
	};

	int err = socket_source_new(&wants, &run->source, run->error);

	if (!err && socket_source_origins_fd(run->source) >= 0)
		(void)origins_new(socket_source_origins_fd(run->source), &run->origins, NULL);
	return err;
}

/* A line a socket, as they become stuck or are closed, in text; the others show all. */
static const char *default_columns(const struct options *options)
{
	if (options->format != FORMAT_TEXT)
		return NULL;
	if (options->close)
		return "event,rule,stuck,holder_list,local,peer,why";
	return options->origin ? "time,event,rule,stuck,process,local,peer,unread,unsent,origin" :
				 "time,event,rule,stuck,process,local,peer,unread,unsent";
}

static int new_output(struct run *run)
{
	const struct options *options = run->options;
	const struct output_config config = {
		.format = options->format,
		.table = &stuck_fields,
		.type = "stuck",
		.columns = options->columns,
		.defaults = default_columns(options),
		.color = options->color,
		.resolve = options->resolve,
		.verbosity = options->verbosity,
	};

	return output_new(&config, run->sink, &run->output, run->error);
}

static int prepare(struct run *run)
{
	const struct options *options = run->options;
	int err;

	if (sink_new(STDOUT_FILENO, loop_stop_fd(run->loop), &run->sink) ||
	    stuck_new(&options->rules, &run->stuck) || stuck_diff_new(&run->past))
		return error_set(run->error, ENOMEM, "no memory for the output buffer");
	(void)loop_add_hangup(run->loop, STDOUT_FILENO);
	err = check_origin(run);
	if (!err)
		err = new_output(run);
	if (!err)
		err = start_tracer(run);
	if (err)
		return err;
	(void)cgroups_new(&run->cgroups); /* no cgroup v2: no paths */
	return open_source(run);
}

static void discard(struct run *run)
{
	drop_look(run);
	stuck_diff_free(run->past);
	stuck_free(run->stuck);
	origins_free(run->origins);
	socket_source_free(run->source);
	stack_collector_free(run->stacks);
	tracer_free(run->tracer);
	cgroups_free(run->cgroups);
	output_free(run->output);
	sink_free(run->sink);
	loop_free(run->loop);
}

static int usage_error(const struct options *options, struct error *error)
{
	bool watch = options->interval > 0;

	if (options->rounds && !watch)
		return error_set(error, EINVAL, "--frames goes with --watch: give that too");
	if (watch && (options->once || options->close))
		return error_set(error, EINVAL,
				 "--watch goes on and on: leave out --once and --close");
	if (options->once && options->close)
		return error_set(error, EINVAL, "--once only looks: leave it out, or --close");
	if (options->yes && !options->close)
		return error_set(error, EINVAL, "--yes goes with --close: say how, fin or reset");
	if (options->close && !options->yes && !stuck_close_may_ask())
		return error_set(error, EINVAL,
				 "--close asks before it ends anything, and there is no "
				 "terminal to ask: give --yes");
	return 0;
}

static int run_it(struct run *run)
{
	int err = run->options->interval > 0 ? run_watch(run) : run_once(run);
	int status;

	if (err < 0 && err != -EPIPE && err != -ECANCELED && !run->error->text[0] &&
	    !sink_flush(run->sink))
		error_set(run->error, -err, "stuck ended early: %s", strerror(-err));
	sink_stop(run->sink);
	status = sink_close(run->sink, run->error) || run->error->text[0] ? EXIT_FAILED : EXIT_FINE;
	if (err < 0 && !run->frames && status == EXIT_FAILED && session_status(err) == EXIT_UNABLE)
		return EXIT_UNABLE; /* there was not one look */
	return err > 0 && run->options->interval <= 0 ? EXIT_FAILED : status;
}

int cmd_stuck(const struct options *options)
{
	struct error error = { "" };
	struct run run = { .options = options, .error = &error };
	int status = EXIT_FAILED, err;

	if (usage_error(options, &error)) {
		status = EXIT_USAGE;
		goto out;
	}
	if (loop_new(&run.loop, &error))
		goto out;
	err = prepare(&run);
	if (err) /* before there is an output it is the options' fault */
		status = err == -EINVAL && !run.output ? EXIT_USAGE : session_status(err);
	else
		status = run_it(&run);
out:
	if (error.text[0])
		error_print(&error);
	discard(&run);
	return status;
}
