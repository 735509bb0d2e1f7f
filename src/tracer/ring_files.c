// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Loads and runs bpf/ring_files.bpf.c. */
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>

#include <bpf/bpf.h>

#include "tracer/btf_subset.h"
#include "tracer/internal.h"
#include "tracer/socket_iter.h"

enum { UNHELD_MAX = 1 << 16, ROWS_MIN = 1 << 16, ROWS_MAX = 1 << 23 };

struct visitor {
	int (*take)(void *context, const struct ts_holder *holder);
	void *context;
};

static int take_row(void *context, void *data, size_t size)
{
	const struct visitor *visitor = context;

	return size == sizeof(struct ts_holder) ? visitor->take(visitor->context, data) : -EPROTO;
}

/* Room for each socket in the rings of several processes. */
static uint32_t rows_size(size_t n)
{
	uint32_t size = ROWS_MIN;

	while (size < ROWS_MAX && size < n * 4 * sizeof(struct ts_holder))
		size *= 2;
	return size;
}

static void choose(struct tcpstate_bpf *bpf, size_t n)
{
	struct bpf_program *program;
	struct bpf_map *map;

	bpf_object__for_each_program(program, bpf->obj)
		bpf_program__set_autoload(program, program == bpf->progs.list_ring_files);
	bpf_object__for_each_map(map, bpf->obj)
		(void)bpf_map__set_autocreate(map, bpf_map__is_internal(map) ||
							   map == bpf->maps.unheld ||
							   map == bpf->maps.slot_rows);
	bpf->rodata->cfg_pid_ns = tracer_pid_ns();
	(void)bpf_map__set_max_entries(bpf->maps.unheld, (uint32_t)n);
	(void)bpf_map__set_max_entries(bpf->maps.slot_rows, rows_size(n));
}

static int load(bool compat, size_t n, struct tcpstate_bpf **bpf)
{
	int core_btf, err = tracer_open_object(compat, bpf, &core_btf);

	if (err) {
		btf_subset_close(&core_btf);
		return err;
	}
	choose(*bpf, n);
	err = tracer_load_object(*bpf, &core_btf);
	return err ? err : tcpstate_bpf__attach(*bpf);
}

static int run(struct tcpstate_bpf *bpf, const uint64_t *inodes, size_t n, struct visitor *visitor)
{
	struct ring_buffer *rows;
	const uint32_t yes = 1;
	int err = 0;

	for (size_t i = 0; i < n && !err; i++)
		err = bpf_map_update_elem(bpf_map__fd(bpf->maps.unheld), &inodes[i], &yes, BPF_ANY);
	if (!err)
		err = iterator_run(bpf->links.list_ring_files);
	if (err)
		return err;
	rows = ring_buffer__new(bpf_map__fd(bpf->maps.slot_rows), take_row, visitor, NULL);
	if (!rows)
		return -errno;
	err = ring_buffer__consume(rows);
	ring_buffer__free(rows);
	return err < 0 ? err : 0;
}

int socket_iter_ring_files(const uint64_t *inodes, size_t n,
			   int (*take)(void *context, const struct ts_holder *holder),
			   void *context, bool debug)
{
	struct visitor visitor = { take, context };
	libbpf_print_fn_t print = tracer_set_debug(debug);
	bool cut = n > UNHELD_MAX;
	struct tcpstate_bpf *bpf = NULL;
	int err;

	n = cut ? UNHELD_MAX : n;
	err = load(false, n, &bpf);
	if (err && err != -EPERM) {
		tcpstate_bpf__destroy(bpf);
		bpf = NULL;
		err = load(true, n, &bpf);
	}
	if (!err)
		err = run(bpf, inodes, n, &visitor);
	if (!err)
		err = cut || bpf->bss->slots_cut;
	tcpstate_bpf__destroy(bpf);
	(void)libbpf_set_print(print);
	return err;
}
