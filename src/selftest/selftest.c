// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Sets up a run: network namespace, fork server, tracer, stream. */
#include "selftest/selftest.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "filter/filter.h"
#include "selftest/netns.h"
#include "system/netns.h"

/* Port of a listener that stays open. */
enum { RESIDENT_PORT = CASE_FIRST_PORT - 1 };

int selftest_new(const struct selftest_config *config, struct selftest *self, struct error *error)
{
	*self = (struct selftest){
		.wait_ms = SELFTEST_POLL_MS,
		.run = {
			.long_tests = config->long_tests,
			.verbosity = config->verbosity,
			.whole = !config->n_patterns,
		},
	};
	return case_list_new(config->patterns, config->n_patterns, &self->run.cases, error);
}

void selftest_free(struct selftest *self)
{
	case_list_free(self->run.cases);
	ring_source_free(self->source);
	stream_free(self->stream);
	witness_free(self->witness);
	tracer_free(self->tracer);
	run_free(&self->run);
	loop_free(self->loop);
}

static int take_frame(void *context, const struct stream_frame *in)
{
	struct selftest *self = context;
	const struct ts_port *port = (const struct ts_port *)in->frame;
	const struct ts_transition *t = (const struct ts_transition *)in->frame;

	switch (in->frame->type) {
	case TS_FRAME_PORT:
		observed_set_port(&self->run.observed, port->id, port->lport);
		return 0;
	case TS_FRAME_DROP:
		return observed_add_drop(&self->run.observed, (const struct ts_drop *)in->frame);
	case TS_FRAME_TRANSITION:
		if (!stress_has(t))
			return observed_add(&self->run.observed, t);
		stress_add(&self->run.stress, t);
		return 0;
	default:
		return 0;
	}
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

static int open_tracer(const struct selftest_config *config, struct selftest *self,
		       struct error *error)
{
	struct tracer_config tracer = {
		.tier = config->tier,
		.buffer_bytes = config->buffer_bytes,
		.disable_program = config->disable_program,
		.events = true,
		.drops = true,
		.late_ports = true,
		.debug = config->debug,
	};
	const struct stream_config stream = { .filter = &tracer.filter };
	const struct stream_source live = { .live = true };
	int err;

	filter_set_netns(&tracer.filter, self->run.facts.netns);
	err = stream_new(&stream, &live, (struct consumer){ take_frame, self }, &self->stream,
			 error);
	if (!err)
		err = tracer_new(&tracer, &self->tracer, error);
	if (!err)
		err = ring_source_new(self->tracer, self->stream, &self->source, error);
	if (err)
		return err;
	err = tracer_add_copy(self->tracer); /* no transition may be missed */
	if (err)
		return error_set(error, -err, "cannot load another copy of the program: %s",
				 strerror(-err));
	if (witness_new(self->run.facts.netns, &self->witness))
		self->witness = NULL; /* then nothing counts as hidden */
	self->run.tier = tracer_facts(self->tracer)->tier;
	if (note_programs(self))
		return error_set(error, ENOMEM, "cannot list the BPF programs: out of memory");
	self->run.cases->tracing = true;
	return 0;
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

	if (fd >= 0 && !bind(fd, (struct sockaddr *)&address, sizeof(address)) && !listen(fd, 1))
		return 0;
	return error_set(error, errno, "cannot listen on lo of the new network namespace: %s",
			 strerror(errno));
}

/* Wakes the loop; runner_poll() receives the answer. */
static int actor_answered(void *context)
{
	return 0;
}

static int prepare(struct selftest *self, struct error *error)
{
	int err = net_enter(error);

	if (!err)
		err = case_list_open(self->run.cases, error);
	if (!err)
		err = resident_listen(error);
	if (!err)
		err = loop_new(&self->loop, error);
	if (err)
		return err;
	self->run.has_ipv6 = net_has_ipv6();
	self->run.facts.uid = (uint32_t)geteuid();
	self->run.facts.netns = netns_own();
	err = loop_add_fd(self->loop, self->run.cases->epoll, actor_answered, self);
	return err ? error_set(error, ENOMEM, "cannot watch the actors: out of memory") : 0;
}

int selftest_start(const struct selftest_config *config, struct selftest *self, struct error *error)
{
	int err = prepare(self, error);

	if (!err)
		err = selftest_run_before(self);
	if (!err)
		err = open_tracer(config, self, error);
	return err ? err : run_parse(&self->run, error);
}

static int take_sighting(void *context, const struct ts_sighting *what, uint64_t count)
{
	return sightings_add(context, what, count);
}

static int finish(struct selftest *self)
{
	struct sightings *sightings = &self->run.sightings;
	int err;

	tracer_detach(self->tracer);
	err = ring_source_finish(self->source);
	tracer_count(self->tracer, &self->run.counters);
	self->run.hooks_skipped = tracer_hooks_skipped(self->tracer);
	if (!err && self->witness) {
		err = witness_each(self->witness, take_sighting, sightings);
		sightings->taken = !err;
	}
	return err;
}

int selftest_run(struct selftest *self)
{
	int err = selftest_run_quiet(self);

	if (!err && !self->interrupted)
		err = selftest_run_stress(self);
	if (!err && self->interrupted)
		err = -EINTR;
	return err ? err : finish(self);
}
