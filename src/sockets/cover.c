// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "sockets/cover.h"

#include <errno.h>
#include <stdlib.h>

#include "system/netns.h"
#include "tracer/socket_iter.h"

/* One walk of the kernel's list. */
struct walk {
	struct rows rows; /* struct ts_netns_row */
	struct netns_ways threads;
};

static const struct ts_netns_row *row_of(const struct walk *walk, size_t i)
{
	return (const struct ts_netns_row *)(const void *)walk->rows.data + i;
}

static size_t count_rows(const struct walk *walk)
{
	return walk->rows.size / sizeof(struct ts_netns_row);
}

static void walk_free(struct walk *walk)
{
	netns_ways_free(&walk->threads);
	free(walk->rows.data);
	*walk = (struct walk){ .threads = { 0 } };
}

/* Returns 0, or -ENODATA: the kernel's list is not to be had. */
static int walk_kernel(const struct socket_iter *iter, struct walk *walk)
{
	int err = iter_rows_read(iter, SOCKET_ITER_NETNS, &walk->rows, NULL);

	if (!err && walk->rows.size % sizeof(struct ts_netns_row))
		err = -EPROTO;
	for (size_t i = 0; i < count_rows(walk) && !err; i++) {
		if (row_of(walk, i)->head.kind != TS_ROW_NETNS)
			err = -EPROTO;
		else if (row_of(walk, i)->way == TS_NETNS_THREAD)
			err = netns_ways_add(&walk->threads, row_of(walk, i));
	}
	if (err == -ENOMEM || err == -EPROTO)
		return err;
	return err || !socket_iter_netns_complete(iter) ? -ENODATA : 0;
}

static int open_netns(const struct walk *walk, const struct netns_ways *files, uint32_t inode)
{
	const struct ts_netns_row *way = netns_ways_find(&walk->threads, inode, TS_NETNS_THREAD);
	int fd = way ? netns_open_by_thread(way->pid, way->fd, inode) : -ENOENT;

	way = netns_ways_find(files, inode, TS_NETNS_FILE);
	if (fd < 0 && way)
		fd = netns_open_by_file(way->pid, way->fd, inode);
	way = netns_ways_find(files, inode, TS_NETNS_SOCKET);
	if (fd < 0 && way)
		fd = netns_open_by_socket(way->pid, way->fd, inode);
	return fd;
}

/* Adds what is found, and counts what is not. */
static int add_missing(const struct walk *walk, const struct netns_ways *files, bool mounts,
		       struct netns_list *list, size_t *hidden)
{
	int err = 0;

	*hidden = 0;
	for (size_t i = 0; i < count_rows(walk) && !err; i++) {
		uint32_t inode = row_of(walk, i)->inode;
		int fd;

		if (row_of(walk, i)->way != TS_NETNS_KERNEL || netns_list_has(list, inode))
			continue;
		fd = open_netns(walk, files, inode);
		if (fd < 0 && mounts)
			fd = netns_open_by_mount(inode);
		if (fd >= 0)
			err = netns_list_push(list, fd, inode);
		else
			++*hidden;
	}
	return err;
}

static int note_hidden(struct sockets *sockets, const struct walk *walk,
		       const struct netns_list *list, size_t hidden)
{
	sockets->netns_hidden = calloc(hidden, sizeof(*sockets->netns_hidden));
	if (!sockets->netns_hidden)
		return -ENOMEM;
	for (size_t i = 0; i < count_rows(walk) && sockets->n_netns_hidden < hidden; i++)
		if (row_of(walk, i)->way == TS_NETNS_KERNEL &&
		    !netns_list_has(list, row_of(walk, i)->inode))
			sockets->netns_hidden[sockets->n_netns_hidden++] = row_of(walk, i)->inode;
	return 0;
}

/* A namespace that is new since the processes were listed, or gone, is not hidden: looks twice. */
int sockets_cover(struct sockets *sockets, const struct socket_iter *iter,
		  const struct netns_ways *files, struct netns_list *list)
{
	struct walk walk = { .threads = { 0 } };
	size_t hidden = 0;
	int err = walk_kernel(iter, &walk);

	if (!err)
		err = add_missing(&walk, files, false, list, &hidden);
	if (!err && hidden) {
		walk_free(&walk);
		err = walk_kernel(iter, &walk);
		if (!err)
			err = netns_list_update(list);
		if (!err)
			err = add_missing(&walk, files, true, list, &hidden);
		if (!err && hidden)
			err = note_hidden(sockets, &walk, list, hidden);
	}
	walk_free(&walk);
	sockets->netns_unsure = err == -ENODATA;
	return err == -ENODATA ? 0 : err;
}
