// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Loads the iterators of `list` and reads what they write; what belongs together is sockets.c's. */
#include "sockets/sockets.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "lib/clock.h"
#include "tracer/btf_subset.h"
#include "tracer/pin.h"
#include "system/netns.h"
#include "sockets/join.h"
#include "tracer/internal.h"
#include "tracer/load_error.h"

enum { READ_BYTES = 256 << 10 };

struct socket_source {
	struct sockets_wants wants;
	struct tcpstate_bpf *bpf;
	struct pinned kept; /* a tracer's records ... */
	bool recorded;	    /* ... if there are any */
	int socket; /* any one, for kernels that know sockets by their file operations; -1: none */
	int look_error; /* of a look inside of a namespace */
	struct rows *rows;
	struct error *error; /* of the look that is under way */
};

/* The only one that is looked into; 0: there are several. */
static uint32_t only_netns(const struct sockets_wants *wants)
{
	struct stat st;

	if (wants->netns)
		return wants->filter->netns;
	return wants->here && !stat("/proc/self/ns/net", &st) ? (uint32_t)st.st_ino : 0;
}

/* Of what the iterators take, the filter's part that the kernel can tell by itself. */
static void configure(struct socket_source *source)
{
	struct tcpstate_bpf *bpf = source->bpf;

	memcpy((void *)&bpf->rodata->cfg_filter, source->wants.filter,
	       sizeof(*source->wants.filter));
	bpf->rodata->cfg_filter.on &= TS_BY_TUPLE | TS_BY_STATE | TS_BY_CGROUP;
	bpf->rodata->cfg_pid_ns = tracer_pid_ns();
	bpf->rodata->cfg_cookie_helper = 1;
	bpf->rodata->cfg_files_netns = only_netns(&source->wants);
	bpf->rodata->cfg_details = source->wants.details;
	bpf->rodata->cfg_connections = !source->wants.subflows;
	bpf->rodata->cfg_leaders = source->wants.leaders;
	if (source->socket >= 0)
		bpf->rodata->cfg_socket_fd = (uint32_t)source->socket;
	bpf_map__set_max_entries(bpf->maps.slots, 1);
	if (source->recorded)
		return;
	bpf_map__set_max_entries(bpf->maps.minisocks, 1);
	if (bpf_map__type(bpf->maps.records) == BPF_MAP_TYPE_HASH)
		bpf_map__set_max_entries(bpf->maps.records, 1);
}

static bool map_is_needed(const struct tcpstate_bpf *bpf, const struct bpf_map *map)
{
	return bpf_map__is_internal(map) || map == bpf->maps.records || map == bpf->maps.minisocks;
}

static void choose(const struct socket_source *source)
{
	const struct tcpstate_bpf *bpf = source->bpf;
	struct bpf_program *program;
	struct bpf_map *map;

	bpf_object__for_each_program(program, bpf->obj) bpf_program__set_autoload(
		program, (program == bpf->progs.list_tcp && source->wants.tcp) ||
				 (program == bpf->progs.list_udp && source->wants.udp) ||
				 (program == bpf->progs.list_files && source->wants.holders));
	bpf_object__for_each_map(map, bpf->obj)(void)
		bpf_map__set_autocreate(map, map_is_needed(bpf, map));
}

/* The records are a tracer's, which is at work as long as its lock is held: see keep.h. */
static int use_kept(struct socket_source *source)
{
	struct tcpstate_bpf *bpf = source->bpf;
	int err;

	if (!source->recorded)
		return 0;
	bpf->rodata->cfg_records = 1;
	err = bpf_map__reuse_fd(bpf->maps.records, source->kept.records);
	return err ? err : bpf_map__reuse_fd(bpf->maps.minisocks, source->kept.minisocks);
}

static int load_object(struct socket_source *source, bool compat)
{
	int core_btf, err = tracer_open_object(compat, &source->bpf, &core_btf);

	if (!err)
		err = use_kept(source);
	if (err) {
		btf_subset_close(&core_btf);
		return err;
	}
	if (compat && source->socket < 0)
		source->socket = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	configure(source);
	choose(source);
	err = tracer_load_object(source->bpf, &core_btf);
	return err ? err : tcpstate_bpf__attach(source->bpf);
}

