// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Follows symbolic links itself: each one is checked against its folder. */
#define _GNU_SOURCE
#include "lib/output_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <linux/magic.h>

enum { LINKS_MAX = 40 }; /* as the kernel's MAXSYMLINKS */

static const int flags = O_RDWR | O_CREAT | O_NOCTTY | O_CLOEXEC;

const char *output_file_refusal(const struct stat *folder, const struct stat *file, uid_t user)
{
	if (!(folder->st_mode & S_IWOTH) || S_ISDIR(file->st_mode))
		return NULL;
	if (file->st_uid != user && file->st_uid != folder->st_uid)
		return S_ISLNK(file->st_mode) ? "another user's link" : "another user's file";
	if (S_ISREG(file->st_mode) && file->st_nlink > 1)
		return "a file with several links";
	return NULL;
}

static int refuse(const char *path, const char *why, struct error *error)
{
	return error_set(error, EACCES,
			 "cannot write '%s': %s in a folder that every user may write to: name a "
			 "file in a folder of your own",
			 path, why);
}

/* The links of /proc, such as /proc/self/fd/1, lead to files that have no path. */
static bool is_proc(int folder)
{
	struct statfs fs;

	return !fstatfs(folder, &fs) && fs.f_type == PROC_SUPER_MAGIC;
}

/* Opens the folder of a path relative to another one, and moves the last component to its start. */
static int open_folder(int from, char path[PATH_MAX])
{
	char *slash = strrchr(path, '/');
	int folder;

	if (!slash) {
		folder = openat(from, ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
		return folder < 0 ? -errno : folder;
	}
	*slash = '\0';
	folder = openat(from, *path ? path : "/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	memmove(path, slash + 1, strlen(slash + 1) + 1);
	if (!*path)
		memcpy(path, ".", sizeof("."));
	return folder < 0 ? -errno : folder;
}

static int check_file(int folder, int fd, const char **why)
{
	struct stat st, file;

	if (fstat(folder, &st) || fstat(fd, &file))
		return -errno;
	*why = output_file_refusal(&st, &file, geteuid());
	return *why ? -EACCES : 0;
}

/*
 * O_CREAT the second time too: the kernel's own checks depend on it. Returns a descriptor or -errno. For
 * a symbolic link that is ELOOP, or EACCES in a sticky folder (may_create_in_sticky()).
 */
static int open_here(int folder, const char *name, bool *created, const char **why)
{
	int fd = openat(folder, name, flags | O_NOFOLLOW | O_EXCL, 0600), err;

	*created = fd >= 0;
	if (fd < 0 && errno == EEXIST)
		fd = openat(folder, name, flags | (is_proc(folder) ? 0 : O_NOFOLLOW), 0600);
	err = fd < 0 ? -errno : *created ? 0 : check_file(folder, fd, why);
	if (!err)
		return fd;
	if (fd >= 0)
		(void)close(fd);
	return err;
}

/*
 * Replaces `name` by the target of the symbolic link: the link that was checked. Returns `err`, with
 * which the file could not be opened, if it is not a link.
 */
static int read_link(int folder, char name[PATH_MAX], int err, const char **why)
{
	int link = openat(folder, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;
	ssize_t n = 0;

	if (link < 0 || fstat(link, &st))
		goto out;
	if (check_file(folder, link, why) || !S_ISLNK(st.st_mode))
		goto out;
	n = readlinkat(link, "", name, PATH_MAX);
	err = n < 0 ? -errno : n == PATH_MAX ? -ENAMETOOLONG : 0;
	if (!err)
		name[n] = '\0';
out:
	if (link >= 0)
		(void)close(link);
	return err;
}

/* Follows the links of the last component, as open(2) does. */
static int open_path(char path[PATH_MAX], bool *created, const char **why)
{
	int folder = AT_FDCWD, fd = -ELOOP;

	for (int links = 0; links <= LINKS_MAX; links++) {
		int next = open_folder(folder, path);

		if (folder >= 0)
			(void)close(folder);
		folder = next;
		if (folder < 0)
			return folder;
		fd = open_here(folder, path, created, why);
		if (*why || (fd != -ELOOP && fd != -EACCES))
			break;
		fd = read_link(folder, path, fd, why);
		if (fd)
			break;
		fd = -ELOOP; /* if this was the last link allowed */
	}
	(void)close(folder);
	return fd;
}

int output_file_open(const char *path, bool *created, struct error *error)
{
	const char *why = NULL;
	char rest[PATH_MAX];
	int fd = strlen(path) < sizeof(rest) ? 0 : -ENAMETOOLONG;

	if (!fd) {
		memcpy(rest, path, strlen(path) + 1);
		fd = open_path(rest, created, &why);
	}
	if (why)
		return refuse(path, why, error);
	if (fd < 0)
		return error_set(error, -fd, "cannot write '%s': %s", path, strerror(-fd));
	return fd;
}
