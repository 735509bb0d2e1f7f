// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "system/netns.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <linux/magic.h>
#include <linux/nsfs.h>
#include <linux/sockios.h>

#include "lib/number.h"
#include "system/limits.h"
#include "system/privilege.h"

bool netns_list_has(const struct netns_list *list, uint32_t inode)
{
	uint32_t at;

	return hash_index_get(&list->index, inode, &at);
}

int netns_list_push(struct netns_list *list, int fd, uint32_t inode)
{
	size_t room = list->index.slots ? (list->index.mask + 1) / 2 : 0;
	struct netns *items;

	if (list->n == room) {
		room = room ? room * 2 : 8;
		items = reallocarray(list->items, room, sizeof(*items));
		if (items)
			list->items = items;
		if (!items || hash_index_grow(&list->index, room)) {
			(void)close(fd);
			return -ENOMEM;
		}
	}
	(void)hash_index_put(&list->index, inode, (uint32_t)list->n);
	list->items[list->n++] = (struct netns){ .fd = fd, .inode = inode };
	return 0;
}

/* Opens a handle on the namespace unless the list has one. A path that has gone is not an error. */
static int list_add(struct netns_list *list, int dir, const char *path)
{
	struct statfs fs;
	struct stat st;
	int fd;

	if (fstatat(dir, path, &st, 0) != 0) {
		list->unknown += errno == EACCES || errno == EPERM;
		return 0;
	}
	if (netns_list_has(list, (uint32_t)st.st_ino))
		return 0;
	fd = openat(dir, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 && errno != EMFILE && errno != ENFILE) {
		list->unknown += errno == EACCES || errno == EPERM;
		return 0;
	}
	/* Without a handle it is listed too, as one that cannot be entered. */
	if (fd >= 0 && (fstatfs(fd, &fs) != 0 || fs.f_type != NSFS_MAGIC)) { /* not mounted */
		(void)close(fd);
		return 0;
	}
	return netns_list_push(list, fd, (uint32_t)st.st_ino);
}

/* Adds FOLDER/ENTRY/SUFFIX for every entry of a folder, or only for numbers (processes). */
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

/* The namespace of a socket; needs CAP_NET_ADMIN there. */
static int open_of_socket(int fd)
{
	return ioctl(fd, SIOCGSKNS);
}

/* A handle on the thread's own namespace, without /proc too; -1: none. */
static int open_own(void)
{
	int fd = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC), client;

	if (fd >= 0)
		return fd;
	client = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (client < 0)
		return -1;
	fd = open_of_socket(client);
	(void)close(client);
	return fd;
}

static uint32_t inode_of(int fd)
{
	struct stat st;

	return fd < 0 || fstat(fd, &st) ? 0 : (uint32_t)st.st_ino;
}

int netns_list_update(struct netns_list *list)
{
	int err;

	list->unknown = 0;
	err = list_scan(list, "/proc", "/ns/net", true);

	return err ? err : list_scan(list, "/run/netns", "", false);
}

int netns_list_open(struct netns_list *list)
{
	int err, own;

	*list = (struct netns_list){ 0 };
	limits_raise_files(); /* each namespace needs a handle */
	own = open_own();
	err = netns_list_push(list, own, inode_of(own));
	if (!err)
		err = netns_list_update(list);
	if (err)
		netns_list_close(list);
	return err;
}

void netns_list_close(struct netns_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		if (list->items[i].fd >= 0)
			(void)close(list->items[i].fd);
	hash_index_free(&list->index);
	free(list->items);
	*list = (struct netns_list){ 0 };
}

/*
 * PID_MAX_LIMIT. Namespaces have larger numbers: those of the first process from 0xefffffe0 (6.17,
 * linux/nsfs.h), all others from 0xf0000000 (PROC_DYNAMIC_FIRST of fs/proc/generic.c).
 */
static const uint64_t pid_max = 1 << 22;

