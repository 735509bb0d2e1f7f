// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Configures and loads the socket iterators. */
#include "tracer/socket_iter.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "system/limits.h"
#include "tracer/btf_subset.h"
#include "tracer/internal.h"
#include "tracer/pin.h"

enum { SCAN_FILES = 32 }; /* a scan has 25 open at most, and the namespaces */

struct socket_iter {
	struct tcpstate_bpf *bpf;
	bool own_records; /* those of config->tracer */
	bool recorded;	  /* pinned is valid */
	struct pinned pinned;
	int socket; /* cfg_socket_fd of the compat object; -1: none */
	int netns;  /* cfg_netns_fd; -1: none */
};

static void configure(struct socket_iter *iter, const struct socket_iter_config *config)
{
	struct tcpstate_bpf *bpf = iter->bpf;

	memcpy((void *)&bpf->rodata->cfg_filter, config->filter, sizeof(*config->filter));
	bpf->rodata->cfg_filter.on &= TS_BY_TUPLE | TS_BY_STATE | TS_BY_CGROUP;
	bpf->rodata->cfg_pid_ns = tracer_pid_ns();
	bpf->rodata->cfg_cookie_helper = 1;
	bpf->rodata->cfg_files_netns = config->files_netns;
	bpf->rodata->cfg_details = config->details;
	bpf->rodata->cfg_connections = !config->subflows;
	bpf->rodata->cfg_leaders = config->leaders;
	bpf->rodata->cfg_closed = config->closed;
	bpf->rodata->cfg_tcp = config->kinds[SOCKET_ITER_TCP];
	bpf->rodata->cfg_udp = config->kinds[SOCKET_ITER_UDP];
	if (iter->socket >= 0)
		bpf->rodata->cfg_socket_fd = (uint32_t)iter->socket;
	if (iter->netns >= 0)
		bpf->rodata->cfg_netns_fd = (uint32_t)iter->netns;
	bpf_map__set_max_entries(bpf->maps.slots, 1);
	if (iter->recorded)
		return;
	bpf_map__set_max_entries(bpf->maps.minisocks, 1);
	if (bpf_map__type(bpf->maps.records) == BPF_MAP_TYPE_HASH)
		bpf_map__set_max_entries(bpf->maps.records, 1);
}

static void choose(const struct tcpstate_bpf *bpf, const bool kinds[SOCKET_ITERS])
{
	struct bpf_program *program;
	struct bpf_map *map;

	bpf_object__for_each_program(program, bpf->obj)
		bpf_program__set_autoload(program, false);
	bpf_program__set_autoload(bpf->progs.list_tcp, kinds[SOCKET_ITER_TCP]);
	bpf_program__set_autoload(bpf->progs.list_udp, kinds[SOCKET_ITER_UDP]);
	bpf_program__set_autoload(bpf->progs.list_files, kinds[SOCKET_ITER_FILES]);
	bpf_program__set_autoload(bpf->progs.list_netns, kinds[SOCKET_ITER_NETNS]);
	bpf_object__for_each_map(map, bpf->obj)
		(void)bpf_map__set_autocreate(map, bpf_map__is_internal(map) ||
							   map == bpf->maps.records ||
							   map == bpf->maps.minisocks);
}

static int use_records(struct socket_iter *iter)
{
	struct tcpstate_bpf *bpf = iter->bpf;
	int err;

	if (!iter->recorded)
		return 0;
	bpf->rodata->cfg_records = 1;
	err = bpf_map__reuse_fd(bpf->maps.records, iter->pinned.fds[PIN_RECORDS]);
	return err ? err : bpf_map__reuse_fd(bpf->maps.minisocks, iter->pinned.fds[PIN_MINISOCKS]);
}

static int load_object(struct socket_iter *iter, const struct socket_iter_config *config,
		       bool compat)
{
	int core_btf, err = tracer_open_object(compat, &iter->bpf, &core_btf);

	if (!err)
		err = use_records(iter);
	if (err) {
		btf_subset_close(&core_btf);
		return err;
	}
	if (compat && iter->socket < 0)
		iter->socket = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	configure(iter, config);
	choose(iter->bpf, config->kinds);
	err = tracer_load_object(iter->bpf, &core_btf);
	return err ? err : tcpstate_bpf__attach(iter->bpf);
}

