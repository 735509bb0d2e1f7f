// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Paths of cgroups. The id of a cgroup is the inode number of its folder and the kernel's file
 * handle (FILEID_KERNFS), so a handle made from the id opens the folder without a search.
 */
#define _GNU_SOURCE
#include "system/cgroup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/name_cache.h"

enum {
	PATHS_MAX = 4096,
	HANDLE_KERNFS = 0xfe, /* FILEID_KERNFS of include/linux/exportfs.h */
};

static const uint64_t WALK_PAUSE_NS = 1000000000;

static const ino_t INIT_CGROUP_NS = 0xeffffffb; /* PROC_CGROUP_INIT_INO of linux/proc_ns.h */

struct cgroups {
	struct cgroup_mount mount;
	int fd;			  /* of the mount point */
	bool walk_only;		  /* file handles are not permitted */
	uint64_t walked_ns;	  /* when the tree was last walked; 0: never */
	struct name_cache *paths; /* "": the cgroup does not exist */
};

/* Decodes \ooo in place, by which /proc escapes spaces, tabs, newlines and backslashes. */
static void unescape(char *text)
{
	const char *from = text;

	while (*from) {
		size_t digits = *from == '\\' ? strspn(from + 1, "01234567") : 0;

		if (digits >= 3) {
			*text++ = (char)((from[1] & 3) << 6 | (from[2] & 7) << 3 | (from[3] & 7));
			from += 4;
		} else {
			*text++ = *from++;
		}
	}
	*text = '\0';
}

bool cgroup_parse_mount(char *line, struct cgroup_mount *mount)
{
	enum { ROOT = 3, POINT = 4, WORDS };
	char *words[WORDS], *rest = NULL;
	const char *root;

	if (!strstr(line, " - cgroup2 "))
		return false;
	for (int i = 0; i < WORDS; i++) {
		words[i] = strtok_r(i ? NULL : line, " ", &rest);
		if (!words[i])
			return false;
	}
	unescape(words[ROOT]);
	unescape(words[POINT]);
	/* A root above the cgroup namespace reads as /..; paths below it begin there. */
	root = words[ROOT][1] == '\0' || !strncmp(words[ROOT], "/..", 3) ? "" : words[ROOT];
	if (strlen(root) >= sizeof(mount->root) || strlen(words[POINT]) >= sizeof(mount->point))
		return false;
	(void)snprintf(mount->root, sizeof(mount->root), "%s", root);
	(void)snprintf(mount->point, sizeof(mount->point), "%s", words[POINT]);
	return true;
}

static int find_mount(struct cgroup_mount *mount)
{
	FILE *file = fopen("/proc/self/mountinfo", "re");
	char *line = NULL;
	size_t size = 0;
	int err = -ENOENT;

	if (!file)
		return -errno;
	while (err && getline(&line, &size, file) > 0) {
		if (cgroup_parse_mount(line, mount))
			err = 0;
	}
	free(line);
	(void)fclose(file);
	return err;
}

/* A mount without a mount point. Paths in it begin at its root. */
static int mount_detached(void)
{
	int fs = fsopen("cgroup2", FSOPEN_CLOEXEC), mount, fd;

	if (fs < 0)
		return -errno;
	mount = fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) ? -1 :
								   fsmount(fs, FSMOUNT_CLOEXEC, 0);
	fd = mount < 0 ? -errno : openat(mount, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (mount >= 0 && fd < 0)
		fd = -errno;
	if (mount >= 0)
		(void)close(mount); /* opened with O_PATH semantics */
	(void)close(fs);
	return fd;
}

/*
 * Returns a descriptor of the root of the mount, or -errno. `ip netns exec` mounts a new /sys
 * without cgroups, and older systems do not have cgroup v2.
 */
