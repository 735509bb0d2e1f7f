// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The maps of bpf/origin.bpf.c: their sizes and counters. */
#include "tracer/internal.h"

#include <errno.h>

#include <bpf/bpf.h>

#include <tcpstate/stack.h>

#include "system/limits.h"
#include "system/privilege.h"
#include "tracer/probe.h"

int tracer_configure_origins(struct tracer *tracer, const struct probes *probes,
			     struct error *error)
{
	struct tcpstate_bpf *bpf = tracer->bpf;
	char remedy[PRIVILEGE_TEXT];
	struct error why = { "" };

	int err = probe_user_stack(probes, "inet_sock_set_state", &why);

	if (err == -EPERM || err == -EACCES) {
		struct error lacks = { "" };

		(void)probe_privileges(probes, NULL, &lacks);
		return error_set(error, -err, "cannot read call stacks: %s: %s",
				 lacks.text[0] ? lacks.text : why.text,
				 privilege_own_remedy(PRIVILEGES_OF_BPF, remedy));
	}
	if (limits_explain("read call stacks", err, error))
		return err;
	if (err)
		return error_set(error, EOPNOTSUPP,
				 "cannot read call stacks: %s: needs a kernel from 5.15 on",
				 why.text);
	tracer->origins = true;
	bpf->rodata->cfg_origins = tracer->facts.cpus;
	bpf_map__set_max_entries(bpf->maps.stacks, TS_STACK_RING);
	bpf_map__set_max_entries(bpf->maps.known_stacks, TS_STACK_CALLS);
	bpf_map__set_max_entries(bpf->maps.origins, TS_STACKS_MAX);
	bpf_map__set_max_entries(bpf->maps.stack_users, TS_STACK_USERS);
	return 0;
}

void tracer_count_origins(const struct tracer *tracer, struct origin_counts *counts)
{
	struct ts_origin_cpu *cpus = calloc(tracer->facts.cpus, sizeof(*cpus));
	uint32_t zero = 0;

	*counts = (struct origin_counts){ 0 };
	if (cpus && !bpf_map_lookup_elem(bpf_map__fd(tracer->bpf->maps.origin_cpus), &zero, cpus))
		for (unsigned i = 0; i < tracer->facts.cpus; i++) {
			counts->copied += cpus[i].copied;
			counts->known += cpus[i].known;
			counts->lost += cpus[i].lost + cpus[i].limited + cpus[i].missed;
		}
	free(cpus);
}

void tracer_each_origin_user(const struct tracer *tracer,
			     void (*take)(void *context, uint32_t uid, uint32_t pid,
					  uint64_t limited),
			     void *context)
{
	struct ts_origin_user *cpus = calloc(tracer->facts.cpus, sizeof(*cpus));
	int map = bpf_map__fd(tracer->bpf->maps.stack_users);
	uint32_t uid = 0;

	for (bool first = true; cpus && !bpf_map_get_next_key(map, first ? NULL : &uid, &uid);
	     first = false) {
		uint64_t limited = 0;
		uint32_t pid = 0;

		if (bpf_map_lookup_elem(map, &uid, cpus))
			continue;
		for (unsigned i = 0; i < tracer->facts.cpus; i++) {
			limited += cpus[i].limited;
			pid = cpus[i].limited ? cpus[i].pid : pid;
		}
		if (limited)
			take(context, uid, pid, limited);
	}
	free(cpus);
}
