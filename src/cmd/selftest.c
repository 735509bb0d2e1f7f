// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * selftest: runs scenarios in a new network namespace, traces them in this process, and reports
 * TAP results.
 */
#include "cmd/cmd.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "selftest/selftest.h"
#include "filter/filter.h"
#include "selftest/netns.h"

/* Port of a listener that stays open. */
enum { RESIDENT_PORT = CASE_FIRST_PORT - 1 };

static int take_frame(void *context, const struct stream_frame *in)
{
	const struct ts_frame *frame = in->frame;
	struct selftest *self = context;
	const struct ts_port *port = (const struct ts_port *)frame;

	if (frame->type == TS_FRAME_PORT)
		observed_set_port(&self->run.observed, port->id, port->lport);
	if (frame->type == TS_FRAME_DROP)
		return observed_add_drop(&self->run.observed, (const struct ts_drop *)frame);
	if (frame->type != TS_FRAME_TRANSITION)
		return 0;
	if (stress_has((const struct ts_transition *)frame)) {
		stress_add(&self->run.stress, (const struct ts_transition *)frame);
		return 0;
	}
	return observed_add(&self->run.observed, (const struct ts_transition *)frame);
}

static void note_program(void *context, const char *name)
{
	(void)fprintf(context, "%s\n", name);
}

static int note_programs(struct selftest *self)
{
	size_t size;
	FILE *names = open_memstream(&self->run.programs, &size);

	if (!names)
		return -errno;
	tracer_each_program(self->tracer, note_program, names);
	return fclose(names) ? -errno : 0;
}

static int open_tracer(struct selftest *self, const struct options *options, struct error *error)
{
	struct tracer_config config = {
		.tier = options->tier,
		.buffer_bytes = options->buffer_bytes,
		.disable_program = options->without,
		.events = true,
		.drops = true,
		.late_ports = true,
		.debug = options->debug,
	};
	const struct stream_config stream = { .filter = &self->filter };
	const struct stream_source live = { .live = true };
	int err;

	self->filter = options->filter;
	err = filter_set_netns(&self->filter, "/proc/self/ns/net", error);
	if (!err)
		err = stream_new(&stream, &live, (struct consumer){ take_frame, self },
				 &self->stream, error);
	config.filter = self->filter;
	if (!err)
		err = tracer_new(&config, &self->tracer, error);
	if (!err)
		err = ring_source_new(self->tracer, self->stream, &self->source, error);
	if (err)
		return err;
	err = tracer_add_copy(self->tracer); /* no transition may be missed */
	if (err)
		return error_set(error, -err, "cannot load another copy of the program: %s",
				 strerror(-err));
	self->run.tier = tracer_tier(self->tracer);
	err = note_programs(self);
	if (err)
		return error_set(error, -err, "no memory for the program names");
	self->run.cases->tracing = true;
	return 0;
}

static int finish(struct selftest *self)
{
	int err;

	tracer_detach(self->tracer);
	err = ring_source_finish(self->source);
	tracer_count(self->tracer, &self->run.counters);
	return err;
}

/*
 * Opens a listener that stays. In a namespace without one, iter/tcp of 6.12 skips the first
 * bucket of the other sockets (tcp_seek_last_pos() keeps a used-up offset).
 */
static int resident_listen(struct error *error)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_port = htons(RESIDENT_PORT),
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) != 0 ||
	    listen(fd, 1) != 0)
		return error_set(error, errno,
				 "cannot listen on lo of the new network namespace: "
				 "%s",
				 strerror(errno));
	return fd;
}

/* Wakes the loop; runner_poll() receives the answer. */
static int actor_answered(void *context)
{
	(void)context;
	return 0;
}

static int prepare(struct selftest *self, const struct options *options, struct error *error)
{
	struct stat st;
	int err = net_enter(error);

	if (!err)
		err = case_list_open(self->run.cases, error);
	if (!err)
		err = self->resident = resident_listen(error);
	if (err < 0)
		return err;
	self->run.has_ipv6 = net_has_ipv6();
	self->run.facts.uid = (uint32_t)geteuid();
	if (!stat("/proc/self/ns/net", &st))
		self->run.facts.netns = (uint32_t)st.st_ino;
	self->run.patient = options->long_tests;
	self->run.verbosity = options->verbosity;
	self->run.whole = options->argc == 0;
	err = loop_new(&self->loop, error);
	if (!err && loop_add_fd(self->loop, self->run.cases->epoll, actor_answered, self))
		err = error_set(error, ENOMEM, "cannot watch the tests' processes");
	return err;
}

static int report(struct selftest *self, struct tap *tap)
{
	run_report(&self->run, tap);
	tap_end(tap);
	if (self->run.quiet.lost || (self->run.quiet.unseen && tap->failed))
		return EXIT_LOST;
	return tap->failed ? EXIT_FAILED : EXIT_FINE;
}

static int selftest_run(struct selftest *self, const struct options *options, struct error *error)
{
	struct tap tap;
	int err = prepare(self, options, error);

	if (!err)
		err = selftest_run_before(self);
	if (!err)
		err = open_tracer(self, options, error);
	if (!err)
		err = run_parse(&self->run, error);
	if (err)
		return EXIT_UNABLE;
	if (options->list_programs) {
		(void)fputs(self->run.programs, stdout);
		return EXIT_FINE;
	}
	tap_begin(&tap, stdout, run_plan(&self->run));
	err = selftest_run_quiet(self);
	if (!err && !self->interrupted)
		err = selftest_run_stress(self);
	if (!err && !self->interrupted)
		err = finish(self);
	if (err || self->interrupted) {
		tap_bail_out(&tap, err ? strerror(-err) : "interrupted");
		return EXIT_FAILED;
	}
	return report(self, &tap);
}

static void list(const struct case_list *cases)
{
	char name[128];

	for (size_t i = 0; i < cases->n; i++) {
		case_name(&cases->tests[i], name, sizeof(name));
		(void)puts(name);
	}
}

int cmd_selftest(const struct options *options)
{
	struct selftest self = { .resident = -1, .wait_ms = SELFTEST_POLL_MS };
	struct error error = { "" };
	int status = EXIT_USAGE;

	if (case_list_new(options->argv, options->argc, &self.run.cases, &error) == 0) {
		if (options->list) {
			list(self.run.cases);
			status = EXIT_FINE;
		} else {
			status = selftest_run(&self, options, &error);
		}
	}
	if (fflush(stdout) || ferror(stdout)) {
		error_set(&error, EIO, "cannot write to standard output");
		status = EXIT_FAILED;
	}
	if (error.text[0])
		error_print(&error);
	case_list_free(self.run.cases);
	ring_source_free(self.source);
	stream_free(self.stream);
	tracer_free(self.tracer);
	run_free(&self.run);
	loop_free(self.loop);
	return status;
}