static int mount_open(struct cgroup_mount *mount)
{
	int fd;

	if (find_mount(mount)) {
		*mount = (struct cgroup_mount){ 0 };
		return mount_detached();
	}
	fd = open(mount->point, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

int cgroups_new(struct cgroups **cgroups)
{
	struct cgroups *self = calloc(1, sizeof(*self));
	int err;

	if (!self)
		return -ENOMEM;
	self->fd = mount_open(&self->mount);
	err = self->fd < 0 ? self->fd : name_cache_new(PATHS_MAX, &self->paths);
	if (err) {
		cgroups_free(self);
		return err;
	}
	*cgroups = self;
	return 0;
}

void cgroups_free(struct cgroups *cgroups)
{
	if (!cgroups)
		return;
	if (cgroups->fd >= 0)
		close(cgroups->fd);
	name_cache_free(cgroups->paths);
	free(cgroups);
}

static bool strip_prefix(const char **path, const char *prefix)
{
	size_t n = strlen(prefix);

	if (strncmp(*path, prefix, n) || ((*path)[n] && (*path)[n] != '/'))
		return false;
	*path += n;
	return true;
}

/* Caches the path of an id: `folder`, an absolute path, without `point` at its beginning. */
static int cache_path(struct cgroups *cgroups, uint64_t id, const char *folder, const char *point)
{
	/* or outside the root of the mount */
	const char *root = strip_prefix(&folder, point) ? cgroups->mount.root : "";
	char *path;
	int err;

	if (asprintf(&path, "%s%s", root, folder) < 0)
		return -ENOMEM;
	err = name_cache_put(cgroups->paths, id, *path ? path : "/");
	free(path);
	return err;
}

/* Returns a descriptor (O_PATH), or -errno: -ESTALE: does not exist; -EPERM: needs CAP_DAC_READ_SEARCH. */
static int open_by_id(const struct cgroups *cgroups, uint64_t id)
{
	union {
		struct file_handle handle;
		char bytes[sizeof(struct file_handle) + sizeof(id)];
	} u = { .handle = { .handle_bytes = sizeof(id), .handle_type = HANDLE_KERNFS } };
	int fd;

	memcpy(u.handle.f_handle, &id, sizeof(id));
	fd = open_by_handle_at(cgroups->fd, &u.handle, O_PATH | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* The kernel adds that to the path of a cgroup that was removed. It may be the end of a name, too. */
static bool has_gone(const struct cgroups *cgroups, uint64_t id, const char *folder)
{
	static const char gone[] = " (deleted)";
	size_t n = strlen(folder);
	int fd;

	if (n < sizeof(gone) || strcmp(folder + n - (sizeof(gone) - 1), gone) != 0)
		return false;
	fd = open_by_id(cgroups, id);
	if (fd >= 0)
		(void)close(fd);
	return fd < 0;
}

/* Puts "/NAME" of the child with that inode number before the path. Returns 0 or -errno. */
static int put_name(int parent, ino_t child, char **path)
{
	int fd = openat(parent, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), err = -ESTALE;
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;
	char *longer;

	if (!dir) {
		err = -errno;
		if (fd >= 0)
			(void)close(fd);
		return err;
	}
	while (err && (entry = readdir(dir))) {
		if (entry->d_ino != child || !strcmp(entry->d_name, "."))
			continue;
		if (asprintf(&longer, "/%s%s", entry->d_name, *path) < 0)
			break;
		free(*path);
		*path = longer;
		err = 0;
	}
	(void)closedir(dir);
	return err;
}

/* The path from the root of the mount, of any length: the kernel's ends with PATH_MAX. Takes the descriptor. */
static char *climb(const struct cgroups *cgroups, int fd)
{
	char *path = strdup("");
	struct stat here, root, up;
	int err = !path || fstat(cgroups->fd, &root) || fstat(fd, &here) ? -1 : 0;

	while (!err && here.st_ino != root.st_ino) {
		int parent = openat(fd, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);

		(void)close(fd);
		fd = parent;
		err = parent < 0 || fstat(parent, &up) || up.st_ino == here.st_ino ||
				      up.st_dev != here.st_dev ?
			      -1 :
			      put_name(parent, here.st_ino, &path);
		here = up;
	}
	if (fd >= 0)
		(void)close(fd);
	if (!err)
		return path;
	free(path);
	return NULL;
}

static int ask_climbing(struct cgroups *cgroups, uint64_t id)
{
	int fd = open_by_id(cgroups, id), err;
	char *path = fd < 0 ? NULL : climb(cgroups, fd);

	if (!path)
		return fd < 0 ? fd : -ENAMETOOLONG;
	err = cache_path(cgroups, id, path, "");
	free(path);
	return err;
}

/* Returns 0 or -errno, as open_by_id(). */
static int ask_kernel(struct cgroups *cgroups, uint64_t id)
{
	char link[32], folder[PATH_MAX];
	int fd = open_by_id(cgroups, id), err;
	ssize_t n;

	if (fd < 0)
		return fd;
	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, folder, sizeof(folder) - 1);
	err = errno;
	close(fd);
	if (n < 0)
		return err == ENAMETOOLONG ? ask_climbing(cgroups, id) : -err;
	folder[n] = '\0';
	if (has_gone(cgroups, id, folder))
		return -ESTALE;
	return cache_path(cgroups, id, folder, cgroups->mount.point);
}

/* Caches the paths of all cgroups. -EAGAIN: the last walk is less than WALK_PAUSE_NS old. */
static int walk(struct cgroups *cgroups)
{
	char root[32], *roots[] = { root, NULL };
	FTSENT *entry;
	FTS *tree;

	if (cgroups->walked_ns && clock_mono_ns() - cgroups->walked_ns < WALK_PAUSE_NS)
		return -EAGAIN;
	cgroups->walked_ns = clock_mono_ns();
	(void)snprintf(root, sizeof(root), "/proc/self/fd/%d/.", cgroups->fd);
	tree = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR | FTS_XDEV, NULL);
	if (!tree)
		return -errno;
	while ((entry = fts_read(tree))) {
		if (entry->fts_info == FTS_D)
			(void)cache_path(cgroups, entry->fts_statp->st_ino, entry->fts_path, root);
	}
	(void)fts_close(tree);
	return 0;
}

static void look_up(struct cgroups *cgroups, uint64_t id)
{
	int err = cgroups->walk_only ? -EPERM : ask_kernel(cgroups, id);

	/* EOPNOTSUPP: before 5.5, cgroups do not have file handles. */
	if (err == -EPERM || err == -EOPNOTSUPP) {
		cgroups->walk_only = true;
		err = walk(cgroups);
		if (!err && !name_cache_get(cgroups->paths, id))
			err = -ESTALE;
	}
	if (err == -ESTALE)
		(void)name_cache_put(cgroups->paths, id, "");
}

const char *cgroups_path(void *cgroups, uint64_t id)
{
	struct cgroups *self = cgroups;
	const char *path;

	if (!self || !id)
		return NULL;
	path = name_cache_get(self->paths, id);
	if (!path) {
		look_up(self, id);
		path = name_cache_get(self->paths, id);
	}
	return path && *path ? path : NULL;
}

static uint32_t count_parts(const char *path)
{
	uint32_t n = 0;

	for (; *path; path++)
		n += *path == '/' && path[1] && path[1] != '/';
	return n;
}

/* Whether paths begin at the root cgroup of the host: they do not in a cgroup namespace. */
static bool sees_root(void)
{
	struct stat st;

	return !stat("/proc/self/ns/cgroup", &st) && st.st_ino == INIT_CGROUP_NS;
}

/* Without the mount point or, for recordings of other hosts, a usual mount point. */
static char *normalize(const struct cgroup_mount *mount, const char *path)
{
	const char *root = "", *slash;
	char *result;
	size_t n;

	if (mount && strip_prefix(&path, mount->point))
		root = mount->root;
	else if (!strip_prefix(&path, "/sys/fs/cgroup/unified"))
		(void)strip_prefix(&path, "/sys/fs/cgroup");
	slash = *path && *path != '/' ? "/" : "";
	if (asprintf(&result, "%s%s%s", root, slash, path) < 0)
		return NULL;
	for (n = strlen(result); n && result[n - 1] == '/'; n--)
		result[n - 1] = '\0';
	return result;
}

char *cgroup_normalize(const char *path)
{
	struct cgroup_mount mount;

	return normalize(find_mount(&mount) ? NULL : &mount, path);
}

int cgroup_open_root(void)
{
	struct cgroup_mount mount;

	return mount_open(&mount);
}

bool cgroup_is_under(const char *path, const char *top)
{
	return strip_prefix(&path, top);
}

static int find_folder(int root, const struct cgroup_mount *mount, const char *path,
		       struct stat *st)
{
	if (*mount->root && !strip_prefix(&path, mount->root))
		return -ENOENT;
	while (*path == '/')
		path++;
	if (fstatat(root, *path ? path : ".", st, 0))
		return -errno;
	return S_ISDIR(st->st_mode) ? 0 : -ENOTDIR;
}

int cgroup_find(const char *path, uint64_t *id, uint32_t *level, struct error *error)
{
	struct cgroup_mount mount;
	struct stat st;
	char *normal;
	int root = mount_open(&mount), err;

	if (root < 0)
		return error_set(error, -root, "cannot open the cgroup v2 file system: %s",
				 strerror(-root));
	normal = normalize(*mount.point ? &mount : NULL, path);
	err = normal ? find_folder(root, &mount, normal, &st) : -ENOMEM;
	(void)close(root);
	if (!normal)
		return error_set(error, ENOMEM, "out of memory");
	if (!err) {
		*id = st.st_ino;
		*level = sees_root() ? count_parts(normal) : 0;
	}
	free(normal);
	if (err)
		error_set(error, -err, "'%s' is not a cgroup below %s: %s", path,
			  *mount.point ? mount.point : "the root", strerror(-err));
	return err;
}
