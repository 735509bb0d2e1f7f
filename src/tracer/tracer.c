// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Configures, loads, attaches and detaches the programs. */
#include "tracer/internal.h"

#include <errno.h>
#include <inttypes.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "lib/clock.h"
#include "system/limits.h"
#include "tracer/btf_subset.h"
#include "tracer/hook.h"
#include "tcp/rst_reason.h"

enum {
	RING_DEFAULT = 8 << 20,	     /* 69,905 events of 120 bytes with their header */
	INITIAL_PID_NS = 0xEFFFFFFC, /* PROC_PID_INIT_INO */
	ROOT_CGROUP = 1,	     /* kernfs id of the root */
	TRACE_FILES = 96,	     /* maps, programs and links */
	WAKE_BYTES = 256 << 10,
	RECORDLESS_FILTERS = TS_BY_NETNS | TS_BY_CGROUP | TS_BY_STATE,
};

/* libbpf's messages */
static int print_debug(enum libbpf_print_level level, const char *fmt, va_list args)
{
	return vfprintf(stderr, fmt, args);
}

libbpf_print_fn_t tracer_set_debug(bool debug)
{
	return libbpf_set_print(debug ? print_debug : NULL);
}

/* Goes where libbpf's messages go. */
__attribute__((format(printf, 1, 2))) static void print_debug_note(const char *fmt, ...)
{
	libbpf_print_fn_t print = libbpf_set_print(NULL);
	va_list args;

	(void)libbpf_set_print(print);
	va_start(args, fmt);
	if (print)
		(void)print(LIBBPF_DEBUG, fmt, args);
	va_end(args);
}

void tracer_raise_memlock(void)
{
	const struct rlimit unlimited = { RLIM_INFINITY, RLIM_INFINITY };

	(void)setrlimit(RLIMIT_MEMLOCK, &unlimited);
}

uint32_t tracer_pid_ns(void)
{
	struct stat st;
	uint32_t inode = stat("/proc/self/ns/pid", &st) ? 0 : (uint32_t)st.st_ino;

	return inode == (uint32_t)INITIAL_PID_NS ? 0 : inode;
}

/* Inside a cgroup namespace the depth of its root is unknown. */
static bool cgroup_depth_unknown(const struct ts_filter *filter)
{
	return filter->on & TS_BY_CGROUP && !filter->cgroup_level && filter->cgroup != ROOT_CGROUP;
}

/* Once every socket is counted, counts alone need no record and no owner. */
static bool counts_only_active(const struct tracer_config *config)
{
	return !config->events && !config->records && !(config->filter.on & ~RECORDLESS_FILTERS);
}

/* The reasons of a RST that this kernel has, and their numbers. */
static void configure_resets(struct tcpstate_bpf *bpf, const struct probes *probes)
{
	uint8_t numbers[TS_RST_REASONS_MAX];

	if (!probes->btf || !rst_translation(probes->btf, numbers, sizeof(numbers)))
		return;
	memcpy((void *)bpf->rodata->cfg_rst_reasons, numbers, sizeof(numbers));
	for (size_t i = 0; i < sizeof(numbers); i++)
		bpf->rodata->cfg_rst_known |= numbers[i] ? 1ull << numbers[i] : 0;
}

/* The buckets of a hash map take memory even while it is empty: 16 bytes per entry. */
static void shrink_unused(struct tcpstate_bpf *bpf, const struct tracer_config *config)
{
	if (!config->late_ports)
		(void)bpf_map__set_max_entries(bpf->maps.pending_ports, 1);
	if (bpf->rodata->cfg_requests)
		(void)bpf_map__set_max_entries(bpf->maps.half_opens, 1);
	if (!bpf->rodata->cfg_requests && !bpf->rodata->cfg_timewaits)
		(void)bpf_map__set_max_entries(bpf->maps.minisocks, 1);
}

