// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Loads and attaches the programs, takes the snapshot, reads the counters. */
#include "tracer.h"

#include <errno.h>
#include <inttypes.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include <tcpstate/record.h>

#include "clock.h"
#include "hook.h"
#include "netns.h"
#include "skeleton.h"

enum {
	RING_DEFAULT = 8 << 20,	      /* 69,905 events of 120 bytes with their header */
	INITIAL_PID_NS = 0xEFFFFFFC,  /* PROC_PID_INIT_INO */
	ROOT_CGROUP = 1,	      /* kernfs id of the root */
	WAKE_BYTES = 256 << 10,
	RESCAN_SHARE = 20,
	LIGHT_FILTERS = TS_BY_NETNS | TS_BY_CGROUP | TS_BY_STATE,
};

struct tracer {
	struct tcpstate_bpf *bpf;
	struct ts_slot *slots; /* mapped, one a CPU */
	unsigned cpus;
	struct ts_ready ready;
	char tier[16];
	unsigned denied;  /* processes whose network namespace could not be looked up */
	uint64_t rescan_after_ns;
	bool filtered;
	bool small_unknown; /* the filter asks for what small sockets do not have */
};

/* libbpf's own words: only with --debug. */
static int print_debug(enum libbpf_print_level level, const char *fmt, va_list args)
{
	(void)level;
	return vfprintf(stderr, fmt, args);
}

/* Up to 5.10 maps are charged to RLIMIT_MEMLOCK. */
static void memlock_raise(void)
{
	const struct rlimit unlimited = { RLIM_INFINITY, RLIM_INFINITY };

	(void)setrlimit(RLIMIT_MEMLOCK, &unlimited);
}

static uint32_t own_pid_ns(void)
{
	struct stat st;

	if (stat("/proc/self/ns/pid", &st) != 0 || (uint32_t)st.st_ino == (uint32_t)INITIAL_PID_NS)
		return 0;
	return (uint32_t)st.st_ino;
}

/* Inside a cgroup namespace nothing says how deep its root lies. */
static bool cgroup_depth_unknown(const struct options *options)
{
	return options->filter.on & TS_BY_CGROUP && !options->filter.cgroup_level &&
	       options->filter.cgroup != ROOT_CGROUP;
}

/* Counts need no record, and no owner, once every socket is in them. */
static bool counts_alone(const struct options *options, const struct tracer_wants *wants)
{
	return !wants->events && !(options->filter.on & ~LIGHT_FILTERS);
}

static void configure(struct tracer *tracer, const struct options *options,
		      const struct tracer_wants *wants)
{
	struct tcpstate_bpf *bpf = tracer->bpf;
	size_t ring = options->buffer_bytes ? options->buffer_bytes : RING_DEFAULT;
	size_t wake = ring / 4 < WAKE_BYTES ? ring / 4 : WAKE_BYTES;

	if (!wants->events)
		ring = (size_t)getpagesize();
	bpf_map__set_max_entries(bpf->maps.events, (uint32_t)ring);
	bpf_map__set_max_entries(bpf->maps.slots, tracer->cpus);
	memcpy((void *)&bpf->rodata->cfg_filter, &options->filter, sizeof(options->filter));
	if (cgroup_depth_unknown(options)) /* the stream goes by the path */
		bpf->rodata->cfg_filter.on &= ~TS_BY_CGROUP;
	bpf->rodata->cfg_pid_ns = own_pid_ns();
	bpf->rodata->cfg_events = wants->events;
	bpf->rodata->cfg_portless = wants->portless;
	bpf->rodata->cfg_light = counts_alone(options, wants);
	bpf->rodata->cfg_wake_every =
		(uint32_t)(wake / (TS_TRANSITION_BASE + 8) / tracer->cpus) + 1;
	bpf_program__set_autoload(bpf->progs.find_port, wants->portless);
}

