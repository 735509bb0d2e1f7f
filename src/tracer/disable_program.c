// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Disables one BPF program, to check that a test notices, and lists the loaded ones. */
#include "tracer/internal.h"

#include <errno.h>

int tracer_disable_program(struct tcpstate_bpf *bpf, const char *name, struct error *error)
{
	struct bpf_program *program = bpf_object__find_program_by_name(bpf->obj, name);

	if (!program || !bpf_program__autoload(program))
		return error_set(error, ENOENT,
				 "BPF program \"%.64s\" is unknown or not used on this kernel",
				 name);
	switch (bpf_program__type(program)) {
	case BPF_PROG_TYPE_TRACING:
	case BPF_PROG_TYPE_KPROBE: /* loaded, so that no other program replaces it */
		bpf_program__set_autoattach(program, false);
		return 0;
	default: /* not attached by the skeleton, or run on request */
		bpf_program__set_autoload(program, false);
		return 0;
	}
}

void tracer_each_program(const struct tracer *tracer,
			 void (*report)(void *context, const char *name), void *context)
{
	struct bpf_program *program;

	bpf_object__for_each_program(program, tracer->bpf->obj)
		if (bpf_program__autoload(program))
			report(context, bpf_program__name(program));
}
