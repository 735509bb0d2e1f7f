// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Tracer, ring source and stream wired to a consumer. */
#include "cmd/session.h"
#include "cmd/context.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "system/cgroup.h"
#include "tracer/pin.h"
#include "origin/origin.h"
#include "events/ring_source.h"
#include "origin/collector.h"
#include "events/summary.h"
#include "tracer/tracer.h"

struct session {
	const struct session_output *output;
	struct tracer *tracer;
	struct stream *stream;
	struct ring_source *source;
	struct summary *summary;
	struct pin *keeper;		/* NULL without --pin */
	struct stack_collector *stacks; /* NULL without --origin */
	struct cgroups *cgroups;
};

struct stream_config session_stream_config(const struct options *options)
{
	return (struct stream_config){
		.filter = &options->filter,
		.cgroup_path = options->cgroup_path,
		.failed = options->failed,
		.handshakes = options->handshakes,
		.no_drops = options->no_drops,
	};
}

static int session_take(void *context, const struct stream_frame *frame)
{
	struct session *session = context;

	(void)summary_take(session->summary, frame);
	return session->output->consumer.take(session->output->consumer.context, frame);
}

static int session_round(void *context)
{
	struct session *session = context;
	int err = ring_source_round(session->source);

	return err ? err : sink_flush(session->output->sink);
}

static void say_ready(const struct session *session, const struct options *options)
{
	struct ts_ready ready;

	tracer_ready(session->tracer, &ready);
	if (ready.netns_missed)
		note(options->verbosity,
		     "%u network namespaces could not be entered: their sockets that no process "
		     "holds are unknown (needs CAP_SYS_ADMIN)",
		     ready.netns_missed);
	if (tracer_in_pid_namespace())
		note(options->verbosity, "PIDs are this PID namespace's; processes outside of it "
					 "have none, and their older sockets no owner");
	if (options->verbosity > 0 && tracer_netns_unknown(session->tracer))
		note(0,
		     "%u processes do not let us know their network namespace: one that only "
		     "they are in is not looked into",
		     tracer_netns_unknown(session->tracer));
	if (tracer_tier(session->tracer) == HOOK_TIER_KPROBE)
		note(options->verbosity,
		     "kprobe tier: while packets interrupt each other's kprobes, transitions of half-open "
		     "and TIME_WAIT sockets can be missing, and are not told as lost");
	if (options->verbosity > 0)
		note(0, "tracing, %s tier: %llu sockets known, ready after %u.%u ms",
		     tier_name(tracer_tier(session->tracer)), (unsigned long long)ready.sockets,
		     ready.startup_us / 1000, ready.startup_us % 1000 / 100);
	else if (options->format == FORMAT_TEXT)
		note(options->verbosity, "tracing; Ctrl-C ends it");
}

static int session_open(struct session *session, const struct options *options, struct error *error)
{
	const struct tracer_config config = {
		.filter = options->filter,
		.tier = options->tier,
		.buffer_bytes = options->buffer_bytes,
		.events = true,
		.drops = !options->no_drops,
		.late_ports = session->output->late_ports || options->filter.on & TS_BY_LPORT,
		.origins = options->origin,
		.debug = options->debug,
	};
	struct stream_source live = { .cgroup_path = cgroups_path, .live = true };
	struct stream_config stream = session_stream_config(options);
	struct consumer consumer = { session_take, session };
	int err;

	err = summary_new(&session->summary);
	if (err)
		return error_set(error, -err, "no memory");
	if (cgroups_new(&session->cgroups)) /* no cgroup v2: no paths, ids are 0 or unknown */
		live.cgroup_path = NULL;
	live.context = session->cgroups;
	stream.cgroup_paths = session->output->cgroup_paths;
	err = stream_new(&stream, &live, consumer, &session->stream, error);
	if (err)
		return err;
	err = options->origin ? origins_supported(error) : 0;
	if (err)
		return err;
	if (options->pin && pin_new(&session->keeper, error)) {
		error_prefix(error, "--pin");
		return -EBUSY;
	}
	err = tracer_new(&config, &session->tracer, error);
	if (!err && session->keeper && pin_create(session->keeper, session->tracer, error))
		err = -EBUSY;
	if (err)
		return err;
	err = options->origin ? stack_collector_new(session->tracer, &session->stacks, error) : 0;
	if (err)
		return err;
	say_ready(session, options);
	return ring_source_new(session->tracer, session->stream, &session->source, error);
}

static int session_loop(struct session *session, struct loop *loop)
{
	int err = loop_add_fd(loop, ring_source_fd(session->source), ring_source_round,
			      session->source);

	if (!err && session->stacks)
		err = loop_add_fd(loop, stack_collector_fd(session->stacks), stack_collector_round,
				  session->stacks);
	if (!err)
		err = loop_add_clock_set(loop, ring_source_clock_set, session->source);
	if (err)
		return err;
	loop_each_round(loop, session_round, session, ring_source_wait_ms(session->source));
	return loop_run(loop);
}

static void say_origins(const struct session *session, const struct options *options)
{
	struct origin_counts counts;

	tracer_count_origins(session->tracer, &counts);
	if (options->verbosity > 0)
		note(0, "origins: %" PRIu64 " stacks unwound, %" PRIu64 " known by then",
		     counts.copied, counts.known);
	if (counts.lost)
		note(options->verbosity,
		     "the origin of %" PRIu64 " sockets is not known: more new stacks "
		     "came than are taken",
		     counts.lost);
}

/* Returns the first error, that of the loop included. */
static int session_finish(struct session *session, const struct options *options,
			  struct session_result *result, int err)
{
	struct counters counters;
	int missed;

	sink_stop(session->output->sink);
	tracer_detach(session->tracer);
	if (!err)
		err = ring_source_finish(session->source);
	if (!err)
		(void)sink_flush(session->output->sink);
	result->started = true;
	if (options->verbosity < 0)
		return err;
	missed = tracer_count_minisocks(session->tracer, &counters);
	if (tracer_follows_minisocks(session->tracer))
		missed = -1; /* there was nothing to look up */
	if (err < 0)
		note(options->verbosity, "what was still in the ring when the output failed is not "
					 "shown; the counts below have it");
	summary_print(session->summary, &counters, missed, stderr);
	if (session->stacks)
		say_origins(session, options);
	return err;
}

static void session_close(struct session *session)
{
	pin_free(session->keeper); /* before the records go stale */
	stack_collector_free(session->stacks);
	ring_source_free(session->source);
	stream_free(session->stream);
	tracer_free(session->tracer);
	cgroups_free(session->cgroups);
	summary_free(session->summary);
}

int session_run(const struct options *options, struct loop *loop,
		const struct session_output *output, struct session_result *result,
		struct error *error)
{
	struct session session = { .output = output };
	int err;

	*result = (struct session_result){ 0 };
	err = session_open(&session, options, error);
	if (!err) {
		err = session_loop(&session, loop);
		err = session_finish(&session, options, result, err);
	}
	session_close(&session);
	return err;
}

int session_status(int err)
{
	return (int)cmd_kernel_status(err);
}

struct output_config session_output_config(const struct options *options)
{
	return (struct output_config){
		.format = options->format,
		.table = options->handshakes ? &handshake_fields : &transition_fields,
		.drops = &handshake_drop_fields,
		.type = options->handshakes ? "handshake" : "transition",
		.columns = options->columns,
		.color = options->color,
		.resolve = options->resolve,
		.verbosity = options->verbosity,
	};
}
