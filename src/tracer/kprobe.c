// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The object without socket storage, and the kprobes, which need it. */
#include "tracer/internal.h"

#include <errno.h>
#include <string.h>

#include "tracer/probe.h"

enum { PREALLOCATED = 65536 };

/* Before 6.1 the kernel warns if a map allocates while a kprobe runs: so allocate it all before. */
static void preallocate(struct bpf_map *map)
{
	(void)bpf_map__set_map_flags(map, bpf_map__map_flags(map) & ~(uint32_t)BPF_F_NO_PREALLOC);
	(void)bpf_map__set_max_entries(map, PREALLOCATED);
}

void tracer_configure_compat(struct tracer *tracer, const struct probes *probes)
{
	struct tcpstate_bpf *bpf = tracer->bpf;

	bpf->rodata->cfg_cookie_helper = !probe_cookie_helper(probes, "inet_sock_set_state", NULL);
	if (tracer->facts.tier == HOOK_TIER_KPROBE && !probe_safe_allocation(probes)) {
		preallocate(bpf->maps.records);
		preallocate(bpf->maps.minisocks);
	}
}

int tracer_attach_kprobes(struct tracer *tracer)
{
	struct bpf_program *program;
	int n = 0;

	bpf_object__for_each_program(program, tracer->bpf->obj) {
		if (bpf_program__type(program) != BPF_PROG_TYPE_KPROBE ||
		    !bpf_program__autoload(program) || !bpf_program__autoattach(program) ||
		    n == TRACER_KPROBES)
			continue;
		/* the skeleton would fail at the first error */
		bpf_program__set_autoattach(program, false);
		tracer->kprobes[n] = bpf_program__attach(program);
		if (tracer->kprobes[n])
			n++;
		else if (errno != ENOENT && errno != EINVAL)
			return -errno;
	}
	return 0;
}
