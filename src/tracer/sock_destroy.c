// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Loads and runs bpf/destroy.bpf.c. */
#include "tracer/sock_destroy.h"

#include <errno.h>

#include <bpf/bpf.h>

#include <tcpstate/destroy.h>

#include "tracer/internal.h"

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wsign-conversion"
#include "destroy.skel.h"
#pragma GCC diagnostic pop

/* Without the function libbpf fails with ESRCH, or the kernel with EINVAL or EACCES. */
static int load(struct destroy_bpf *bpf, size_t max)
{
	int err;

	(void)bpf_map__set_max_entries(bpf->maps.wanted, (uint32_t)max);
	err = destroy_bpf__load(bpf);
	if (!err)
		err = destroy_bpf__attach(bpf);
	return err && err != -EPERM && err != -ENOMEM ? -EOPNOTSUPP : err;
}

int sock_destroyer_new(size_t max, struct destroy_bpf **out)
{
	libbpf_print_fn_t print = tracer_set_debug(false);
	struct destroy_bpf *bpf = destroy_bpf__open();
	int err = bpf ? load(bpf, max) : -errno;

	(void)libbpf_set_print(print);
	if (err)
		destroy_bpf__destroy(bpf);
	else
		*out = bpf;
	return err;
}

void sock_destroyer_free(struct destroy_bpf *bpf)
{
	destroy_bpf__destroy(bpf);
}

int sock_destroyer_add(struct destroy_bpf *bpf, uint64_t cookie, uint8_t state)
{
	int32_t wanted = TS_DESTROY_WANTED + state;

	return bpf_map_update_elem(bpf_map__fd(bpf->maps.wanted), &cookie, &wanted, BPF_ANY);
}

int sock_destroyer_run(struct destroy_bpf *bpf)
{
	return iterator_run(bpf->links.destroy_tcp);
}

int sock_destroyer_result(const struct destroy_bpf *bpf, uint64_t cookie)
{
	int32_t outcome;
	int err = bpf_map_lookup_elem(bpf_map__fd(bpf->maps.wanted), &cookie, &outcome);

	if (err)
		return err;
	if (outcome == TS_DESTROY_CHANGED)
		return 1;
	return outcome > 0 ? -ESTALE : outcome;
}
