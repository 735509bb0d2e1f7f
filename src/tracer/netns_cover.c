// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "tracer/netns_cover.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "system/netns.h"
#include "tracer/internal.h"
#include "tracer/socket_iter.h"

enum { ROWS_AT_ONCE = 1024, SEARCHES_MAX = 3 };

/* Takes all rows that the iterator writes, which are of namespaces. */
static int read_rows(int fd, struct netns_ways *ways)
{
	struct ts_netns_row rows[ROWS_AT_ONCE];
	size_t size = 0, whole;
	ssize_t n = 1;
	int err = 0;

	while (n && !err) {
		n = read(fd, (char *)rows + size, sizeof(rows) - size);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			continue;
		if (n < 0)
			return -errno;
		size += (size_t)n;
		whole = size / sizeof(*rows);
		for (size_t i = 0; i < whole && !err; i++)
			err = rows[i].head.kind == TS_ROW_NETNS ? netns_ways_add(ways, &rows[i]) :
								  -EPROTO;
		size -= whole * sizeof(*rows);
		memmove(rows, rows + whole, size);
	}
	return err || !size ? err : -EPROTO;
}

static int read_all(int fd, struct netns_ways *ways)
{
	int err = fd < 0 ? fd : read_rows(fd, ways);

	if (fd >= 0)
		(void)close(fd);
	return err;
}

/* Adds what is found, and counts what is not. `ways`: the kernel's list, and threads. */
static int add_missing(const struct netns_cover *cover, const struct netns_ways *ways, bool mounts,
		       struct netns_list *list, size_t *hidden)
{
	int err = 0;

	*hidden = 0;
	for (size_t i = 0; i < ways->n && !err; i++) {
		uint32_t inode = ways->rows[i].inode;
		int fd;

		if (ways->rows[i].way != TS_NETNS_KERNEL || netns_list_has(list, inode) ||
		    (cover->only && cover->only != inode))
			continue;
		fd = netns_ways_open(ways, inode);
		if (fd < 0)
			fd = netns_ways_open(&cover->files, inode);
		if (fd < 0 && mounts)
			fd = netns_open_by_mount(inode);
		if (fd >= 0)
			err = netns_list_push(list, fd, inode);
		else
			++*hidden;
	}
	return err;
}

static int note_hidden(struct netns_cover *cover, const struct netns_ways *ways,
		       const struct netns_list *list, size_t n)
{
	cover->hidden = calloc(n, sizeof(*cover->hidden));
	if (!cover->hidden)
		return -ENOMEM;
	for (size_t i = 0; i < ways->n && cover->n_hidden < n; i++) {
		uint32_t inode = ways->rows[i].inode;

		if (ways->rows[i].way == TS_NETNS_KERNEL && !netns_list_has(list, inode) &&
		    (!cover->only || cover->only == inode))
			cover->hidden[cover->n_hidden++] = inode;
	}
	return 0;
}

static void forget_hidden(struct netns_cover *cover)
{
	free(cover->hidden);
	cover->hidden = NULL;
	cover->n_hidden = 0;
}

/* Returns 0, or -ENODATA: the kernel's list is not to be had. */
static int read_kernel(struct tcpstate_bpf *bpf, struct netns_ways *ways)
{
	int err;

	if (!bpf->links.list_netns)
		return -ENODATA;
	bpf->bss->netns_at = bpf->bss->netns_complete = 0;
	err = read_all(bpf_iter_create(bpf_link__fd(bpf->links.list_netns)), ways);
	if (err == -ENOMEM || err == -EPROTO)
		return err;
	return err || !bpf->bss->netns_complete ? -ENODATA : 0;
}

/* A namespace that is new since the processes were listed, or gone, is not hidden: reads the list twice. */
static int find(struct netns_cover *cover, struct tcpstate_bpf *bpf, struct netns_list *list)
{
	struct netns_ways ways = { 0 };
	size_t hidden = 0;
	int err = read_kernel(bpf, &ways);

	forget_hidden(cover);
	if (!err)
		err = add_missing(cover, &ways, false, list, &hidden);
	if (!err && hidden) {
		netns_ways_free(&ways);
		err = read_kernel(bpf, &ways);
		if (!err)
			err = netns_list_update(list);
		if (!err)
			err = add_missing(cover, &ways, true, list, &hidden);
		if (!err && hidden)
			err = note_hidden(cover, &ways, list, hidden);
	}
	netns_ways_free(&ways);
	return err;
}

/* A row of this way in `files` marks a namespace that a search did not find. */
static const enum ts_netns_way searched = TS_NETNS_KERNEL;

/* A process may have had that descriptor for a moment only, as another scan of namespaces has. */
static bool is_way_stale(const struct netns_cover *cover, uint32_t hidden)
{
	return netns_ways_find(&cover->files, hidden, TS_NETNS_FILE) ||
	       netns_ways_find(&cover->files, hidden, TS_NETNS_SOCKET);
}

/* `known`: `files` is new. */
static bool is_search_due(const struct netns_cover *cover, bool known)
{
	for (size_t i = 0; i < cover->n_hidden; i++)
		if (!netns_ways_find(&cover->files, cover->hidden[i], searched) &&
		    (!known || is_way_stale(cover, cover->hidden[i])))
			return true;
	return false;
}

/* No holder is written: neither TCP nor UDP is wanted. */
static int search_files(struct netns_cover *cover)
{
	static const struct ts_filter all;
	const struct socket_iter_config config = {
		.filter = &all,
		.kinds = { [SOCKET_ITER_FILES] = true },
		.debug = cover->debug,
	};
	struct socket_iter *iter = NULL;
	struct error unable = { "" };
	int err = socket_iter_new(&config, &iter, &unable);

	netns_ways_free(&cover->files);
	if (!err)
		err = read_all(socket_iter_open(iter, SOCKET_ITER_FILES), &cover->files);
	socket_iter_free(iter);
	return err == -ENOMEM || err == -EPROTO ? err : 0;
}

static int note_searched(struct netns_cover *cover)
{
	struct ts_netns_row row = { .way = searched };
	int err = 0;

	for (size_t i = 0; i < cover->n_hidden && !err; i++) {
		row.inode = cover->hidden[i];
		err = netns_ways_add(&cover->files, &row);
	}
	return err;
}

int netns_cover_find(struct netns_cover *cover, struct tcpstate_bpf *bpf, struct netns_list *list)
{
	int err = find(cover, bpf, list), searches = 0;

	while (!err && searches < SEARCHES_MAX &&
	       is_search_due(cover, cover->files_known || searches)) {
		searches++;
		err = search_files(cover);
		if (!err)
			err = find(cover, bpf, list);
	}
	if (!err && searches)
		err = note_searched(cover);
	cover->unsure = err == -ENODATA;
	return err == -ENODATA ? 0 : err;
}

void netns_cover_free(struct netns_cover *cover)
{
	netns_ways_free(&cover->files);
	forget_hidden(cover);
}