/*
 * A handle on the network namespace at `path`, or -errno. O_PATH first: to open a device or a pipe
 * would have effects. -EINVAL: the file is not a network namespace.
 */
static int open_path(const char *path, uint32_t *inode)
{
	char self[64];
	struct statfs fs;
	struct stat st;
	int err = 0, fd, file = open(path, O_PATH | O_CLOEXEC);

	if (file < 0)
		return -errno;
	if (fstatfs(file, &fs) || fstat(file, &st))
		err = -errno;
	else if (fs.f_type != NSFS_MAGIC || st.st_ino > UINT32_MAX)
		err = -EINVAL;
	(void)snprintf(self, sizeof(self), "/proc/self/fd/%d", file);
	fd = err ? -1 : open(self, O_RDONLY | O_CLOEXEC);
	if (!err && fd < 0)
		err = errno == ENOENT ? -ENXIO : -errno; /* without /proc */
	(void)close(file);
	if (!err && ioctl(fd, NS_GET_NSTYPE) != CLONE_NEWNET) {
		err = -EINVAL;
		(void)close(fd);
	}
	if (err)
		return err;
	*inode = (uint32_t)st.st_ino;
	return fd;
}

static int refuse(int err, bool is_path, const char *path, struct error *error)
{
	char remedy[PRIVILEGE_TEXT];

	if (err == -ENOENT && !is_path)
		return error_set(
			error, EINVAL,
			"%.128s does not exist: use a PID, a name that \"ip netns\" lists, "
			"a path or an inode number",
			path);
	if (err == -EINVAL)
		return error_set(error, EINVAL,
				 "%.128s is not a network namespace: use a file such as "
				 "/proc/PID/ns/net or /run/netns/NAME",
				 path);
	if (err == -ENXIO)
		return error_set(error, EINVAL, "cannot open %.128s without /proc: mount it", path);
	if (err == -EACCES || err == -EPERM)
		return error_set(error, EINVAL, "cannot open %.128s: %s: %s", path, strerror(-err),
				 privilege_own_remedy(PRIVILEGE(CAP_SYS_PTRACE), remedy));
	return error_set(error, EINVAL, "cannot open %.128s: %s", path, strerror(-err));
}

int netns_resolve(const char *ref, struct netns *netns, struct error *error)
{
	bool is_path = strchr(ref, '/');
	struct netns found = { .fd = -1 };
	char made[PATH_MAX];
	uint64_t number;
	int parsed = number_parse(ref, 0, UINT32_MAX, &number), n;

	if (!*ref)
		return error_set(error, EINVAL,
				 "the name is empty: use a PID, a name under /run/netns, a path "
				 "or an inode number");
	n = snprintf(made, sizeof(made),
		     is_path ? "%s" :
		     parsed  ? "/run/netns/%s" :
			       "/proc/%s/ns/net",
		     ref);
	if (n >= (int)sizeof(made))
		return refuse(-ENAMETOOLONG, is_path, "the name", error);
	found.fd = open_path(made, &found.inode);
	if (found.fd == -ENOENT && !parsed && number > pid_max)
		found = (struct netns){ .fd = -1, .inode = (uint32_t)number };
	else if (found.fd < 0)
		return refuse(found.fd, is_path, made, error);
	*netns = found;
	return 0;
}

void netns_close(struct netns *netns)
{
	if (netns->inode && netns->fd >= 0)
		(void)close(netns->fd);
	netns->fd = -1;
}

uint32_t netns_own(void)
{
	struct stat st;
	uint32_t inode;
	int fd;

	if (!stat("/proc/thread-self/ns/net", &st))
		return (uint32_t)st.st_ino;
	fd = open_own();
	inode = inode_of(fd);
	if (fd >= 0)
		(void)close(fd);
	return inode;
}

