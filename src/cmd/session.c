// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Tracer, ring source and stream wired to a consumer. */
#include "cmd/session.h"
#include "cmd/confine.h"
#include "cmd/coverage.h"
#include "cmd/filter_note.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "system/cgroup.h"
#include "tracer/pin.h"
#include "origin/origin.h"
#include "events/ring_source.h"
#include "counts/counts.h"
#include "lib/clock.h"
#include "output/count.h"
#include "tracer/tracer.h"

struct session {
	const struct session_output *output;
	struct tracer *tracer;
	struct stream *stream;
	struct ring_source *source;
	struct by_process *processes;
	uint64_t start_ns;
	struct pin *pin;		/* NULL without --pin */
	struct helper *helper;		/* NULL without --origin */
	struct stack_collector *stacks; /* likewise */
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

	if (frame->frame->type == TS_FRAME_TRANSITION)
		by_process_add(session->processes, (const struct ts_transition *)frame->frame);
	return session->output->consumer.take(session->output->consumer.context, frame);
}

static void report_ready(const struct session *session, const struct options *options)
{
	const struct tracer_facts *facts = tracer_facts(session->tracer);
	const struct ts_ready *ready = &facts->ready;

	coverage_note(facts, options->verbosity);
	if (facts->in_pid_namespace)
		note(options->verbosity, "PIDs are of this PID namespace: processes outside of it "
					 "have none, and their older sockets no owner");
	if (facts->tier == HOOK_TIER_KPROBE)
		note(options->verbosity,
		     "kprobe tier: under load some transitions of half-open and TIME_WAIT sockets "
		     "may be missed without being counted as lost");
	if (options->verbosity > 0)
		note(0, "tracing, %s tier: %llu sockets known, ready after %u.%u ms",
		     tier_name(facts->tier), (unsigned long long)ready->sockets,
		     ready->startup_us / 1000, ready->startup_us % 1000 / 100);
	else if (options->format == FORMAT_TEXT)
		note(options->verbosity, "tracing; Ctrl-C ends it");
}

static int session_open(struct session *session, const struct options *options, struct loop *loop,
			struct error *error)
{
	const struct tracer_config config = {
		.filter = options->filter,
		.tier = options->tier,
		.buffer_bytes = options->buffer_bytes,
		.events = true,
		.drops = !options->no_drops,
		.late_ports = session->output->late_ports ||
			      options->filter.on & (TS_BY_LPORT | TS_BY_PORT),
		.origins = options->origin,
		.debug = options->debug,
	};
	struct stream_source live = { .cgroup_path = cgroups_path, .live = true };
	struct stream_config stream = session_stream_config(options);
	struct consumer consumer = { session_take, session };
	int err;

	/* before there are descriptors and mappings that a helper must not have */
	err = options->origin ? helper_new(&session->helper, error) : 0;
	if (err)
		return err;
	err = by_process_new(&session->processes);
	if (err)
		return error_set(error, -err, "cannot trace: out of memory");
	session->start_ns = clock_mono_ns();
	if (cgroups_new(&session->cgroups)) /* no cgroup v2: no paths, ids are 0 or unknown */
		live.cgroup_path = NULL;
	live.context = session->cgroups;
	stream.cgroup_paths = session->output->cgroup_paths;
	err = stream_new(&stream, &live, consumer, &session->stream, error);
	if (err)
		return err;
	err = options->pin ? pin_new(&session->pin, error) : 0;
	if (err) {
		error_prefix(error, "--pin");
		return err;
	}
	err = tracer_new(&config, &session->tracer, error);
	if (!err && session->pin)
		err = pin_create(session->pin, session->tracer, error);
	if (err)
		return err;
	if (options->origin)
		err = stack_collector_new(session->tracer, session->helper, loop, &session->stacks,
					  error);
	if (err)
		return err;
	report_ready(session, options);
	return ring_source_new(session->tracer, session->stream, &session->source, error);
}

/* Without hooks on request sockets, their ends are found by scans. */
static unsigned later_needs(const struct session *session, const struct options *options)
{
	unsigned needs = CONFINE_BPF;

	if (!tracer_follows_minisocks(session->tracer))
		needs |= CONFINE_SCANS;
	if (session->output->cgroup_paths || options->cgroup_path)
		needs |= CONFINE_FILES;
	if (session->stacks)
		needs |= CONFINE_ORIGINS;
	return needs;
}

