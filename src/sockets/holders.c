// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Holders of sockets from /proc/PID/fd: of the processes that let the user see their descriptors. */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/file.h"
#include "lib/number.h"
#include "sockets/join.h"
#include "sockets/plain.h"

enum { START_TIME = 22, NS_PER_CLOCK = 10000000 }; /* field of /proc/PID/stat; USER_HZ is 100 */

/* "socket:[4711]" -> 4711; 0: another kind of file. */
static uint64_t socket_inode(int folder, const char *name)
{
	static const char prefix[] = "socket:[";
	char link[64];
	ssize_t n = readlinkat(folder, name, link, sizeof(link) - 1);
	uint64_t inode = 0;

	if (n < (ssize_t)sizeof(prefix) || memcmp(link, prefix, sizeof(prefix) - 1) ||
	    link[n - 1] != ']')
		return 0;
	link[n - 1] = '\0';
	return number_parse(link + sizeof(prefix) - 1, 1, UINT64_MAX, &inode) ? 0 : inode;
}

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

/* A process that has ended meanwhile holds nothing. */
static bool read_process(int proc, const char *pid, struct ts_holder *holder)
{
	char path[32], text[512];
	struct stat st;

	*stpncpy(path, pid, 16) = '\0';
	/* the effective user: task_dump_owner() */
	if (fstatat(proc, path, &st, 0))
		return false;
	holder->uid = st.st_uid;
	(void)strcat(path, "/stat");
	return file_read_text(proc, path, text, sizeof(text)) > 0 && parse_stat(text, holder);
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

static int read_files(int proc, const char *name, DIR *files, struct ts_holder *holder,
		      struct rows *rows)
{
	bool known = false;
	struct dirent *file;
	int err = 0;

	while (!err && (file = readdir(files))) {
		uint64_t fd;

		if (!isdigit((unsigned char)file->d_name[0]))
			continue;
		holder->inode = socket_inode(dirfd(files), file->d_name);
		if (!holder->inode || number_parse(file->d_name, 0, INT32_MAX, &fd))
			continue;
		if (!known && !read_process(proc, name, holder))
			return 0;
		known = true;
		holder->fd = (uint32_t)fd;
		err = add(rows, holder);
	}
	return err;
}

static int read_holder(int proc, const char *name, uint32_t pid, struct rows *rows)
{
	struct ts_holder holder = { .head = { TS_ROW_HOLDER, sizeof(holder) },
				    .tgid = pid,
				    .pid = pid };
	char path[32];
	DIR *files;
	int fd, err;

	*stpncpy(path, name, 16) = '\0';
	(void)strcat(path, "/fd");
	fd = openat(proc, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0) /* another user's, or it has ended */
		return errno == EMFILE || errno == ENFILE ? -errno : 0;
	files = fdopendir(fd);
	if (!files) {
		(void)close(fd);
		return -ENOMEM;
	}
	err = read_files(proc, name, files, &holder, rows);
	(void)closedir(files);
	return err;
}

int plain_read_holders(const char *root, struct rows *rows)
{
	DIR *proc = opendir(root);
	struct dirent *entry;
	int err = 0;

	if (!proc)
		return -errno;
	while (!err && (entry = readdir(proc))) {
		uint64_t pid;

		if (!number_parse(entry->d_name, 1, INT32_MAX, &pid))
			err = read_holder(dirfd(proc), entry->d_name, (uint32_t)pid, rows);
	}
	(void)closedir(proc);
	return err;
}