/* The tracer's maps, or a keeper's. */
static bool find_records(struct socket_source *source)
{
	const struct tracer *tracer = source->wants.tracer;
	struct pinned *kept = &source->kept;

	if (!tracer)
		return !pin_find(kept);
	kept->records = fcntl(tracer_records_fd(tracer), F_DUPFD_CLOEXEC, 0);
	kept->minisocks = fcntl(tracer_minisocks_fd(tracer), F_DUPFD_CLOEXEC, 0);
	kept->origins = fcntl(tracer_origins_fd(tracer), F_DUPFD_CLOEXEC, 0);
	if (kept->records >= 0 && kept->minisocks >= 0)
		return true;
	pin_close(kept);
	return false;
}

/* What is read now is up to date. */
static bool records_hold(const struct socket_source *source)
{
	return source->recorded && (source->wants.tracer || pin_holds(&source->kept));
}

static void keep_forget(struct socket_source *source)
{
	if (source->recorded)
		pin_close(&source->kept);
	source->recorded = false;
}

/* Both objects: the other is for kernels without socket storage, and tracers that work without. */
static int load_either(struct socket_source *source)
{
	int err = load_object(source, false);

	if (!err || err == -EPERM)
		return err;
	tcpstate_bpf__destroy(source->bpf);
	source->bpf = NULL;
	return load_object(source, true) ? err : 0;
}

/* A tracer's records that do not fit after all are done without. */
static int load(struct socket_source *source)
{
	libbpf_print_fn_t words = tracer_set_debug(source->wants.debug);
	int err = load_either(source);

	if (err && source->recorded) {
		tcpstate_bpf__destroy(source->bpf);
		source->bpf = NULL;
		keep_forget(source);
		err = load_either(source);
	}
	(void)libbpf_set_print(words);
	return err;
}

int socket_source_new(const struct sockets_wants *wants, struct socket_source **out,
		      struct error *error)
{
	struct socket_source *source = calloc(1, sizeof(*source));
	int err;

	if (!source)
		return error_set(error, ENOMEM, "no memory for the sockets");
	source->wants = *wants;
	source->socket = -1;
	source->recorded = find_records(source);
	tracer_raise_memlock();
	err = load(source);
	if (err) {
		socket_source_free(source);
		return load_error_explain("list sockets", err, error);
	}
	*out = source;
	return 0;
}

void socket_source_free(struct socket_source *source)
{
	if (!source)
		return;
	tcpstate_bpf__destroy(source->bpf);
	if (source->socket >= 0)
		(void)close(source->socket);
	keep_forget(source);
	free(source);
}

int socket_source_origins_fd(const struct socket_source *source)
{
	return source->recorded ? source->kept.origins : -1;
}

/* Appends all that one run of an iterator writes. 0 or -errno. */
static int rows_read(struct rows *rows, const struct bpf_link *link)
{
	ssize_t n = 1;
	int fd;

	if (!link)
		return 0;
	fd = bpf_iter_create(bpf_link__fd(link));
	if (fd < 0)
		return fd;
	while (n) {
		char *room = rows_reserve(rows, READ_BYTES);

		n = room ? read(fd, room, READ_BYTES) : -1;
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			continue;
		if (n < 0)
			break;
		rows->size += (size_t)n;
	}
	n = n < 0 ? -errno : 0;
	(void)close(fd);
	return (int)n;
}

/* A thread's way through some of the network namespaces. */
struct walk {
	const struct socket_source *source;
	struct rows *rows;
	struct netns_list part;
	int result; /* as of netns_each() */
};

static int look_here(void *context, uint32_t inode)
{
	const struct walk *walk = context;
	const struct socket_source *source = walk->source;
	int err;

	if (source->wants.filter->on & TS_BY_NETNS && inode != source->wants.filter->netns)
		return 0;
	err = rows_read(walk->rows, source->bpf->links.list_tcp);
	return err ? err : rows_read(walk->rows, source->bpf->links.list_udp);
}