static void configure(struct tracer *tracer, const struct tracer_config *config)
{
	struct tcpstate_bpf *bpf = tracer->bpf;
	size_t ring = config->buffer_bytes ? config->buffer_bytes : RING_DEFAULT;
	size_t wake = ring / 4 < WAKE_BYTES ? ring / 4 : WAKE_BYTES;

	if (!config->events)
		ring = (size_t)getpagesize();
	bpf_map__set_max_entries(bpf->maps.events, (uint32_t)ring);
	bpf_map__set_max_entries(bpf->maps.slots, tracer->facts.cpus);
	memcpy((void *)&bpf->rodata->cfg_filter, &config->filter, sizeof(config->filter));
	if (cgroup_depth_unknown(&config->filter)) /* the stream filters by path */
		bpf->rodata->cfg_filter.on &= ~TS_BY_CGROUP;
	bpf->rodata->cfg_pid_ns = tracer_pid_ns();
	bpf->rodata->cfg_events = config->events;
	bpf->rodata->cfg_late_ports = config->late_ports;
	bpf->rodata->cfg_requests = bpf_program__autoload(bpf->progs.request_dropped) ||
				    bpf_program__autoload(bpf->progs.kp_request_dropped);
	bpf->rodata->cfg_timewaits = bpf_program__autoload(bpf->progs.timewait_ended) ||
				     bpf_program__autoload(bpf->progs.kp_timewait_ended);
	/* counting request and timewait sockets needs records */
	bpf->rodata->cfg_counts_only = counts_only_active(config) && !bpf->rodata->cfg_requests &&
				       !bpf->rodata->cfg_timewaits;
	shrink_unused(bpf, config);
	wake /= (TS_TRANSITION_BASE + 8) * tracer->facts.cpus;
	bpf->rodata->cfg_wake_every = (uint32_t)wake + 1;
	bpf_program__set_autoload(bpf->progs.find_port, config->late_ports);
	bpf_program__set_autoload(bpf->progs.set_state_third, false); /* tracer_add_copy() */
}

static size_t map_size(const struct bpf_map *map)
{
	return (size_t)bpf_map__max_entries(map) * bpf_map__value_size(map);
}

/* Returns NULL with errno set. */
static void *map_memory(const struct bpf_map *map)
{
	void *memory = mmap(NULL, map_size(map), PROT_READ | PROT_WRITE, MAP_SHARED,
			    bpf_map__fd(map), 0);

	return memory == MAP_FAILED ? NULL : memory;
}

/*
 * Attaches the iterators too: their links are for bpf_iter_create(). The program that ends records
 * comes first: a record in a hash map must not outlive its socket, or the next socket at that
 * address gets it.
 */
static int attach_all(struct tracer *tracer)
{
	struct tcpstate_bpf *bpf = tracer->bpf;
	int err;

	if (bpf_program__autoload(bpf->progs.destroy_sock) &&
	    bpf_program__autoattach(bpf->progs.destroy_sock)) {
		bpf->links.destroy_sock = bpf_program__attach(bpf->progs.destroy_sock);
		if (!bpf->links.destroy_sock)
			return -errno;
	}
	err = tracer_attach_kprobes(tracer);
	if (!err)
		err = tcpstate_bpf__attach(bpf);
	if (err)
		return err;
	tracer->slots = map_memory(bpf->maps.slots);
	tracer->drops = map_memory(bpf->maps.drops);
	return tracer->slots && tracer->drops ? 0 : -errno;
}

/* As tcpstate_bpf__open(), with one of two objects. */
int tracer_open_object(bool compat, struct tcpstate_bpf **out, int *core_btf)
{
	struct bpf_object_open_opts options = { .sz = sizeof(options) };
	struct tcpstate_bpf *bpf = *out = calloc(1, sizeof(*bpf));
	int err = bpf ? tcpstate_bpf__create_skeleton(bpf) : -ENOMEM;
	char path[BTF_SUBSET_PATH];

	*core_btf = -1;
	if (err)
		return err;
	if (compat)
		bpf->skeleton->data = (void *)tracer_compat_object(&bpf->skeleton->data_sz);
	*core_btf = btf_subset_open(bpf->skeleton->data, bpf->skeleton->data_sz, path);
	if (*core_btf >= 0)
		options.btf_custom_path = path;
	else
		print_debug_note("tcpstate: libbpf searches all types of the kernel: %s\n",
				 strerror(-*core_btf));
	err = bpf_object__open_skeleton(bpf->skeleton, &options);
	if (err)
		return err;
	/* of ring_files.c alone */
	bpf_program__set_autoload(bpf->progs.list_ring_files, false);
	(void)bpf_map__set_autocreate(bpf->maps.unheld, false);
	(void)bpf_map__set_autocreate(bpf->maps.slot_rows, false);
	return 0;
}

