// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "system/open_sockets.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "lib/number.h"

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

static int take_files(DIR *files, uint32_t pid,
		      int (*take)(void *context, const struct open_socket *), void *context)
{
	struct open_socket open = { .pid = pid, .folder = dirfd(files) };
	struct dirent *file;
	int err = 0;

	while (!err && (file = readdir(files))) {
		uint64_t fd;

		if (number_parse(file->d_name, 0, INT32_MAX, &fd))
			continue;
		open.fd = (uint32_t)fd;
		open.inode = socket_inode(open.folder, file->d_name);
		if (open.inode)
			err = take(context, &open);
	}
	return err < 0 ? err : 0;
}

static int take_process(int proc, const char *name, uint32_t pid,
			int (*take)(void *context, const struct open_socket *), void *context)
{
	char path[32];
	DIR *files;
	int fd, err;

	*stpncpy(path, name, 16) = '\0';
	(void)strcat(path, "/fd");
	fd = openat(proc, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0) /* another user's, or it has exited */
		return errno == EMFILE || errno == ENFILE ? -errno : 0;
	files = fdopendir(fd);
	if (!files) {
		(void)close(fd);
		return -ENOMEM;
	}
	err = take_files(files, pid, take, context);
	(void)closedir(files);
	return err;
}

int open_sockets_each(const char *root, int (*take)(void *context, const struct open_socket *),
		      void *context)
{
	DIR *proc = opendir(root);
	struct dirent *entry;
	int err = 0;

	if (!proc)
		return -errno;
	while (!err && (entry = readdir(proc))) {
		uint64_t pid;

		if (!number_parse(entry->d_name, 1, INT32_MAX, &pid))
			err = take_process(dirfd(proc), entry->d_name, (uint32_t)pid, take,
					   context);
	}
	(void)closedir(proc);
	return err;
}