static void report_user(const struct origin_losses *user, const struct options *options)
{
	static const char *const why[] = {
		[ORIGIN_REFUSED_RATE] = "more new call stacks at a time than its share",
		[ORIGIN_REFUSED_SHARE] = "more different call stacks than its share",
		[ORIGIN_REFUSED_LATE] = "programs whose files take too long to read",
	};

	for (int i = 0; i < ORIGIN_REFUSALS; i++)
		if (user->refused[i])
			note(options->verbosity, "%" PRIu64 " of them are of user %u (PID %u): %s",
			     user->refused[i], user->uid, user->pid, why[i]);
}

static void report_origins(const struct origin_summary *origins, const struct options *options)
{
	uint64_t refused = 0;

	if (options->verbosity > 0)
		note(0, "origins: %" PRIu64 " stacks unwound, %" PRIu64 " known by then",
		     origins->unwound, origins->known);
	if (origins->refused[ORIGIN_REFUSED_RATE])
		note(options->verbosity,
		     "the origin of %" PRIu64 " sockets is unknown: too many new call stacks at a "
		     "time",
		     origins->refused[ORIGIN_REFUSED_RATE]);
	for (int i = ORIGIN_REFUSED_RATE + 1; i < ORIGIN_REFUSALS; i++)
		refused += origins->refused[i];
	if (refused)
		note(options->verbosity,
		     "the origin of %" PRIu64 " sockets is unknown: their call stacks were refused",
		     refused);
	for (size_t i = 0; i < origins->n; i++)
		report_user(&origins->users[i], options);
}

static void report_left(unsigned left, const struct options *options)
{
	if (left)
		note(options->verbosity,
		     "%u helper processes hang in the kernel in another process's files, and are "
		     "left behind",
		     left);
}

void session_note_undecided(const struct stream *stream, const struct options *options)
{
	uint64_t n = stream_undecided(stream);

	if (n)
		note(options->verbosity,
		     "%" PRIu64 " transition%s shown without a local port: the port is unknown, so "
		     "the filter by port could not decide",
		     n, n == 1 ? " is" : "s are");
}

/* err: of the loop. Returns the first error. */
static int session_finish(struct session *session, const struct options *options, int err)
{
	struct counts_reader reader = {
		.tracer = session->tracer,
		.minisocks_unknown = options->filter.on & TRACER_MINISOCKS_UNKNOWN,
		.netns_missed = tracer_facts(session->tracer)->ready.netns_missed,
	};
	struct origin_summary origins;
	struct counts counts;

	sink_stop(session->output->sink);
	tracer_detach(session->tracer);
	if (!err)
		err = ring_source_finish(session->source);
	if (session->stacks)
		origin_summarize(session->tracer, session->stacks, &origins);
	if (!err && session->stacks && session->output->take_origins)
		err = session->output->take_origins(session->output->consumer.context, &origins);
	if (!err)
		(void)sink_flush(session->output->sink);
	if (options->verbosity < 0)
		return err;
	counts_read_last(&reader, &counts);
	if (err < 0)
		note(options->verbosity, "events that were in the ring when the output failed are "
					 "not shown; the counts below include them");
	summary_print(&counts, session->processes, session->start_ns, stderr);
	session_note_undecided(session->stream, options);
	if (session->stacks)
		report_origins(&origins, options);
	return err;
}

int session_run(const struct options *options, struct cmd_context *ctx,
		const struct session_output *output, bool *started)
{
	struct session session = { .output = output };
	int err = cmd_find_netns(ctx, options);

	if (!err)
		filter_note(options);
	if (!err)
		err = cmd_kernel(ctx, session_open(&session, options, ctx->loop, &ctx->error));
	*started = !err;
	if (!err) {
		confine(later_needs(&session, options), options->verbosity);
		err = ring_source_run(session.source, ctx->loop, output->sink);
		err = session_finish(&session, options, err);
	}
	pin_free(session.pin); /* before the records go stale */
	stack_collector_free(session.stacks);
	report_left(helper_free(session.helper), options);
	ring_source_free(session.source);
	stream_free(session.stream);
	tracer_free(session.tracer);
	cgroups_free(session.cgroups);
	by_process_free(session.processes);
	return err;
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