/* The load failed: the first probe that fails too is the reason. */
static int explain_failure(int err, struct error *error)
{
	const struct {
		feature_probe *probe;
		const char *target;
		const char *remedy;
	} causes[] = {
		{ feature_btf, NULL, "a kernel built with CONFIG_DEBUG_INFO_BTF" },
		{ hooks[0].probe, hooks[0].target, hooks[0].remedy },
	};
	struct features features;
	struct verdict verdict;

	feature_privileges(NULL, NULL, &verdict);
	if (verdict.err)
		return error_set(error, EPERM, "cannot trace: %s; run it as root (sudo)",
				 verdict.why);
	feature_lockdown(NULL, NULL, &verdict);
	if (verdict.err)
		return error_set(error, EPERM,
				 "cannot trace: %s, which hides the kernel's memory from BPF; "
				 "boot with lockdown=integrity or none", verdict.why);
	features_open(&features);
	for (size_t i = 0; i < sizeof(causes) / sizeof(causes[0]); i++) {
		causes[i].probe(&features, causes[i].target, &verdict);
		if (!verdict.err)
			continue;
		features_close(&features);
		if (verdict.err == -EPERM || verdict.err == -EACCES)
			return error_set(error, EPERM, "cannot trace: %s, though privileges look "
					 "sufficient: a seccomp filter, a container or a security "
					 "module forbids it; run it outside of that", verdict.why);
		return error_set(error, EOPNOTSUPP, "cannot trace: %s; needs %s", verdict.why,
				 causes[i].remedy);
	}
	features_close(&features);
	return error_set(error, -err,
			 "the kernel refused the BPF programs: %s; `tcpstate doctor` tells more, "
			 "--debug shows the kernel's own words", strerror(-err));
}

static int slots_map(struct tracer *tracer)
{
	size_t size = tracer->cpus * sizeof(*tracer->slots);
	void *slots = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED,
			   bpf_map__fd(tracer->bpf->maps.slots), 0);

	if (slots == MAP_FAILED)
		return -errno;
	tracer->slots = slots;
	return 0;
}

/* Iterators are attached like programs; their link makes an iterator when asked. */
static int attach_all(struct tracer *tracer)
{
	int err = tcpstate_bpf__attach(tracer->bpf);

	return err ? err : slots_map(tracer);
}

/* Runs an iterator to its end; it writes nothing. */
static int iterate(const struct bpf_link *link)
{
	char nothing[64];
	ssize_t n;
	int fd;

	if (!link)
		return -EOPNOTSUPP;
	fd = bpf_iter_create(bpf_link__fd(link));
	if (fd < 0)
		return fd;
	do
		n = read(fd, nothing, sizeof(nothing));
	while (n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR)));
	n = n < 0 ? -errno : 0;
	(void)close(fd);
	return (int)n;
}

static int iterate_here(void *context, uint32_t inode)
{
	const struct tracer *tracer = context;

	(void)inode;
	return iterate(tracer->bpf->links.snapshot_tcp);
}

/* Returns how many namespaces could not be looked into, or -errno. */
static int iterate_namespaces(struct tracer *tracer)
{
	struct netns_list list;
	int missed;

	if (!tracer->bpf->links.snapshot_tcp)
		return 0;
	missed = netns_list_open(&list);
	if (missed)
		return missed;
	missed = netns_each(&list, iterate_here, tracer);
	tracer->denied = (unsigned)list.denied;
	netns_list_close(&list);
	return missed;
}

/* Sockets with their holders first: the second look finds those without. */
static int snapshot(struct tracer *tracer)
{
	int missed;

	if (tracer->bpf->links.snapshot_files) {
		int err = iterate(tracer->bpf->links.snapshot_files);

		if (err)
			return err;
	}
	missed = iterate_namespaces(tracer);
	if (missed < 0)
		return missed;
	tracer->ready.netns_missed = (uint32_t)missed;
	__atomic_store_n(&tracer->bpf->bss->light, tracer->bpf->rodata->cfg_light,
			 __ATOMIC_SEQ_CST);
	return 0;
}

static int load(struct tracer *tracer, const struct options *options,
		const struct tracer_wants *wants, struct error *error)
{
	struct features features;
	int err;

	tracer->bpf = tcpstate_bpf__open();
	if (!tracer->bpf)
		return error_set(error, errno, "cannot open the BPF object: %s", strerror(errno));
	features_open(&features);
	hooks_choose(tracer->bpf, &features, !counts_alone(options, wants));
	(void)snprintf(tracer->tier, sizeof(tracer->tier), "%s", hook_tier(&features));
	features_close(&features);
	configure(tracer, options, wants);
	err = tcpstate_bpf__load(tracer->bpf);
	if (err)
		return explain_failure(err, error);
	err = attach_all(tracer);
	if (err)
		return error_set(error, -err, "cannot attach the BPF programs: %s", strerror(-err));
	err = snapshot(tracer);
	if (err)
		return error_set(error, -err, "cannot look at the sockets that exist: %s",
				 strerror(-err));
	return 0;
}

