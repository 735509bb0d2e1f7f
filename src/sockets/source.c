// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Reads all sockets in each network namespace, from the BPF iterators or without BPF (sockets/plain.c);
 * sockets/join.c joins the rows.
 */
#include "sockets/sockets.h"

#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "lib/clock.h"
#include "system/netns.h"
#include "system/privilege.h"
#include "sockets/file_rows.h"
#include "sockets/join.h"
#include "sockets/plain.h"
#include "tracer/netns_cover.h"
#include "tracer/probe.h"
#include "tracer/socket_iter.h"

enum { READ_BYTES = 256 << 10 };

/* The kernel's own, which no user-space header has: a BPF program that it does not support. */
enum { ENOTSUPP = 524 };

struct socket_source {
	struct socket_source_config config;
	struct socket_iter *iter;   /* NULL: without BPF */
	struct plain_reader *plain; /* NULL: by the iterators */
	struct error why; /* of `plain`: why the iterators are missing; empty: no privileges */
	struct rows *rows;
	struct netns_cover cover; /* of the scan that is under way, as the next one */
	struct error *error;	  /* of the scan that is under way */
};

/* Inode number of the only network namespace that is scanned; 0: there are several. */
static uint32_t only_netns(const struct socket_source_config *config)
{
	if (config->netns)
		return config->netns->inode;
	return config->here ? netns_own() : 0;
}

bool socket_source_is_plain(const struct socket_source *source)
{
	return source->plain;
}

/* Errors of a kernel or a sandbox that do not change when the command runs again. */
static bool is_bpf_missing(int err)
{
	switch (-err) {
	case EPERM:
	case EACCES:
	case EOPNOTSUPP:
	case ENOTSUPP:
	case ENOSYS:
	case ENOENT:
	case ESRCH:
	case EINVAL:
	case E2BIG:
		return !probe_privileges(NULL, NULL, NULL);
	}
	return false;
}

/* clock_getres(2) of the coarse clock is the tick. */
static uint64_t tick_ns(void)
{
	struct timespec tick = { 0, 0 };

	(void)clock_getres(CLOCK_MONOTONIC_COARSE, &tick);
	return (uint64_t)tick.tv_nsec;
}

/* Sockets in no table come with the files. */
static bool are_files_read(const struct socket_source *source)
{
	return source->config.holders || source->config.closed;
}

static int open_iter(const struct socket_source_config *config, struct socket_iter **out,
		     struct error *error)
{
	const struct socket_iter_config iter = {
		.filter = config->filter,
		.tracer = config->tracer,
		.files_netns = only_netns(config),
		.kinds = { [SOCKET_ITER_TCP] = config->tcp,
			   [SOCKET_ITER_UDP] = config->udp,
			   [SOCKET_ITER_FILES] = config->holders || config->closed,
			   [SOCKET_ITER_NETNS] = !config->netns && !config->here },
		.details = config->details,
		.subflows = config->subflows,
		.leaders = config->leaders,
		.closed = config->closed ? (config->tcp ? TS_CLOSED_TCP : 0) |
						   (config->udp ? TS_CLOSED_UDP : 0) :
					   0,
		.debug = config->debug,
	};

	return socket_iter_new(&iter, out, error);
}

static int open_plain(struct socket_source *source, struct error *error)
{
	const struct plain_config plain = {
		.filter = source->config.filter,
		.tick_ns = tick_ns(),
		.times = source->config.times || source->config.details,
		.details = source->config.details,
		.closed = source->config.closed,
	};
	int err = plain_reader_new(&plain, &source->plain);

	return err ? error_set(error, -err, "cannot read the sockets: out of memory") : 0;
}

int socket_source_new(const struct socket_source_config *config, struct socket_source **out,
		      struct error *error)
{
	struct socket_source *source = calloc(1, sizeof(*source));
	int err;

	if (!source)
		return error_set(error, ENOMEM, "cannot scan the sockets: out of memory");
	source->config = *config;
	err = probe_is_user() ? 0 : open_iter(config, &source->iter, &source->why);
	if (is_bpf_missing(err))
		err = 0;
	if (err)
		(void)error_set(error, -err, "%s", source->why.text);
	else if (!source->iter)
		err = open_plain(source, error);
	if (err) {
		socket_source_free(source);
		return err;
	}
	*out = source;
	return 0;
}

