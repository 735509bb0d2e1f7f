// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A third copy of the program on the tracepoint: see seen_before() in bpf/transition.bpf.c. Most
 * kernels never need it, and it takes as long to verify as each of the others: so it comes later,
 * as a program of a second object that uses the first one's maps.
 */
#include "tracer/internal.h"

#include <errno.h>
#include <malloc.h>

#include "tracer/btf_subset.h"

/* Both objects are the same file, so their maps come in the same order. */
static int maps_share(const struct tcpstate_bpf *from, const struct tcpstate_bpf *to)
{
	for (int i = 0; i < to->skeleton->map_cnt; i++) {
		int err = bpf_map__reuse_fd(*to->skeleton->maps[i].map,
					    bpf_map__fd(*from->skeleton->maps[i].map));

		if (err)
			return err;
	}
	return 0;
}

static void programs_leave_out(const struct tcpstate_bpf *bpf)
{
	struct bpf_program *program;

	bpf_object__for_each_program(program, bpf->obj)
		bpf_program__set_autoload(program, program == bpf->progs.set_state_third);
}

int tracer_add_copy(struct tracer *tracer)
{
	struct tcpstate_bpf *copy = NULL;
	int err, core_btf;

	if (tracer->copy || tracer->incomplete)
		return 0;
	err = tracer_open_object(tracer->compat, &copy, &core_btf);
	if (!err)
		err = maps_share(tracer->bpf, copy);
	if (!err) {
		programs_leave_out(copy);
		err = tracer_load_object(copy, &core_btf);
	}
	if (!err) {
		/* from here on the second copy leaves the marks to it */
		__atomic_store_n(&tracer->bpf->bss->third_copy, 1, __ATOMIC_SEQ_CST);
		copy->links.set_state_third = bpf_program__attach(copy->progs.set_state_third);
		if (!copy->links.set_state_third)
			err = -errno;
	}
	btf_subset_close(&core_btf);
	if (err) {
		__atomic_store_n(&tracer->bpf->bss->third_copy, 0, __ATOMIC_SEQ_CST);
		tcpstate_bpf__destroy(copy);
		return err;
	}
	tracer->copy = copy;
	(void)malloc_trim(0); /* the kernel's BTF */
	return 0;
}
