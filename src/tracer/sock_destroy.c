// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Loads and runs bpf/destroy.bpf.c. */
#include "tracer/sock_destroy.h"

#include <errno.h>
#include <stdlib.h>

#include <bpf/bpf.h>

#include <tcpstate/destroy.h>

#include "tracer/internal.h"

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wsign-conversion"
#include "destroy.skel.h"
#pragma GCC diagnostic pop

struct sock_destroyer {
	struct destroy_bpf *bpf;
};

/* Without the function libbpf fails with ESRCH, or the kernel with EINVAL or EACCES. */
static int load(struct sock_destroyer *destroyer, size_t max)
{
	int err;

	destroyer->bpf = destroy_bpf__open();
	if (!destroyer->bpf)
		return -errno;
	(void)bpf_map__set_max_entries(destroyer->bpf->maps.wanted, (uint32_t)max);
	err = destroy_bpf__load(destroyer->bpf);
	if (!err)
		err = destroy_bpf__attach(destroyer->bpf);
	return err && err != -EPERM && err != -ENOMEM ? -EOPNOTSUPP : err;
}

int sock_destroyer_new(size_t max, struct sock_destroyer **out)
{
	struct sock_destroyer *destroyer = calloc(1, sizeof(*destroyer));
	libbpf_print_fn_t print = tracer_set_debug(false);
	int err = destroyer ? load(destroyer, max) : -ENOMEM;

	(void)libbpf_set_print(print);
	if (err)
		sock_destroyer_free(destroyer);
	else
		*out = destroyer;
	return err;
}

void sock_destroyer_free(struct sock_destroyer *destroyer)
{
	if (!destroyer)
		return;
	destroy_bpf__destroy(destroyer->bpf);
	free(destroyer);
}

int sock_destroyer_add(struct sock_destroyer *destroyer, uint64_t cookie)
{
	int32_t wanted = TS_DESTROY_WANTED;

	return bpf_map_update_elem(bpf_map__fd(destroyer->bpf->maps.wanted), &cookie, &wanted,
				   BPF_ANY);
}

int sock_destroyer_run(struct sock_destroyer *destroyer)
{
	return iterator_run(destroyer->bpf->links.destroy_tcp);
}

int sock_destroyer_result(const struct sock_destroyer *destroyer, uint64_t cookie)
{
	int fd = bpf_map__fd(destroyer->bpf->maps.wanted), err;
	int32_t outcome;

	err = bpf_map_lookup_elem(fd, &cookie, &outcome);
	if (err)
		return err;
	return outcome == TS_DESTROY_WANTED ? -ESTALE : outcome;
}