int tracer_new(const struct options *options, const struct tracer_wants *wants,
	       struct tracer **out, struct error *error)
{
	uint64_t start = clock_mono_ns();
	struct tracer *tracer = calloc(1, sizeof(*tracer));
	int err, cpus = libbpf_num_possible_cpus();

	if (!wants->events && cgroup_depth_unknown(options)) {
		free(tracer);
		return error_set(error, EOPNOTSUPP, "cannot count by --cgroup inside a cgroup "
				 "namespace; run it outside of the container");
	}
	if (!tracer || cpus < 1) {
		free(tracer);
		return error_set(error, ENOMEM, "cannot start: no memory, or no count of CPUs");
	}
	tracer->cpus = (unsigned)cpus;
	tracer->filtered = options->filter.on;
	tracer->small_unknown = options->filter.on & TRACER_SMALL_UNKNOWN;
	libbpf_set_print(options->debug ? print_debug : NULL);
	memlock_raise();
	err = load(tracer, options, wants, error);
	if (err) {
		tracer_free(tracer);
		return err;
	}
	(void)malloc_trim(0); /* the kernel's BTF was 14 MB */
	tracer->ready.frame.type = TS_FRAME_READY;
	tracer->ready.frame.size = sizeof(tracer->ready);
	tracer->ready.mono_ns = clock_mono_ns();
	tracer->ready.sockets = tracer->bpf->bss->snapshot_sockets;
	tracer->ready.startup_us = (uint32_t)((tracer->ready.mono_ns - start) / 1000);
	*out = tracer;
	return 0;
}

void tracer_free(struct tracer *tracer)
{
	if (!tracer)
		return;
	if (tracer->slots)
		(void)munmap(tracer->slots, tracer->cpus * sizeof(*tracer->slots));
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
	detach(&tracer->bpf->links.set_state);
	detach(&tracer->bpf->links.set_state_again);
	detach(&tracer->bpf->links.destroy_sock);
}

void tracer_ready(const struct tracer *tracer, struct ts_ready *ready)
{
	*ready = tracer->ready;
}

bool tracer_in_pid_namespace(void)
{
	return own_pid_ns() != 0;
}

unsigned tracer_denied(const struct tracer *tracer)
{
	return tracer->denied;
}

const char *tracer_tier(const struct tracer *tracer)
{
	return tracer->tier;
}

/* Times that the kernel skipped the first copy because it was running already. */
static uint64_t first_copy_misses(const struct tracer *tracer)
{
	struct bpf_prog_info info = { 0 };
	uint32_t size = sizeof(info);

	if (bpf_obj_get_info_by_fd(bpf_program__fd(tracer->bpf->progs.set_state), &info, &size))
		return 0;
	return info.recursion_misses;
}

static uint64_t load_relaxed(const __u64 *value)
{
	return __atomic_load_n(value, __ATOMIC_RELAXED);
}

/* What the kernel side will count when it meets the socket again: it hangs until then. */
static void count_portless(const struct tracer *tracer, struct counters *counters)
{
	const struct ts_filter *filter = (const void *)&tracer->bpf->rodata->cfg_filter;
	int map = bpf_map__fd(tracer->bpf->maps.portless);
	struct ts_portless entry;
	uint64_t id, next;
	bool more = bpf_map_get_next_key(map, NULL, &next) == 0;

	while (more) {
		id = next;
		more = bpf_map_get_next_key(map, &id, &next) == 0;
		if (bpf_map_lookup_elem(map, &id, &entry) || !entry.uncounted || !entry.lport ||
		    ts_filter_port(filter->lport, entry.lport) != TS_YES)
			continue;
		counters->transitions[entry.old_state][entry.new_state]++;
		counters->sockets[entry.new_state]++;
	}
}

/* Without a filter the kernel side leaves the way between states to the transitions. */
static void derive_gauges(struct counters *counters)
{
	for (int old = 0; old < TS_STATES; old++)
		for (int new = 0; new < TS_STATES; new++) {
			int64_t n = (int64_t)counters->transitions[old][new];

			if (old != TS_CLOSED && (old != TS_LISTEN || new != TS_SYN_RECV))
				counters->sockets[old] -= n;
			if (new != TS_CLOSED)
				counters->sockets[new] += n;
		}
}

