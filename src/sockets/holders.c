// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Holders of sockets from /proc/PID/fd: of the processes that let the user see their descriptors. */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/file.h"
#include "sockets/join.h"
#include "sockets/plain.h"
#include "system/open_sockets.h"

enum { START_TIME = 22, NS_PER_CLOCK = 10000000 }; /* field of /proc/PID/stat; USER_HZ is 100 */

struct reading {
	struct rows *rows;
	struct ts_holder holder; /* of the process at hand */
};

/* PID (NAME) STATE ...: the name may contain any byte. */
static bool parse_stat(const char *text, struct ts_holder *holder)
{
	const char *name = strchr(text, '('), *end = strrchr(text, ')');
	size_t length;

	if (!name || !end || end < name)
		return false;
	length = (size_t)(end - ++name);
	memcpy(holder->comm, name, length < TS_COMM_LEN - 1 ? length : TS_COMM_LEN - 1);
	for (int field = 2; field < START_TIME && end; field++)
		end = strchr(end + 1, ' ');
	holder->start_ns = end ? strtoull(end, NULL, 10) * NS_PER_CLOCK : 0;
	return true;
}

/* A process that has exited meanwhile holds nothing. */
static bool read_process(const struct open_socket *open, struct ts_holder *holder)
{
	char text[512];
	struct stat st;

	*holder = (struct ts_holder){ .head = { TS_ROW_HOLDER, sizeof(*holder) },
				      .tgid = open->pid,
				      .pid = open->pid };
	/* the effective user: task_dump_owner() */
	if (fstatat(open->folder, "..", &st, 0))
		return false;
	holder->uid = st.st_uid;
	return file_read_text(open->folder, "../stat", text, sizeof(text)) > 0 &&
	       parse_stat(text, holder);
}

static int add(struct rows *rows, const struct ts_holder *holder)
{
	char *room = rows_reserve(rows, sizeof(*holder));

	if (!room)
		return -ENOMEM;
	memcpy(room, holder, sizeof(*holder));
	rows->size += sizeof(*holder);
	return 0;
}

static int take(void *context, const struct open_socket *open)
{
	struct reading *reading = context;
	struct ts_holder *holder = &reading->holder;

	if (holder->tgid != open->pid && !read_process(open, holder))
		return 1;
	holder->inode = open->inode;
	holder->fd = open->fd;
	return add(reading->rows, holder);
}

int plain_read_holders(const char *root, struct rows *rows)
{
	struct reading reading = { .rows = rows };

	return open_sockets_each(root, take, &reading);
}
