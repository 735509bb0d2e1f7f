// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A third copy of the program on the tracepoint: see seen_before() in bpf/transition.bpf.c. Few
 * kernels need it, and it takes as long to verify as each of the others. So it is loaded later,
 * from a second object that uses the maps of the first.
 */
#include "tracer/internal.h"

#include <errno.h>
#include <malloc.h>

#include "tracer/btf_subset.h"

/* Both objects are of the same file, so their maps have the same order. */
static int maps_share(const struct tcpstate_bpf *from, const struct tcpstate_bpf *to)
{
	for (int i = 0; i < to->skeleton->map_cnt; i++) {
		int fd = bpf_map__fd(*from->skeleton->maps[i].map), err;

		if (fd < 0)
			continue; /* of a program that neither of them loads */
		err = bpf_map__reuse_fd(*to->skeleton->maps[i].map, fd);
		if (err)
			return err;
	}
	return 0;
}

int tracer_add_copy(struct tracer *tracer)
{
	struct tcpstate_bpf *copy = NULL;
	struct bpf_program *program;
	int err, core_btf;

	if (tracer->copy || tracer->incomplete)
		return 0;
	err = tracer_open_object(tracer->compat, &copy, &core_btf);
	if (!err)
		err = maps_share(tracer->bpf, copy);
	if (!err) {
		bpf_object__for_each_program(program, copy->obj)
			bpf_program__set_autoload(program, program == copy->progs.set_state_third);
		err = tracer_load_object(copy, &core_btf);
	}
	if (!err) {
		/* from now on the second copy leaves its marks for the third */
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