/* Searches the namespaces of all processes and under /run/netns. */
static int open_inode(uint32_t inode, struct error *error)
{
	struct netns_list list;
	bool unknown;
	int fd = -1, err = netns_list_open(&list);
	char remedy[PRIVILEGE_TEXT];

	if (err)
		return error_set(error, -err, "cannot search for network namespaces: %s",
				 strerror(-err));
	for (size_t i = 0; i < list.n && fd < 0; i++)
		if (list.items[i].inode == inode)
			fd = fcntl(list.items[i].fd, F_DUPFD_CLOEXEC, 0);
	unknown = list.unknown;
	netns_list_close(&list);
	if (fd >= 0)
		return fd;
	if (unknown)
		return error_set(error, EACCES,
				 "network namespace %" PRIu32 " was not found, and those of some "
				 "processes are unknown: %s; or give a path",
				 inode, privilege_own_remedy(PRIVILEGE(CAP_SYS_PTRACE), remedy));
	return error_set(error, ENOENT,
			 "no process is in network namespace %" PRIu32 " and no name under "
			 "/run/netns leads to it: give the path of a file that does",
			 inode);
}

int netns_find(uint32_t inode, struct error *error)
{
	int fd = open_inode(inode, error);

	if (fd < 0)
		return fd;
	(void)close(fd);
	return 0;
}

int netns_enter(const struct netns *netns, struct error *error)
{
	bool here = netns->inode == netns_own(); /* setns() needs a privilege for that, too */
	int fd = here ? -1 : netns->fd >= 0 ? netns->fd : open_inode(netns->inode, error);
	char remedy[PRIVILEGE_TEXT];
	int err = 0;

	if (here)
		return 0;
	if (fd < 0)
		return fd;
	if (setns(fd, CLONE_NEWNET)) {
		err = errno;
		(void)error_set(
			error, err, "network namespace %" PRIu32 " could not be entered: %s%s%s",
			netns->inode, strerror(err), err == EPERM ? ": " : "",
			err == EPERM ? privilege_own_remedy(PRIVILEGE(CAP_SYS_ADMIN), remedy) : "");
	}
	if (fd != netns->fd)
		(void)close(fd);
	return -err;
}

/* Without privileges no namespace can be entered, and there is nothing to go back from. */
static int visit_all(struct netns_list *list, bool away, netns_visit_fn *visit, void *context)
{
	int failed = 0, err = 0;
	bool left = false;

	for (size_t i = 0; i < list->n && !err; i++) {
		struct netns *netns = &list->items[i];
		bool here = !i && !away;

		/* without a handle on its own the thread could not go back */
		netns->failed = !here && ((!away && list->items[0].fd < 0) || netns->fd < 0 ||
					  setns(netns->fd, CLONE_NEWNET) != 0);
		left |= !here && !netns->failed;
		failed += netns->failed;
		if (!netns->failed)
			err = visit(context, netns->inode);
	}
	if (left && !away && setns(list->items[0].fd, CLONE_NEWNET) && err >= 0)
		err = -errno;
	return err < 0 ? err : failed;
}

int netns_each_away(struct netns_list *list, netns_visit_fn *visit, void *context)
{
	return visit_all(list, true, visit, context);
}

int netns_each(struct netns_list *list, netns_visit_fn *visit, void *context)
{
	return visit_all(list, false, visit, context);
}

int netns_inside(const struct netns *netns, netns_visit_fn *visit, void *context,
		 struct error *error)
{
	int err, home;

	if (netns->inode == netns_own()) /* setns() needs a privilege for that, too */
		return visit(context, netns->inode);
	home = open_own();
	if (home < 0)
		return error_set(error, errno, "cannot open /proc/self/ns/net: %s",
				 strerror(errno));
	err = netns_enter(netns, error);
	if (!err) {
		err = visit(context, netns->inode);
		if (setns(home, CLONE_NEWNET) && err >= 0)
			err = -errno;
	}
	(void)close(home);
	return err;
}
