// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What the iterator of files writes, in the memory that outputs need: rows grow with the sockets and
 * their processes, not with the descriptors.
 */
#include "sockets/file_rows.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
	EXTRA_MAX = 1 << 16, /* rows of further descriptors of a process */
	INDEX_FIRST = 1 << 12,
};

void file_rows_begin(struct file_rows *to, struct rows *files, struct rows *closed)
{
	*to = (struct file_rows){ .files = files, .closed = closed };
	if (closed)
		closed->size = 0;
}

void file_rows_end(struct file_rows *to)
{
	hash_index_free(&to->last);
	hash_index_free(&to->seen);
}

static int append(struct rows *rows, const void *row, size_t size)
{
	char *room = rows_reserve(rows, size);

	if (!room)
		return -ENOMEM;
	memcpy(room, row, size);
	rows->size += size;
	return 0;
}

/* Of a descriptor, a row or one more in the last row of the socket. */
static int take_holder(struct file_rows *to, const struct ts_holder *holder)
{
	struct ts_holder *rows = (void *)to->files->data;
	const size_t n = to->files->size / sizeof(*rows);
	uint32_t at;
	bool same = hash_index_get(&to->last, holder->inode, &at) && rows[at].tgid == holder->tgid;

	if (same && to->extra == EXTRA_MAX) {
		rows[at].more++;
		return 0;
	}
	if (n == FILE_ROWS_MAX)
		return -EUSERS;
	if (n == to->room) {
		to->room = to->room ? to->room * 2 : INDEX_FIRST;
		if (hash_index_grow(&to->last, to->room))
			return -ENOMEM;
	}
	to->extra += same;
	(void)hash_index_set(&to->last, holder->inode, (uint32_t)n);
	return append(to->files, holder, sizeof(*holder));
}

/* It comes after each of its descriptors. */
static int take_closed(struct file_rows *to, const struct ts_socket *socket)
{
	const size_t n = to->closed ? to->closed->size / sizeof(*socket) : 0;

	if (!to->closed)
		return 0;
	if (n == to->seen_room) {
		to->seen_room = n ? n * 2 : INDEX_FIRST;
		if (hash_index_grow(&to->seen, to->seen_room))
			return -ENOMEM;
	}
	if (hash_index_put(&to->seen, socket->inode, (uint32_t)n) != n)
		return 0;
	return append(to->closed, socket, sizeof(*socket));
}

static int take_row(struct file_rows *to, const struct ts_row_head *head)
{
	switch (head->kind) {
	case TS_ROW_HOLDER:
		return take_holder(to, (const void *)head);
	case TS_ROW_SOCKET:
		return take_closed(to, (const void *)head);
	case TS_ROW_NETNS:
		return netns_ways_add(&to->ways, (const void *)head);
	default:
		return -EPROTO;
	}
}

int file_rows_take(struct file_rows *to, struct rows *chunk)
{
	const struct ts_row_head *head;
	size_t at = 0;
	int err = 0;

	while (!err && (head = rows_whole(chunk, at, &err))) {
		err = take_row(to, head);
		at += head->size;
	}
	memmove(chunk->data, chunk->data + at, chunk->size - at);
	chunk->size -= at;
	return err;
}
