// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Which network namespace a user means. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "filter/filter.h"
#include "lib/number.h"

enum { REF_PATH_MAX = 4096 };

/* PROC_DYNAMIC_FIRST of fs/proc/generic.c: namespaces are numbered from there on. */
static const uint64_t first_inode = 0xf0000000;

/* The file behind fd, opened with O_PATH, as a network namespace. -EINVAL: it is none. */
static int inode_of_handle(int fd, __u32 *inode)
{
	char self[64];
	struct statfs fs;
	struct stat st;
	int type;
	int real;

	if (fstatfs(fd, &fs) || fstat(fd, &st))
		return -errno;
	if (fs.f_type != NSFS_MAGIC)
		return -EINVAL;
	(void)snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
	real = open(self, O_RDONLY | O_CLOEXEC);
	if (real < 0)
		return -errno;
	type = ioctl(real, NS_GET_NSTYPE);
	(void)close(real);
	if (type != CLONE_NEWNET || st.st_ino > UINT32_MAX)
		return -EINVAL;
	*inode = (__u32)st.st_ino;
	return 0;
}

/* O_PATH first: opening what is no namespace (a device, a pipe) must not touch it. */
static int inode_of_path(const char *path, __u32 *inode)
{
	int fd = open(path, O_PATH | O_CLOEXEC);
	int err;

	if (fd < 0)
		return -errno;
	err = inode_of_handle(fd, inode);
	(void)close(fd);
	return err;
}

static int explain(int err, const char *ref, const char *path, struct error *error)
{
	if (err == -ENOENT && path != ref)
		return error_set(error, EINVAL,
				 "--netns: there is no %.128s: use a PID, a name that \"ip netns\" "
				 "lists, a path or an inode number",
				 path);
	if (err == -EINVAL)
		return error_set(error, EINVAL,
				 "--netns: %.128s is not a network namespace: use a file such as "
				 "/proc/PID/ns/net or /run/netns/NAME",
				 path);
	return error_set(error, EINVAL, "--netns: cannot open %.128s: %s%s", path, strerror(-err),
			 err == -EACCES || err == -EPERM ? ": run as root" : "");
}

int filter_set_netns(struct ts_filter *f, const char *ref, struct error *error)
{
	char made[REF_PATH_MAX];
	const char *path = made;
	uint64_t number;
	__u32 inode = 0;
	int parsed = number_parse(ref, 0, UINT32_MAX, &number);
	int err;

	if (!*ref)
		return error_set(
			error, EINVAL,
			"--netns: the name is empty: use a PID, a name under /run/netns, a path "
			"or an inode number");
	if (strchr(ref, '/'))
		path = ref;
	else if ((size_t)snprintf(made, sizeof(made), parsed ? "/run/netns/%s" : "/proc/%s/ns/net",
				  ref) >= sizeof(made))
		return explain(-ENAMETOOLONG, ref, "the name", error);
	err = inode_of_path(path, &inode);
	/* No PID is that large (PID_MAX_LIMIT is 2^22), so the two cannot be confused. */
	if (err == -ENOENT && !parsed && number >= first_inode) {
		inode = (__u32)number;
		err = 0;
	}
	if (err)
		return explain(err, ref, path, error);
	f->netns = inode;
	f->on |= TS_BY_NETNS;
	return 0;
}
