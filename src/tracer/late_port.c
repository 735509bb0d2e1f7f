// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Local ports that the kernel chooses after the event. */
#include "tracer/internal.h"

#include <bpf/bpf.h>

#include <tcpstate/record.h>

#include "lib/clock.h"

static const uint64_t PRUNE_NS = 10000 * 1000000ull;

/* Returns the port, 0: not known yet, or -1. `waits`: the socket is still in the entry's state. */
static int find_port(const struct tracer *tracer, uint64_t id, const struct ts_pending_port *entry,
		     bool waits)
{
	uint64_t args[3] = { id, entry->address, waits };
	int err;

	LIBBPF_OPTS(bpf_test_run_opts, opts, .ctx_in = args, .ctx_size_in = sizeof(args));
	err = bpf_prog_test_run_opts(bpf_program__fd(tracer->bpf->progs.find_port), &opts);
	return err ? 0 : (int)opts.retval;
}

static int map_of(const struct tracer *tracer)
{
	return bpf_map__fd(tracer->bpf->maps.pending_ports);
}

/* The entry stays in the map until the next transition of the socket. */
static void note_port(const struct tracer *tracer, uint64_t id, struct ts_pending_port *entry,
		      int port)
{
	entry->reported = 1;
	entry->lport = (uint16_t)port;
	(void)bpf_map_update_elem(map_of(tracer), &id, entry, BPF_EXIST);
}

int tracer_find_port(struct tracer *tracer, uint64_t id)
{
	struct ts_pending_port entry;
	int port;

	if (!tracer->bpf->rodata->cfg_late_ports ||
	    bpf_map_lookup_elem(map_of(tracer), &id, &entry))
		return -ENOENT;
	if (entry.reported)
		return entry.lport;
	port = find_port(tracer, id, &entry, false);
	if (port > 0)
		note_port(tracer, id, &entry, port);
	return port > 0 ? port : 0;
}

/* One pass over all entries. */
struct pass {
	struct tracer *tracer;
	bool prune; /* looks for entries of which the last transition was missed, too */
	bool waiting;
	int (*report)(void *context, uint64_t id, uint16_t port);
	void *context;
};

static int resolve(void *context, uint64_t id, const void *value)
{
	struct pass *pass = context;
	struct ts_pending_port entry = *(const struct ts_pending_port *)value;
	int port;

	if (entry.reported) {
		if (pass->prune && find_port(pass->tracer, id, &entry, true) < 0)
			(void)bpf_map_delete_elem(map_of(pass->tracer), &id);
		return 0;
	}
	port = find_port(pass->tracer, id, &entry, false);
	if (!port)
		pass->waiting = true;
	else if (port > 0)
		note_port(pass->tracer, id, &entry, port);
	else
		(void)bpf_map_delete_elem(map_of(pass->tracer), &id);
	if (!port || !pass->report)
		return 0;
	return pass->report(pass->context, id, port > 0 ? (uint16_t)port : 0);
}

int tracer_each_port(struct tracer *tracer,
		     int (*report)(void *context, uint64_t id, uint16_t port), void *context)
{
	struct pass pass = { .tracer = tracer, .report = report, .context = context };
	uint64_t now = clock_mono_ns();
	int err;

	if (!tracer->bpf->rodata->cfg_late_ports)
		return 0;
	pass.prune = now >= tracer->ports_prune_ns;
	if (pass.prune)
		tracer->ports_prune_ns = now + PRUNE_NS;
	err = map_each(tracer->bpf->maps.pending_ports, resolve, &pass);
	return err ? err : pass.waiting;
}
