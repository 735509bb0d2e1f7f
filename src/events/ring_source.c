// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Pushes the ring's frames, and the clock, late ports, drops and losses that user space reads. */
#include "events/ring_source.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/libbpf.h>

#include "lib/clock.h"

enum {
	ITERATION_FRAMES = 16384, /* then the loop checks signals and flushes */
	POLL_MS = 20,
	IDLE_MS = 500,		  /* in case a wake-up went to an event that was not ready */
	ITERATION_OVER = -ECHILD, /* not an error of a stream: ends an iteration early */
};

static const uint64_t NS_PER_MS = 1000000;
static const uint64_t IDLE_AFTER_NS = 1000 * 1000000ull;
/* For entries whose event is in no ring. */
static const uint64_t ALL_PORTS_NS = 1000 * 1000000ull;
/* A port that is not known one second after its event never will be. */
static const uint64_t UNSETTLED_NS = 1000 * 1000000ull;

struct ring_source {
	struct tracer *tracer;
	struct stream *stream;
	struct sink *sink;
	struct ring_buffer *ring;
	/*
	 * The longest sleep of the loop: 20 ms while events come, else until the ring's descriptor
	 * wakes it. A wake-up per event would halve the connection rate of the traced host.
	 */
	int wait_ms;
	int frames; /* in this iteration */
	uint64_t last_frame_ns;
	uint64_t last_ports_ns;
	uint64_t last_missed_ns;
	uint64_t missed; /* reported so far, as the next */
	uint64_t half_opens_lost;
	bool ports_wait; /* some port is not chosen yet */
	struct ts_port *ports;
	size_t n_ports, ports_room;
};

static struct ts_port port_frame(uint64_t id, uint16_t port)
{
	return (struct ts_port){
		.frame = { .type = TS_FRAME_PORT, .size = sizeof(struct ts_port) },
		.mono_ns = clock_mono_ns(),
		.id = id,
		.lport = port,
	};
}

/* Most ports are chosen by the time that the event is read: few events wait for theirs. */
static int push_port_of(struct ring_source *source, const struct ts_transition *t)
{
	int port = tracer_find_port(source->tracer, t->id);
	struct ts_port frame;

	source->ports_wait |= !port;
	if (port <= 0)
		return 0;
	frame = port_frame(t->id, (uint16_t)port);
	return stream_push(source->stream, &frame, sizeof(frame));
}

static int take_frame(void *context, void *data, size_t size)
{
	const struct ts_transition *t = data;
	struct ring_source *source = context;
	int err = stream_push(source->stream, data, size);

	if (!err && t->frame.type == TS_FRAME_TRANSITION && !t->lport && t->new_state != TS_CLOSED)
		err = push_port_of(source, t);
	if (err)
		return err;
	return ++source->frames < ITERATION_FRAMES ? 0 : ITERATION_OVER;
}

static int push_clock(struct ring_source *source)
{
	struct ts_clock clock = {
		.frame = { .type = TS_FRAME_CLOCK, .size = sizeof(clock) },
		.mono_ns = clock_mono_ns(),
		.offset_ns = clock_wall_offset_ns(),
	};

	return stream_push(source->stream, &clock, sizeof(clock));
}

int ring_source_new(struct tracer *tracer, struct stream *stream, struct ring_source **out,
		    struct error *error)
{
	struct ring_source *source = calloc(1, sizeof(*source));
	int err;

	if (!source)
		return error_set(error, ENOMEM, "no memory for the ring's reader");
	source->tracer = tracer;
	source->stream = stream;
	source->wait_ms = POLL_MS;
	source->last_frame_ns = clock_mono_ns();
	source->ring = ring_buffer__new(tracer_map_fd(tracer, TRACER_EVENTS), take_frame, source,
					NULL);
	if (!source->ring) {
		err = errno;
		free(source);
		return error_set(error, err, "cannot map the ring: %s", strerror(err));
	}
	err = push_clock(source);
	if (!err)
		err = stream_push(stream, &tracer_facts(tracer)->ready, sizeof(struct ts_ready));
	if (err) {
		ring_source_free(source);
		return err;
	}
	*out = source;
	return 0;
}

void ring_source_free(struct ring_source *source)
{
	if (!source)
		return;
	ring_buffer__free(source->ring);
	free(source->ports);
	free(source);
}

static int push_lost(struct ring_source *source, struct ts_lost lost)
{
	lost.frame.type = TS_FRAME_LOST;
	lost.frame.size = sizeof(lost);
	lost.mono_ns = clock_mono_ns();
	return stream_push(source->stream, &lost, sizeof(lost));
}

/* Losses that no later event of their CPU has reported. */
static int push_losses(struct ring_source *source)
{
	int err = 0;

	for (unsigned cpu = 0; cpu < tracer_facts(source->tracer)->cpus && !err; cpu++) {
		struct ts_lost lost = { .cpu = cpu, .why = TS_LOST_BUFFER };
		uint64_t count, since;

		if (!tracer_read_loss(source->tracer, cpu, &count, &since))
			continue;
		lost.count = count;
		lost.since_ns = since;
		err = push_lost(source, lost);
	}
	return err;
}

