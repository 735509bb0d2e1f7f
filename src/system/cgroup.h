/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* cgroup v2: the path of an id, the id and depth of a path. */
#ifndef SYSTEM_CGROUP_H
#define SYSTEM_CGROUP_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "lib/error.h"

struct cgroups;

struct cgroup_mount {
	char point[PATH_MAX]; /* "": none, a detached mount */
	char root[PATH_MAX];  /* the cgroup that is mounted there; "" for the root */
};

/*
 * Reads a line of /proc/PID/mountinfo (proc(5)), which it overwrites: id, parent, device, root, mount
 * point, options, "-", type, ... False: not a mount of cgroup v2, or one with a longer path.
 */
bool cgroup_parse_mount(char *line, struct cgroup_mount *mount);

/* Returns 0 or -errno: there is not a cgroup v2 file system. */
int cgroups_new(struct cgroups **cgroups);
void cgroups_free(struct cgroups *cgroups);
/*
 * The path below the mount ("/system.slice/x.service"; "/" for the root), or NULL: the cgroup
 * does not exist. Uses open_by_handle_at() (CAP_DAC_READ_SEARCH) or walks the tree. Paths are
 * cached, in bounded memory. Valid until the next call.
 */
const char *cgroups_path(void *cgroups, uint64_t id);
/*
 * The id of a path as users write it, with or without the mount point, and its depth below the
 * root. In a cgroup namespace the depth is unknown: *level is then 0. Returns 0 or -errno with
 * error set.
 */
int cgroup_find(const char *path, uint64_t *id, uint32_t *level, struct error *error);
/*
 * Such a path in the form of cgroups_path() without a slash at its end ("" for the root). The
 * cgroup need not exist. The caller frees it; NULL: out of memory.
 */
char *cgroup_normalize(const char *path);
/* Whether path (of cgroups_path()) is `top` (of cgroup_normalize()) or below it. */
bool cgroup_is_under(const char *path, const char *top);

/* Opens the root of the cgroup namespace, mounted or not. Returns a descriptor or -errno. */
int cgroup_open_root(void);

#endif
