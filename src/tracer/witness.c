// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Loads and reads bpf/witness.bpf.c. */
#include "tracer/witness.h"

#include <errno.h>

#include <bpf/bpf.h>

#include "tracer/internal.h"

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wsign-conversion"
#include "witness.skel.h"
#pragma GCC diagnostic pop

int witness_new(uint32_t netns, struct witness_bpf **out)
{
	libbpf_print_fn_t print = tracer_set_debug(false);
	struct witness_bpf *bpf = witness_bpf__open();
	int err = bpf ? 0 : -errno;

	if (!err) {
		bpf->rodata->cfg_netns = netns;
		err = witness_bpf__load(bpf);
	}
	if (!err)
		err = witness_bpf__attach(bpf);
	(void)libbpf_set_print(print);
	if (err)
		witness_bpf__destroy(bpf);
	else
		*out = bpf;
	return err;
}

void witness_free(struct witness_bpf *bpf)
{
	witness_bpf__destroy(bpf);
}

int witness_each(const struct witness_bpf *bpf,
		 int (*report)(void *context, const struct ts_sighting *what, uint64_t count),
		 void *context)
{
	int fd = bpf_map__fd(bpf->maps.sightings), err = 0;
	struct ts_sighting key, *last = NULL;
	uint64_t count;

	/* nothing is ever removed, so the walk meets each key once */
	while (!err && !bpf_map_get_next_key(fd, last, &key)) {
		if (!bpf_map_lookup_elem(fd, &key, &count))
			err = report(context, &key, count);
		last = &key;
	}
	return err;
}