int tracer_load_object(struct tcpstate_bpf *bpf, int *core_btf)
{
	int err = tcpstate_bpf__load(bpf);

	btf_subset_close(core_btf);
	return err;
}

/* After an error tracer_free() cleans up. */
static int open_object(struct tracer *tracer, bool compat)
{
	int err = tracer_open_object(compat, &tracer->bpf, &tracer->core_btf);

	if (err || !compat)
		return err;
	tracer->compat = true;
	tracer->socket = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (tracer->socket < 0)
		return -errno;
	tracer->bpf->rodata->cfg_socket_fd = (uint32_t)tracer->socket;
	return 0;
}

/* The tier, the object and its programs. */
static int choose(struct tracer *tracer, struct probes *probes, const struct tracer_config *config,
		  struct error *error)
{
	int err = hooks_tier(probes, config->tier, error);

	if (err)
		return err;
	err = open_object(tracer, probes->compat);
	if (limits_explain("trace", err, error))
		return err;
	if (err)
		return error_set(error, -err, "cannot open the BPF object: %s", strerror(-err));
	hooks_choose(tracer->bpf, probes, !counts_only_active(config),
		     config->events && config->drops, config->origins);
	tracer->facts.tier = probes->tier;
	configure_resets(tracer->bpf, probes);
	if (probes->compat)
		tracer_configure_compat(tracer, probes);
	return config->origins ? tracer_configure_origins(tracer, probes, error) : 0;
}

static int load(struct tracer *tracer, const struct tracer_config *config, struct error *error)
{
	struct probes probes;
	int err;

	probes_open(&probes);
	err = choose(tracer, &probes, config, error);
	probes_close(&probes);
	if (err)
		return err;
	configure(tracer, config);
	if (config->disable_program &&
	    tracer_disable_program(tracer->bpf, config->disable_program, error))
		return -ENXIO;
	err = tracer_load_object(tracer->bpf, &tracer->core_btf);
	if (err)
		return load_error_explain("trace", err, error);
	err = attach_all(tracer);
	if (limits_explain("trace", err, error))
		return err;
	if (err)
		return error_set(error, -err, "cannot attach the BPF programs: %s", strerror(-err));
	if (bpf_program__autoload(tracer->bpf->progs.number_socket))
		(void)tracer_number_sockets(tracer); /* on failure, cookies stay unknown */
	err = tracer_snapshot(tracer);
	if (limits_explain("trace", err, error))
		return err;
	if (err)
		return error_set(error, -err, "cannot scan the existing sockets: %s",
				 strerror(-err));
	return 0;
}