/* Losses that only counters show: `now` in all, *reported so far. */
static int push_counted(struct ring_source *source, enum ts_lost_why why, uint64_t now,
			uint64_t *reported)
{
	struct ts_lost lost = { .why = why, .count = now - *reported };

	if (now <= *reported)
		return 0;
	*reported = now;
	return push_lost(source, lost);
}

static int push_missed(struct ring_source *source)
{
	struct counters counters;
	int err;

	tracer_count(source->tracer, &counters);
	if (counters.missed > source->missed)
		(void)tracer_add_copy(source->tracer); /* to miss fewer */
	err = push_counted(source, TS_LOST_RECURSION, counters.missed, &source->missed);
	return err ? err :
		     push_counted(source, TS_LOST_HALF_OPEN, counters.half_opens_lost,
				  &source->half_opens_lost);
}

static int note_port(void *context, uint64_t id, uint16_t port)
{
	struct ring_source *source = context;
	size_t room = source->ports_room ? source->ports_room * 2 : 256;
	struct ts_port *ports;

	if (source->n_ports == source->ports_room) {
		ports = realloc(source->ports, room * sizeof(*ports));
		if (!ports)
			return -ENOMEM;
		source->ports = ports;
		source->ports_room = room;
	}
	source->ports[source->n_ports++] = port_frame(id, port);
	return 0;
}

static int push_ports(struct ring_source *source)
{
	int err = 0;

	for (size_t i = 0; i < source->n_ports && !err; i++)
		err = stream_push(source->stream, &source->ports[i], sizeof(source->ports[i]));
	source->n_ports = 0;
	return err;
}

static int push_frame(void *context, const struct ts_frame *frame)
{
	struct ring_source *source = context;

	return stream_push(source->stream, frame, frame->size);
}

/* Pushes all frames in the ring. Returns ITERATION_OVER after ITERATION_FRAMES of them. */
static int drain(struct ring_source *source)
{
	int n;

	source->frames = 0;
	n = ring_buffer__consume(source->ring);
	if (source->frames)
		source->last_frame_ns = clock_mono_ns();
	return n < 0 ? n : 0;
}

static int drain_all(struct ring_source *source)
{
	int err;

	do
		err = drain(source);
	while (err == ITERATION_OVER);
	return err;
}

/*
 * Sleeps until woken after one second without events. An event between the drain and the sleep
 * either sees the request to wake, or is in the ring for the drain that follows it.
 */
static int choose_wait(struct ring_source *source, uint64_t now)
{
	int err;

	source->wait_ms = POLL_MS;
	if (now < source->last_frame_ns + IDLE_AFTER_NS)
		return 0;
	tracer_ask_wake(source->tracer);
	err = drain(source);
	if (!err && !source->frames)
		source->wait_ms = IDLE_MS;
	return err == ITERATION_OVER ? 0 : err;
}

int ring_source_round(void *context)
{
	struct ring_source *source = context;
	uint64_t now = clock_mono_ns();
	int err = 0;

	/*
	 * Ports are read before the ring: the last event of a socket is pushed before the report
	 * that the socket is gone.
	 */
	if (!source->n_ports && now - source->last_ports_ns >=
					(source->ports_wait ? POLL_MS * NS_PER_MS : ALL_PORTS_NS)) {
		source->ports_wait = tracer_each_port(source->tracer, note_port, source) > 0;
		source->last_ports_ns = now;
	}
	err = tracer_rescan(source->tracer);
	if (!err)
		err = drain(source);
	if (err == ITERATION_OVER) {
		source->wait_ms = 0;
		return 0;
	}
	if (!err)
		err = push_ports(source);
	if (!err)
		err = stream_settle(source->stream, source->last_ports_ns - UNSETTLED_NS);
	if (!err)
		err = tracer_each_half_open_end(source->tracer, false, push_frame, source);
	if (!err)
		err = tracer_each_drop(source->tracer, false, push_frame, source);
	if (!err)
		err = push_losses(source);
	if (!err && now - source->last_missed_ns >= IDLE_AFTER_NS) {
		source->last_missed_ns = now;
		err = push_missed(source);
	}
	return err ? err : choose_wait(source, now);
}

static int push_and_flush(void *context)
{
	struct ring_source *source = context;
	int err = ring_source_round(source);

	return err ? err : sink_flush(source->sink);
}

/* The events in the ring are of the old clock. */
static int clock_was_set(void *context)
{
	int err = drain_all(context);

	return err ? err : push_clock(context);
}

int ring_source_run(struct ring_source *source, struct loop *loop, struct sink *sink)
{
	int err = loop_add_fd(loop, ring_buffer__epoll_fd(source->ring), ring_source_round, source);

	if (!err)
		err = loop_add_clock_set(loop, clock_was_set, source);
	if (err)
		return err;
	source->sink = sink;
	loop_each_round(loop, push_and_flush, source, &source->wait_ms);
	return loop_run(loop);
}

int ring_source_finish(struct ring_source *source)
{
	int err;

	(void)tracer_each_port(source->tracer, note_port, source);
	err = drain_all(source);
	if (!err)
		err = push_ports(source);
	if (!err)
		err = tracer_each_half_open_end(source->tracer, true, push_frame, source);
	if (!err)
		err = tracer_each_drop(source->tracer, true, push_frame, source);
	if (!err)
		err = push_losses(source);
	if (!err)
		err = push_missed(source);
	return err ? err : stream_finish(source->stream);
}
