// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Reads hash maps in batches: a system call for a thousand entries. */
#include "tracer/internal.h"

#include <errno.h>

#include <bpf/bpf.h>

enum { BATCH = 1024 };

/* Returns 0, 1 after the last batch, or -errno. */
static int read_batch(int map, void *position, bool first, uint64_t *keys, void *values,
		      uint32_t *n)
{
	int err;

	*n = BATCH;
	err = bpf_map_lookup_batch(map, first ? NULL : position, position, keys, values, n, NULL);
	return err == -ENOENT ? 1 : err;
}

int map_each(const struct bpf_map *map, int (*each)(void *context, uint64_t key, const void *value),
	     void *context)
{
	size_t size = bpf_map__value_size(map);
	uint64_t *keys = calloc(BATCH, sizeof(*keys)), position = 0;
	char *values = calloc(BATCH, size);
	int err = keys && values ? 0 : -ENOMEM, end = 0;
	uint32_t n;

	for (bool first = true; !err && !end; first = false) {
		end = read_batch(bpf_map__fd(map), &position, first, keys, values, &n);
		if (end < 0)
			err = end;
		for (uint32_t i = 0; i < n && !err; i++)
			err = each(context, keys[i], values + i * size);
	}
	free(values);
	free(keys);
	return err;
}