int tracer_new(const struct tracer_config *config, struct tracer **out, struct error *error)
{
	uint64_t start = clock_mono_ns();
	int cpus, err = limits_need_files("trace", TRACE_FILES, error);
	struct ts_ready *ready;
	struct tracer *tracer;

	if (err)
		return err;
	tracer = calloc(1, sizeof(*tracer));
	(void)tracer_set_debug(config->debug); /* first: libbpf prints errors of its own */
	cpus = libbpf_num_possible_cpus();
	if (!config->events && cgroup_depth_unknown(&config->filter)) {
		free(tracer);
		return error_set(error, EOPNOTSUPP,
				 "cannot count by cgroup: the process is in a cgroup "
				 "namespace: run it outside of the container");
	}
	if (!tracer || cpus < 1) {
		free(tracer);
		return error_set(error, ENOMEM,
				 "cannot start: no memory, or the number of CPUs is unknown");
	}
	ready = &tracer->facts.ready;
	tracer->facts.cpus = (unsigned)cpus;
	tracer->facts.in_pid_namespace = tracer_pid_ns();
	tracer->socket = tracer->core_btf = -1;
	tracer->filtered = config->filter.on;
	tracer->incomplete = config->disable_program;
	tracer->cover.debug = config->debug;
	tracer->minisocks_unknown = config->filter.on & TRACER_MINISOCKS_UNKNOWN;
	tracer_raise_memlock();
	err = load(tracer, config, error);
	if (err) {
		tracer_free(tracer);
		return err;
	}
	(void)malloc_trim(0); /* the kernel's BTF took 14 MB */
	ready->frame.type = TS_FRAME_READY;
	ready->frame.size = sizeof(*ready);
	ready->mono_ns = clock_mono_ns();
	ready->sockets = tracer->bpf->bss->snapshot_sockets;
	ready->startup_us = (uint32_t)((ready->mono_ns - start) / 1000);
	*out = tracer;
	return 0;
}

void tracer_free(struct tracer *tracer)
{
	if (!tracer)
		return;
	if (tracer->slots)
		(void)munmap(tracer->slots, map_size(tracer->bpf->maps.slots));
	if (tracer->drops)
		(void)munmap(tracer->drops, map_size(tracer->bpf->maps.drops));
	if (tracer->socket >= 0)
		(void)close(tracer->socket);
	for (int i = 0; i < TRACER_KPROBES; i++)
		(void)bpf_link__destroy(tracer->kprobes[i]);
	btf_subset_close(&tracer->core_btf);
	netns_cover_free(&tracer->cover);
	tcpstate_bpf__destroy(tracer->copy);
	tcpstate_bpf__destroy(tracer->bpf);
	free(tracer);
}

static void detach(struct bpf_link **link)
{
	(void)bpf_link__destroy(*link);
	*link = NULL;
}

void tracer_detach(struct tracer *tracer)
{
	const struct bpf_object_skeleton *skeleton = tracer->bpf->skeleton;

	if (tracer->copy)
		detach(&tracer->copy->links.set_state_third);
	for (int i = 0; i < skeleton->prog_cnt; i++) {
		const struct bpf_prog_skeleton *program = &skeleton->progs[i];

		/* scans continue */
		if (bpf_program__expected_attach_type(*program->prog) != BPF_TRACE_ITER)
			detach(program->link);
	}
}

const struct tracer_facts *tracer_facts(const struct tracer *tracer)
{
	return &tracer->facts;
}

int tracer_map_fd(const struct tracer *tracer, enum tracer_map map)
{
	const struct bpf_map *const maps[] = {
		[TRACER_EVENTS] = tracer->bpf->maps.events,
		[TRACER_RECORDS] = tracer->bpf->maps.records,
		[TRACER_MINISOCKS] = tracer->bpf->maps.minisocks,
		[TRACER_STACKS] = tracer->bpf->maps.stacks,
		[TRACER_KNOWN_STACKS] = tracer->bpf->maps.known_stacks,
		[TRACER_ORIGINS] = tracer->bpf->maps.origins,
	};

	return map >= TRACER_STACKS && !tracer->origins ? -1 : bpf_map__fd(maps[map]);
}

bool tracer_read_loss(struct tracer *tracer, unsigned cpu, uint64_t *count, uint64_t *since_ns)
{
	struct ts_slot *slot = &tracer->slots[cpu];

	if (!load_relaxed(&slot->lost_pending))
		return false;
	*since_ns = load_relaxed(&slot->lost_since_ns);
	*count = __atomic_exchange_n(&slot->lost_pending, 0, __ATOMIC_RELAXED);
	return *count > 0;
}

void tracer_ask_wake(struct tracer *tracer)
{
	__atomic_store_n(&tracer->bpf->bss->reader_idle, 1, __ATOMIC_SEQ_CST);
}
