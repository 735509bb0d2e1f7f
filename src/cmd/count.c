// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* count: sockets per state and transitions, a line an interval. */
#include "cmd/cmd.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/loop.h"
#include "output/count.h"
#include "tracer/tracer.h"

struct count {
	const struct options *options;
	struct tracer *tracer;
	struct count_output *output;
	struct counters last;
	unsigned long lines;
	uint64_t looked_ns; /* when the small sockets were last looked at */
	uint64_t look_cost_ns;
	bool looked;
	int missed;
};

/* Small sockets cost a look at every socket: at most a twentieth of the time goes there. */
enum { LOOK_SHARE = 20 };

static int count_look(struct count *count, struct counters *now)
{
	uint64_t start = clock_mono_ns();

	count->looked = !count->looked_ns || tracer_follows_minisocks(count->tracer) ||
			start - count->looked_ns >= count->look_cost_ns * LOOK_SHARE;
	if (!count->looked) {
		tracer_count(count->tracer, now);
		return 0;
	}
	count->missed = tracer_count_minisocks(count->tracer, now);
	count->looked_ns = clock_mono_ns();
	count->look_cost_ns = count->looked_ns - start;
	return count->missed < 0 ? count->missed : 0;
}

static int count_line(void *context)
{
	struct count *count = context;
	struct count_line line = { .mono_ns = clock_mono_ns() };
	int err;

	tracer_resolve_ports(count->tracer);
	err = count_look(count, &line.now);

	if (err)
		return err;
	if (line.now.unseen)
		(void)tracer_add_copy(count->tracer); /* so that it becomes rarer */
	line.last = count->last;
	line.told = tracer_follows_minisocks(count->tracer);
	line.looked = line.told ||
		      (count->looked && !(count->options->filter.on & TRACER_MINISOCKS_UNKNOWN));
	line.netns_missed = count->missed;
	count->last = line.now;
	err = count_output_line(count->output, &line);
	if (err)
		return err;
	return ++count->lines == count->options->rounds; /* 1: ends the loop */
}

static int count_run(struct count *count, struct loop *loop, struct error *error)
{
	double interval = count->options->interval;
	int err;

	err = loop_add_timer(loop, (uint64_t)((interval > 0 ? interval : 1) * 1e9), count_line,
			     count);
	if (err)
		return error_set(error, -err, "no timer: %s", strerror(-err));
	err = count_line(count);
	if (!err)
		err = loop_run(loop);
	if (err < 0 && err != -EPIPE && err != -ECANCELED)
		error_set(error, -err, "cannot count any longer: %s", strerror(-err));
	return err < 0 ? err : 0;
}

int cmd_count(const struct options *options)
{
	const struct tracer_config config = {
		.filter = options->filter,
		.tier = options->tier,
		.late_ports = options->filter.on & TS_BY_LPORT,
		.debug = options->debug,
	};
	struct count count = { .options = options };
	struct error error = { "" };
	struct loop *loop = NULL;
	struct sink *sink = NULL;
	int status = EXIT_FAILED;

	if (loop_new(&loop, &error))
		goto out;
	if (sink_new(STDOUT_FILENO, loop_stop_fd(loop), &sink) ||
	    count_output_new(options->format, options->verbosity, sink, &count.output)) {
		error_set(&error, ENOMEM, "no memory for the output buffer");
		goto out;
	}
	(void)loop_add_hangup(loop, STDOUT_FILENO);
	if (tracer_new(&config, &count.tracer, &error)) {
		status = EXIT_UNABLE;
		goto out;
	}
	count_run(&count, loop, &error);
	sink_stop(sink);
	status = sink_close(sink, &error) || error.text[0] ? EXIT_FAILED : EXIT_FINE;
out:
	if (error.text[0])
		error_print(&error);
	tracer_free(count.tracer);
	count_output_free(count.output);
	sink_free(sink);
	loop_free(loop);
	return status;
}