static void find_records(struct socket_iter *iter, const struct tracer *tracer)
{
	int *maps = iter->pinned.fds;

	iter->own_records = tracer;
	if (!tracer) {
		iter->recorded = !pin_find(&iter->pinned);
		return;
	}
	maps[PIN_RECORDS] = fcntl(tracer_map_fd(tracer, TRACER_RECORDS), F_DUPFD_CLOEXEC, 0);
	maps[PIN_MINISOCKS] = fcntl(tracer_map_fd(tracer, TRACER_MINISOCKS), F_DUPFD_CLOEXEC, 0);
	maps[PIN_ORIGINS] = fcntl(tracer_map_fd(tracer, TRACER_ORIGINS), F_DUPFD_CLOEXEC, 0);
	iter->recorded = maps[PIN_RECORDS] >= 0 && maps[PIN_MINISOCKS] >= 0;
	if (!iter->recorded)
		pin_close(&iter->pinned);
}

static void unload(struct socket_iter *iter)
{
	tcpstate_bpf__destroy(iter->bpf);
	iter->bpf = NULL;
}

/* The compat object fits kernels without socket storage, and the records of a kprobe tracer. */
static int load_either(struct socket_iter *iter, const struct socket_iter_config *config)
{
	int err = load_object(iter, config, false);

	if (!err || err == -EPERM)
		return err;
	unload(iter);
	return load_object(iter, config, true) ? err : 0;
}

/* Without the kernel's list of network namespaces the sockets are listed all the same. */
static int load_kinds(struct socket_iter *iter, const struct socket_iter_config *config)
{
	struct socket_iter_config less = *config;
	int err = load_either(iter, config);

	if (!err || err == -EPERM || !config->kinds[SOCKET_ITER_NETNS])
		return err;
	less.kinds[SOCKET_ITER_NETNS] = false;
	unload(iter);
	return load_either(iter, &less) ? err : 0;
}

static int load(struct socket_iter *iter, const struct socket_iter_config *config)
{
	libbpf_print_fn_t print = tracer_set_debug(config->debug);
	int err = load_kinds(iter, config);

	if (err && iter->recorded) { /* these records may not fit */
		unload(iter);
		pin_close(&iter->pinned);
		iter->recorded = false;
		err = load_kinds(iter, config);
	}
	(void)libbpf_set_print(print);
	return err;
}

int socket_iter_new(const struct socket_iter_config *config, struct socket_iter **out,
		    struct error *error)
{
	int err = limits_need_files("list sockets", SCAN_FILES, error);
	struct socket_iter *iter;

	if (err)
		return err;
	iter = calloc(1, sizeof(*iter));
	if (!iter)
		return error_set(error, ENOMEM, "no memory for the sockets");
	iter->socket = -1;
	/* any namespace will do */
	iter->netns = config->files_netns ? -1 : open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	find_records(iter, config->tracer);
	tracer_raise_memlock();
	err = load(iter, config);
	if (err) {
		socket_iter_free(iter);
		return load_error_explain("list sockets", err, error);
	}
	*out = iter;
	return 0;
}

void socket_iter_free(struct socket_iter *iter)
{
	if (!iter)
		return;
	tcpstate_bpf__destroy(iter->bpf);
	if (iter->socket >= 0)
		(void)close(iter->socket);
	if (iter->netns >= 0)
		(void)close(iter->netns);
	if (iter->recorded)
		pin_close(&iter->pinned);
	free(iter);
}

int socket_iter_open(const struct socket_iter *iter, enum socket_iter_kind kind)
{
	const struct bpf_link *const links[SOCKET_ITERS] = {
		[SOCKET_ITER_TCP] = iter->bpf->links.list_tcp,
		[SOCKET_ITER_UDP] = iter->bpf->links.list_udp,
		[SOCKET_ITER_FILES] = iter->bpf->links.list_files,
	};

	if (kind == SOCKET_ITER_FILES)
		iter->bpf->bss->last_net = iter->bpf->bss->ring_seen = 0;
	return links[kind] ? bpf_iter_create(bpf_link__fd(links[kind])) : -EOPNOTSUPP;
}

int socket_iter_cover(const struct socket_iter *iter, struct netns_cover *cover,
		      struct netns_list *list)
{
	return netns_cover_find(cover, iter->bpf, list);
}

bool socket_iter_saw_ring(const struct socket_iter *iter)
{
	return iter->bpf->bss->ring_seen;
}

bool socket_iter_is_recorded(const struct socket_iter *iter)
{
	return iter->recorded && (iter->own_records || pin_is_current(&iter->pinned));
}

int socket_iter_origins_fd(const struct socket_iter *iter)
{
	return iter->recorded ? iter->pinned.fds[PIN_ORIGINS] : -1;
}