void tracer_count(const struct tracer *tracer, struct counters *counters)
{
	uint64_t rescued = 0, misses = first_copy_misses(tracer);

	memset(counters, 0, sizeof(*counters));
	for (unsigned cpu = 0; cpu < tracer->cpus; cpu++) {
		const struct ts_slot *slot = &tracer->slots[cpu];

		for (int old = 0; old < TS_STATES; old++) {
			for (int new = 0; new < TS_STATES; new++)
				counters->transitions[old][new] +=
					load_relaxed(&slot->transitions[old][new]);
			counters->sockets[old] +=
				__atomic_load_n(&slot->sockets[old], __ATOMIC_RELAXED);
		}
		counters->lost += load_relaxed(&slot->lost);
		counters->without_record += load_relaxed(&slot->without_record);
		rescued += load_relaxed(&slot->rescued);
	}
	if (!tracer->filtered)
		derive_gauges(counters);
	if (tracer->bpf->rodata->cfg_filter.on & TS_BY_LPORT)
		count_portless(tracer, counters);
	/* read first, so that a rescue in between is not taken for a miss */
	counters->unseen = misses > rescued ? misses - rescued : 0;
}

static int tell_nobody(void *context, uint64_t id, uint16_t port)
{
	(void)context;
	(void)id;
	(void)port;
	return 0;
}

/* For who does not follow the ports: so that hanging connects are counted. */
void tracer_settle_ports(struct tracer *tracer)
{
	(void)tracer_each_port(tracer, tell_nobody, NULL);
}

int tracer_count_small(struct tracer *tracer, struct counters *counters)
{
	struct tcpstate_bpf__bss *bss = tracer->bpf->bss;
	int missed;

	memset(bss->snapshot_small, 0, sizeof(bss->snapshot_small));
	missed = iterate_namespaces(tracer);
	tracer_count(tracer, counters);
	if (missed < 0 || tracer->small_unknown)
		return missed < 0 ? missed : 0;
	for (int state = 0; state < TS_STATES; state++)
		counters->sockets[state] += (int64_t)bss->snapshot_small[state];
	return missed;
}

int tracer_rescan(struct tracer *tracer)
{
	uint64_t start = clock_mono_ns();
	int err;

	if (!tracer->bpf->links.snapshot_files || start < tracer->rescan_after_ns ||
	    !__atomic_exchange_n(&tracer->bpf->bss->rescan_wanted, 0, __ATOMIC_SEQ_CST))
		return 0;
	err = iterate(tracer->bpf->links.snapshot_files);
	tracer->rescan_after_ns = start + (clock_mono_ns() - start) * RESCAN_SHARE;
	return err;
}

int tracer_ring_fd(const struct tracer *tracer)
{
	return bpf_map__fd(tracer->bpf->maps.events);
}

unsigned tracer_cpus(const struct tracer *tracer)
{
	return tracer->cpus;
}

bool tracer_take_loss(struct tracer *tracer, unsigned cpu, uint64_t *count, uint64_t *since_ns)
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

static int find_port(const struct tracer *tracer, uint64_t id)
{
	uint64_t args[1] = { id };
	int err;

	LIBBPF_OPTS(bpf_test_run_opts, opts, .ctx_in = args, .ctx_size_in = sizeof(args));
	err = bpf_prog_test_run_opts(bpf_program__fd(tracer->bpf->progs.find_port), &opts);
	return err ? err : (int)opts.retval;
}

/*
 * Looks up the port of one entry. One that is found stays in the map until the kernel side
 * meets the socket again; one that never will be goes. False: nothing to tell.
 */
static bool settle_port(const struct tracer *tracer, uint64_t id, struct ts_portless *entry)
{
	int map = bpf_map__fd(tracer->bpf->maps.portless);
	int port;

	if (bpf_map_lookup_elem(map, &id, entry) || entry->told)
		return false;
	port = find_port(tracer, id);
	if (!port)
		return false; /* not chosen yet */
	entry->told = 1;
	entry->lport = port > 0 ? (uint16_t)port : 0;
	if (port < 0)
		(void)bpf_map_delete_elem(map, &id);
	else
		(void)bpf_map_update_elem(map, &id, entry, BPF_EXIST);
	return true;
}

int tracer_each_port(struct tracer *tracer, int (*tell)(void *context, uint64_t id, uint16_t port),
		     void *context)
{
	int map = bpf_map__fd(tracer->bpf->maps.portless), err = 0;
	struct ts_portless entry;
	uint64_t id, next;
	bool more;

	if (!tracer->bpf->rodata->cfg_portless)
		return 0;
	more = bpf_map_get_next_key(map, NULL, &next) == 0;
	while (more && !err) {
		id = next;
		more = bpf_map_get_next_key(map, &id, &next) == 0;
		if (settle_port(tracer, id, &entry))
			err = tell(context, id, entry.lport);
	}
	return err;
}