static int look_there(void *walk)
{
	return look_here(walk, ((struct walk *)walk)->source->wants.filter->netns);
}

static void *walk_away(void *context)
{
	struct walk *walk = context;

	walk->result = netns_each_away(&walk->part, look_here, walk);
	return NULL;
}

/*
 * Every iterator goes through the hash table of all namespaces, which is most of the work: a second
 * thread does half of them, where there is a CPU for it. As netns_each().
 */
static int look_into(const struct socket_source *source, struct netns_list *list)
{
	const size_t n = (list->n + 1) / 2;
	struct walk near = { .source = source, .rows = source->rows, .part = *list };
	struct walk far = { .source = source, .part = { list->items + n, list->n - n, 0 } };
	pthread_t thread;

	if (far.part.n && sysconf(_SC_NPROCESSORS_ONLN) > 1)
		far.rows = rows_more(source->rows);
	if (!far.rows || pthread_create(&thread, NULL, walk_away, &far))
		return netns_each(list, look_here, &near);
	near.part.n = n;
	near.result = netns_each(&near.part, look_here, &near);
	(void)pthread_join(thread, NULL);
	if (near.result < 0 || far.result < 0)
		return near.result < 0 ? near.result : far.result;
	return near.result + far.result;
}

static int look_around(struct socket_source *source, struct sockets *sockets)
{
	struct walk walk = { .source = source, .rows = source->rows };
	struct netns_list list;
	int err;

	sockets->netns = 1;
	if (source->wants.here)
		return look_here(&walk, source->wants.filter->netns);
	if (source->wants.netns) /* one: whatever leads to it, and nothing else may */
		return netns_inside(source->wants.netns, source->wants.filter->netns, look_there,
				    &walk, source->error);
	err = netns_list_open(&list);
	if (err)
		return err;
	err = look_into(source, &list);
	if (err > 0)
		err = sockets_note_netns_failed(sockets, &list, (size_t)err);
	sockets->netns = list.n - sockets->n_unentered;
	sockets->denied = list.denied;
	netns_list_close(&list);
	return err;
}

/* clock_getres(2) of the coarse clock is the tick. */
static uint64_t tick_ns(void)
{
	struct timespec tick = { 0, 0 };

	(void)clock_getres(CLOCK_MONOTONIC_COARSE, &tick);
	return (uint64_t)tick.tv_nsec;
}

/*
 * Files first: a socket that is closed in between is not listed, and one that is opened has its
 * holder from the second look at the files, which is only made where one lacks a holder.
 */
static int look(struct socket_source *source, struct sockets *sockets, struct rows *files,
		struct rows *again)
{
	uint64_t start = clock_mono_ns();
	int err = rows_read(files, source->bpf->links.list_files);

	if (!err)
		err = look_around(source, sockets);
	sockets->mono_ns = clock_mono_ns();
	sockets->recorded = records_hold(source);
	sockets->tick_ns = tick_ns();
	if (!err)
		err = sockets_join(sockets, source->rows, files);
	if (err || !source->wants.holders || !sockets_lack_holders(sockets, start))
		return err;
	err = rows_read(again, source->bpf->links.list_files);
	if (!err)
		err = rows_add_missing(again, files);
	return err ? err : sockets_join(sockets, source->rows, again);
}

int socket_source_scan(struct socket_source *source, struct sockets **out, struct error *error)
{
	struct sockets *sockets = NULL;
	struct rows files = { 0 }, again = { 0 };
	int err = sockets_new(&sockets, &source->rows);

	source->error = error;
	if (!err)
		err = look(source, sockets, &files, &again);
	if (!err)
		err = sockets_select(sockets, source->wants.filter);
	sockets_keep(sockets, &files, &again);
	if (err) {
		sockets_free(sockets);
		if (error->text[0])
			return err;
		return error_set(error, -err, "cannot look at the sockets: %s", strerror(-err));
	}
	*out = sockets;
	return 0;
}