void socket_source_free(struct socket_source *source)
{
	if (!source)
		return;
	socket_iter_free(source->iter);
	plain_reader_free(source->plain);
	netns_cover_free(&source->cover);
	free(source);
}

int socket_source_origins_fd(const struct socket_source *source)
{
	return source->iter ? socket_iter_origins_fd(source->iter) : -1;
}

int iter_rows_read(const struct socket_iter *iter, int kind, struct rows *rows,
		   struct file_rows *take)
{
	int err = 0, fd = socket_iter_open(iter, (enum socket_iter_kind)kind);
	ssize_t n = 1;

	if (fd < 0)
		return fd;
	while (n && !err) {
		char *room = rows_reserve(rows, READ_BYTES);

		n = room ? read(fd, room, READ_BYTES) : -1;
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			continue;
		if (n < 0)
			break;
		rows->size += (size_t)n;
		err = take ? file_rows_take(take, rows) : 0;
	}
	if (n < 0)
		err = -errno;
	(void)close(fd);
	return err;
}

static int read_files(const struct socket_iter *iter, struct rows *files, struct rows *closed,
		      struct netns_ways *ways)
{
	struct rows chunk = { 0 };
	struct file_rows take;
	int err;

	file_rows_begin(&take, files, closed);
	netns_ways_free(ways);
	err = iter_rows_read(iter, SOCKET_ITER_FILES, &chunk, &take);
	if (!err && chunk.size)
		err = -EPROTO;
	*ways = take.ways;
	file_rows_end(&take);
	free(chunk.data);
	return err;
}

static int rows_read(const struct socket_source *source, enum socket_iter_kind kind,
		     struct rows *rows)
{
	if (source->iter)
		return iter_rows_read(source->iter, kind, rows, NULL);
	if (kind == SOCKET_ITER_FILES)
		return plain_read_holders("/proc", rows);
	return plain_read_sockets(source->plain,
				  kind == SOCKET_ITER_TCP ? IPPROTO_TCP : IPPROTO_UDP, rows);
}

/* One thread's part of the network namespaces. */
struct walk {
	const struct socket_source *source;
	struct rows *rows;
	struct netns_list part;
	int result; /* as of netns_each() */
};

static int scan_here(void *context, uint32_t inode)
{
	const struct walk *walk = context;
	const struct socket_source *source = walk->source;
	int err = 0;

	if (source->config.filter->on & TS_BY_NETNS && inode != source->config.filter->netns)
		return 0;
	if (source->config.tcp)
		err = rows_read(source, SOCKET_ITER_TCP, walk->rows);
	if (!err && source->config.udp)
		err = rows_read(source, SOCKET_ITER_UDP, walk->rows);
	return err;
}

static void *scan_away(void *context)
{
	struct walk *walk = context;

	walk->result = netns_each_away(&walk->part, scan_here, walk);
	return NULL;
}

/*
 * Every iterator walks the kernel's hash table of all namespaces, which is most of the work. A second
 * thread does half of the namespaces if there is a CPU for it. Returns as netns_each().
 */
static int scan_all(const struct socket_source *source, struct netns_list *list)
{
	const size_t n = (list->n + 1) / 2;
	struct walk near = { .source = source, .rows = source->rows, .part = *list };
	struct walk far = { .source = source,
			    .part = { .items = list->items + n, .n = list->n - n } };
	pthread_t thread;

	if (source->iter && far.part.n && sysconf(_SC_NPROCESSORS_ONLN) > 1)
		far.rows = rows_more(source->rows);
	if (!far.rows || pthread_create(&thread, NULL, scan_away, &far))
		return netns_each(list, scan_here, &near);
	near.part.n = n;
	near.result = netns_each(&near.part, scan_here, &near);
	(void)pthread_join(thread, NULL);
	if (near.result < 0 || far.result < 0)
		return near.result < 0 ? near.result : far.result;
	return near.result + far.result;
}

