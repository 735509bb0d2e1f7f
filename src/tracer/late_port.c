// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Local ports that the kernel chooses after the event. */
#include "tracer/internal.h"

#include <bpf/bpf.h>

#include <tcpstate/record.h>

static int find_port(const struct tracer *tracer, uint64_t id)
{
	uint64_t args[1] = { id };
	int err;

	LIBBPF_OPTS(bpf_test_run_opts, opts, .ctx_in = args, .ctx_size_in = sizeof(args));
	err = bpf_prog_test_run_opts(bpf_program__fd(tracer->bpf->progs.find_port), &opts);
	return err ? err : (int)opts.retval;
}

/*
 * Finds the port of one entry. The entry stays in the map until the next transition of the socket,
 * or goes if the socket no longer exists. Returns false if there is nothing to report.
 */
static bool resolve_port(const struct tracer *tracer, uint64_t id, struct ts_pending_port *entry)
{
	int map = bpf_map__fd(tracer->bpf->maps.pending_ports);
	int port;

	if (bpf_map_lookup_elem(map, &id, entry) || entry->reported)
		return false;
	port = find_port(tracer, id);
	if (!port)
		return false; /* not chosen yet */
	entry->reported = 1;
	entry->lport = port > 0 ? (uint16_t)port : 0;
	if (port < 0)
		(void)bpf_map_delete_elem(map, &id);
	else
		(void)bpf_map_update_elem(map, &id, entry, BPF_EXIST);
	return true;
}

int tracer_each_port(struct tracer *tracer,
		     int (*report)(void *context, uint64_t id, uint16_t port), void *context)
{
	int map = bpf_map__fd(tracer->bpf->maps.pending_ports), err = 0;
	struct ts_pending_port entry;
	uint64_t id, next;
	bool more;

	if (!tracer->bpf->rodata->cfg_late_ports)
		return 0;
	more = bpf_map_get_next_key(map, NULL, &next) == 0;
	while (more && !err) {
		id = next;
		more = bpf_map_get_next_key(map, &id, &next) == 0;
		if (resolve_port(tracer, id, &entry) && report)
			err = report(context, id, entry.lport);
	}
	return err;
}
