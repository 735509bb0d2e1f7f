// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Finds and enters network namespaces. */
#include "system/netns.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <linux/magic.h>

static bool list_has(const struct netns_list *list, uint32_t inode)
{
	for (size_t i = 0; i < list->n; i++)
		if (list->items[i].inode == inode)
			return true;
	return false;
}

/* Takes a handle on the namespace unless it is known. A path that has gone is not an error. */
static int list_add(struct netns_list *list, int dir, const char *path)
{
	struct netns *items;
	struct statfs fs;
	struct stat st;
	int fd;

	if (fstatat(dir, path, &st, 0) != 0) {
		list->denied += errno == EACCES || errno == EPERM;
		return 0;
	}
	if (list_has(list, (uint32_t)st.st_ino))
		return 0;
	fd = openat(dir, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 && errno != EMFILE && errno != ENFILE) {
		list->denied += errno == EACCES || errno == EPERM;
		return 0;
	}
	/* Without a handle it is listed all the same, as one that cannot be entered. */
	if (fd >= 0 && (fstatfs(fd, &fs) != 0 || fs.f_type != NSFS_MAGIC)) { /* not mounted */
		(void)close(fd);
		return 0;
	}
	items = reallocarray(list->items, list->n + 1, sizeof(*items));
	if (!items) {
		(void)close(fd);
		return -ENOMEM;
	}
	list->items = items;
	items[list->n++] = (struct netns){ .fd = fd, .inode = (uint32_t)st.st_ino };
	return 0;
}

/* Adds `suffix` of every entry of a folder; only numbers (processes) where asked. */
static int list_scan(struct netns_list *list, const char *folder, const char *suffix, bool numbers)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;
	char path[300];
	int err = 0;

	if (!dir)
		return 0;
	while (!err && (entry = readdir(dir))) {
		if (entry->d_name[0] == '.' ||
		    (numbers && !isdigit((unsigned char)entry->d_name[0])))
			continue;
		(void)snprintf(path, sizeof(path), "%s%s", entry->d_name, suffix);
		err = list_add(list, dirfd(dir), path);
	}
	(void)closedir(dir);
	return err;
}

/* A handle each: thousands of them are more than the usual limit of open files. */
static void raise_files(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) || limit.rlim_cur >= limit.rlim_max)
		return;
	limit.rlim_cur = limit.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &limit);
}

int netns_list_open(struct netns_list *list)
{
	int err;

	*list = (struct netns_list){ 0 };
	raise_files();
	err = list_add(list, AT_FDCWD, "/proc/self/ns/net");
	if (!err)
		err = list_scan(list, "/proc", "/ns/net", true);
	if (!err)
		err = list_scan(list, "/run/netns", "", false);
	if (err)
		netns_list_close(list);
	return err;
}

void netns_list_close(struct netns_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		(void)close(list->items[i].fd);
	free(list->items);
	*list = (struct netns_list){ 0 };
}

static int list_take(struct netns_list *list, uint32_t inode)
{
	for (size_t i = 0; i < list->n; i++)
		if (list->items[i].inode == inode)
			return fcntl(list->items[i].fd, F_DUPFD_CLOEXEC, 0);
	errno = list->denied ? EACCES : ENOENT;
	return -1;
}

int netns_open(const char *ref, uint32_t inode, struct error *error)
{
	struct netns_list list;
	int fd, err;

	if (strchr(ref, '/')) {
		fd = open(ref, O_RDONLY | O_CLOEXEC);
		return fd >= 0 ? fd :
				 error_set(error, errno, "--netns: cannot open %.128s: %s", ref,
					   strerror(errno));
	}
	err = netns_list_open(&list);
	if (err)
		return error_set(error, -err, "--netns: cannot look for namespaces: %s",
				 strerror(-err));
	fd = list_take(&list, inode);
	err = errno;
	netns_list_close(&list);
	if (fd >= 0)
		return fd;
	if (err == EACCES)
		return error_set(error, err,
				 "--netns: %.128s was not found, and some processes "
				 "may not be asked: run as root, or give a path",
				 ref);
	return error_set(error, err,
			 "--netns: no process is in namespace %u and no name under "
			 "/run/netns leads to it: give the path of a file that does",
			 inode);
}

/* `here` is the place of the one that the thread is in; list->n: it is in none. */
static int visit_all(struct netns_list *list, size_t here,
		     int (*visit)(void *context, uint32_t inode), void *context, int *failed)
{
	int err = 0;

	*failed = 0;
	for (size_t i = 0; i < list->n && !err; i++) {
		list->items[i].failed = i != here && setns(list->items[i].fd, CLONE_NEWNET) != 0;
		if (list->items[i].failed)
			(*failed)++;
		else
			err = visit(context, list->items[i].inode);
	}
	return err;
}

int netns_each_away(struct netns_list *list, int (*visit)(void *context, uint32_t inode),
		    void *context)
{
	int failed, err = visit_all(list, list->n, visit, context, &failed);

	return err < 0 ? err : failed;
}

int netns_each(struct netns_list *list, int (*visit)(void *context, uint32_t inode), void *context)
{
	int failed, err = visit_all(list, 0, visit, context, &failed);

	if (list->n > 1 && setns(list->items[0].fd, CLONE_NEWNET) != 0 && !failed)
		err = -errno;
	return err < 0 ? err : failed;
}

int netns_inside(const char *ref, uint32_t inode, int (*visit)(void *context), void *context,
		 struct error *error)
{
	int home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC), there, err;

	if (home < 0)
		return error_set(error, errno, "--netns: cannot open /proc/self/ns/net: %s",
				 strerror(errno));
	there = netns_open(ref, inode, error);
	err = there < 0 ? there : 0;
	if (!err && setns(there, CLONE_NEWNET))
		err = error_set(error, EPERM,
				"network namespace %" PRIu32 " could not be entered "
				"(needs CAP_SYS_ADMIN)",
				inode);
	if (!err) {
		err = visit(context);
		if (setns(home, CLONE_NEWNET) && !err)
			err = -errno;
	}
	if (there >= 0)
		(void)close(there);
	(void)close(home);
	return err;
}