/* All namespaces that can be found. Returns 0, -ENOMEM or -EPROTO. */
static int list_netns(struct socket_source *source, struct netns_list *list)
{
	int err = netns_list_open(list);

	if (err || !source->iter)
		return err;
	source->cover.files_known = are_files_read(source);
	source->cover.debug = source->config.debug;
	err = socket_iter_cover(source->iter, &source->cover, list);
	if (err)
		netns_list_close(list);
	return err;
}

static int scan_sockets(struct socket_source *source, struct sockets *sockets)
{
	struct walk walk = { .source = source, .rows = source->rows };
	struct netns_list list;
	int err;

	sockets->netns = 1;
	if (source->config.here)
		return scan_here(&walk, source->config.filter->netns);
	if (source->config.netns) /* the way to it may differ from all others */
		return netns_inside(source->config.netns, scan_here, &walk, source->error);
	err = list_netns(source, &list);
	if (err)
		return err;
	sockets->netns_unknown = list.unknown;
	sockets->netns_unsure = source->plain || source->cover.unsure;
	sockets->netns_hidden = source->cover.hidden;
	sockets->n_netns_hidden = source->cover.n_hidden;
	source->cover.hidden = NULL;
	source->cover.n_hidden = 0;
	err = scan_all(source, &list);
	if (err > 0)
		err = sockets_note_netns_failed(sockets, &list, (size_t)err);
	sockets->netns = list.n - sockets->n_netns_failed;
	netns_list_close(&list);
	return err;
}

int socket_source_each_netns(struct socket_source *source, netns_visit_fn *visit, void *context,
			     struct error *error)
{
	struct netns_list list;
	int err;

	if (source->config.here)
		return visit(context, netns_own());
	if (source->config.netns)
		return netns_inside(source->config.netns, visit, context, error);
	err = list_netns(source, &list);
	if (!err) {
		err = netns_each(&list, visit, context);
		netns_list_close(&list);
	}
	return err < 0 ? err : 0;
}

/* Of several namespaces, those of the caller's own. */
static int find_closed(struct socket_source *source, struct sockets *sockets, struct rows *files)
{
	const struct plain_closed closed = { .netns = netns_own(),
					     .tcp = source->config.tcp,
					     .udp = source->config.udp };
	size_t hidden;
	int err = plain_find_closed(source->plain, &closed, source->rows, files, &hidden);

	sockets->closed_missing = hidden || sockets->netns > 1;
	return err ? err : sockets_take_closed(sockets, files);
}

static int scan_files(struct socket_source *source, struct sockets *sockets, struct rows *files)
{
	int err;

	if (!source->iter)
		return rows_read(source, SOCKET_ITER_FILES, files);
	err = read_files(source->iter, files,
			 source->config.closed ? sockets_closed(sockets) : NULL,
			 &source->cover.files);
	if (err == -EUSERS)
		return error_set(source->error, EUSERS,
				 "cannot scan the sockets: processes have more than %d: select a "
				 "network namespace with --netns",
				 FILE_ROWS_MAX);
	return err;
}

/*
 * Scans files first: a socket that is closed afterwards is not listed. One that is opened afterwards
 * lacks a holder, for which the files are scanned again.
 */
static int scan_twice(struct socket_source *source, struct sockets *sockets, struct rows *files,
		      struct rows *again)
{
	uint64_t start = clock_mono_ns();
	int err = are_files_read(source) ? scan_files(source, sockets, files) : 0;

	if (!err)
		err = scan_sockets(source, sockets);
	sockets->mono_ns = clock_mono_ns();
	sockets->recorded = source->iter && socket_iter_is_recorded(source->iter);
	sockets->plain = source->plain;
	sockets->plain_why = source->why.text;
	sockets->own_holders = source->plain && geteuid();
	sockets->tick_ns = tick_ns();
	if (!err && source->plain && source->config.closed)
		err = find_closed(source, sockets, files);
	if (!err)
		err = sockets_join(sockets, source->rows, files);
	if (err || !source->config.holders || !sockets_lack_holders(sockets, start))
		return err;
	err = scan_files(source, sockets, again);
	if (!err)
		err = rows_add_missing(again, files);
	return err ? err : sockets_join(sockets, source->rows, again);
}

