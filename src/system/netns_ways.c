// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "system/netns_ways.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <linux/nsfs.h>
#include <linux/sockios.h>

#include "system/process.h"

enum { WAYS_FIRST = 64 };

void netns_ways_free(struct netns_ways *ways)
{
	hash_index_free(&ways->index);
	free(ways->rows);
	*ways = (struct netns_ways){ 0 };
}

static uint64_t key_of(uint32_t inode, enum ts_netns_way way)
{
	return (uint64_t)inode << 8 | way;
}

int netns_ways_add(struct netns_ways *ways, const struct ts_netns_row *row)
{
	struct ts_netns_row *rows;
	size_t room = ways->room ? ways->room * 2 : WAYS_FIRST;

	if (ways->n == ways->room) {
		rows = reallocarray(ways->rows, room, sizeof(*rows));
		if (!rows)
			return -ENOMEM;
		ways->rows = rows;
		ways->room = room;
		if (hash_index_grow(&ways->index, room))
			return -ENOMEM;
	}
	if (hash_index_put(&ways->index, key_of(row->inode, row->way), (uint32_t)ways->n) ==
	    ways->n)
		ways->rows[ways->n++] = *row;
	return 0;
}

const struct ts_netns_row *netns_ways_find(const struct netns_ways *ways, uint32_t inode,
					   enum ts_netns_way way)
{
	uint32_t at;

	return hash_index_get(&ways->index, key_of(inode, way), &at) ? &ways->rows[at] : NULL;
}

static bool is_netns(int fd, uint32_t inode)
{
	struct stat st;

	return !fstat(fd, &st) && st.st_ino == inode && ioctl(fd, NS_GET_NSTYPE) == CLONE_NEWNET;
}

/* Takes the handle, if it is one of that namespace. */
static int check_handle(int fd, uint32_t inode)
{
	if (fd < 0)
		return -errno;
	if (is_netns(fd, inode))
		return fd;
	(void)close(fd);
	return -ESTALE;
}

static int open_by_thread(uint32_t pid, uint32_t thread, uint32_t inode)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/%" PRIu32 "/task/%" PRIu32 "/ns/net", pid,
		       thread);
	return check_handle(open(path, O_RDONLY | O_CLOEXEC), inode);
}

static int open_by_file(uint32_t pid, uint32_t fd, uint32_t inode)
{
	int copy = process_copy_fd(pid, fd);

	if (copy < 0)
		return copy;
	return check_handle(copy, inode);
}

/* Needs CAP_NET_ADMIN there. */
static int open_by_socket(uint32_t pid, uint32_t fd, uint32_t inode)
{
	int copy = process_copy_fd(pid, fd), handle;

	if (copy < 0)
		return copy;
	handle = check_handle(ioctl(copy, SIOCGSKNS), inode);
	(void)close(copy);
	return handle;
}

int netns_ways_open(const struct netns_ways *ways, uint32_t inode)
{
	const struct ts_netns_row *way = netns_ways_find(ways, inode, TS_NETNS_THREAD);
	int fd = way ? open_by_thread(way->pid, way->fd, inode) : -ENOENT;

	way = netns_ways_find(ways, inode, TS_NETNS_FILE);
	if (fd < 0 && way)
		fd = open_by_file(way->pid, way->fd, inode);
	way = netns_ways_find(ways, inode, TS_NETNS_SOCKET);
	if (fd < 0 && way)
		fd = open_by_socket(way->pid, way->fd, inode);
	return fd;
}

/* The mount point of a line of mountinfo, if it is of the namespace: "net:[N]" is the root. */
static bool parse_mount(char *line, uint32_t inode, char point[PATH_MAX])
{
	char root[64], expected[64];

	if (!strstr(line, " - nsfs ") || sscanf(line, "%*s %*s %*s %63s %4095s", root, point) != 2)
		return false;
	(void)snprintf(expected, sizeof(expected), "net:[%" PRIu32 "]", inode);
	return !strcmp(root, expected);
}

int netns_open_by_mount(uint32_t inode)
{
	FILE *file = fopen("/proc/self/mountinfo", "re");
	char *line = NULL, point[PATH_MAX];
	size_t size = 0;
	int fd = -ENOENT;

	if (!file)
		return -errno;
	while (fd < 0 && getline(&line, &size, file) > 0)
		if (parse_mount(line, inode, point))
			fd = check_handle(open(point, O_RDONLY | O_CLOEXEC | O_NONBLOCK), inode);
	free(line);
	(void)fclose(file);
	return fd;
}

bool netns_ways_remedy(char text[PRIVILEGE_TEXT])
{
	const uint64_t needed = PRIVILEGE(CAP_SYS_PTRACE) | PRIVILEGE(CAP_SYS_ADMIN) |
				PRIVILEGE(CAP_NET_ADMIN);
	struct privileges have;

	if (access("/proc/self/ns/net", F_OK) && errno == ENOENT) {
		(void)snprintf(text, PRIVILEGE_TEXT, "mount /proc");
		return true;
	}
	privileges_read(&have);
	if ((have.effective & needed) == needed)
		return false;
	(void)privilege_own_remedy(needed, text);
	return true;
}