static int add_slot(void *context, const struct ts_holder *holder)
{
	struct rows *files = context;
	char *room = rows_reserve(files, sizeof(*holder));

	if (!room)
		return -ENOMEM;
	memcpy(room, holder, sizeof(*holder));
	files->size += sizeof(*holder);
	return 0;
}

/* An io_uring may hold a file that is in no table of descriptors. */
static int scan_rings(struct socket_source *source, struct sockets *sockets, struct rows *files)
{
	size_t n, before = files->size;
	uint64_t *inodes;
	int err;

	if (are_files_read(source) && !socket_iter_saw_ring(source->iter))
		return 0;
	err = sockets_unheld(sockets, &inodes, &n);
	if (err)
		return err;
	if (n)
		sockets->rings_unknown = socket_iter_ring_files(inodes, n, add_slot, files,
								source->config.debug) != 0;
	free(inodes);
	return files->size > before ? sockets_join(sockets, source->rows, files) : 0;
}

static int scan(struct socket_source *source, struct sockets *sockets, struct rows *files,
		struct rows *again)
{
	int err = scan_twice(source, sockets, files, again);

	if (err || !source->config.rings)
		return err;
	sockets->rings_unknown = source->plain;
	if (source->plain)
		return 0;
	return scan_rings(source, sockets, again->data ? again : files);
}

int socket_source_scan(struct socket_source *source, struct sockets **out, struct error *error)
{
	struct sockets *sockets = NULL;
	struct rows files = { 0 }, again = { 0 };
	int err = sockets_new(&sockets, &source->rows);

	netns_ways_free(&source->cover.files);
	source->error = error;
	if (!err)
		err = scan(source, sockets, &files, &again);
	if (!err)
		sockets_select(sockets, source->config.filter);
	sockets_keep(sockets, &files, &again);
	if (err) {
		sockets_free(sockets);
		if (error->text[0])
			return err;
		return error_set(error, -err, "cannot scan the sockets: %s", strerror(-err));
	}
	*out = sockets;
	return 0;
}

static void warn_failed(const struct sockets *sockets, int verbosity)
{
	for (size_t i = 0; i < sockets->n_netns_failed; i++)
		note(verbosity,
		     "cannot enter network namespace %" PRIu32
		     ": its sockets are missing (needs CAP_SYS_ADMIN and a file descriptor)",
		     sockets->netns_failed[i]);
}

static void warn_hidden(const struct sockets *sockets, int verbosity)
{
	char remedy[PRIVILEGE_TEXT];
	size_t n = sockets->n_netns_hidden;

	if (!n)
		return;
	if (netns_ways_remedy(remedy))
		note(verbosity,
		     "cannot find %zu network namespace%s: the sockets there are missing: %s", n,
		     n == 1 ? "" : "s", remedy);
	else
		note(verbosity,
		     "no process, descriptor or mount leads to %zu network namespace%s (%" PRIu32
		     "%s): the sockets there are missing",
		     n, n == 1 ? "" : "s", sockets->netns_hidden[0], n == 1 ? "" : ", ...");
}

void sockets_warn_coverage(const struct sockets *sockets, int verbosity)
{
	bool others = sockets->n_netns_failed || sockets->netns_unknown;

	if (sockets->plain && *sockets->plain_why) {
		note(verbosity, "%s: read by netlink instead: %ssome ages are missing",
		     sockets->plain_why,
		     sockets->closed_missing ? "sockets without a connection and " : "");
	} else if (sockets->plain) {
		note(verbosity,
		     "without privileges: %s%sprocesses of other users and some ages are missing: "
		     "root sees them",
		     others ? "sockets of other network namespaces, " : "",
		     sockets->closed_missing ? "sockets without a connection, " : "");
		return;
	}
	warn_failed(sockets, verbosity);
	warn_hidden(sockets, verbosity);
	if (sockets->netns_unsure && sockets->netns_unknown)
		note(verbosity,
		     "cannot read the network namespace of %zu processes: sockets in namespaces "
		     "that only they use are missing",
		     sockets->netns_unknown);
}
