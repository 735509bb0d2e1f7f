/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* cgroup v2: where it is mounted, the path of an id, the id and depth of a path. */
#ifndef SYSTEM_CGROUP_H
#define SYSTEM_CGROUP_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/error.h"

struct cgroups;

int cgroups_new(struct cgroups **cgroups); /* -errno: no cgroup v2 to be seen */
void cgroups_free(struct cgroups *cgroups);
/*
 * Path below the mount ("/system.slice/x.service"; "/" for the root), NULL when it
 * is gone. By open_by_handle_at() where allowed (CAP_DAC_READ_SEARCH), else by a walk of
 * the tree; answers are kept, in bounded memory. Valid until the next call.
 */
const char *cgroups_path(void *cgroups, uint64_t id);
/*
 * id and depth below the root of a path as a user writes it (mount point before it or
 * not). In a cgroup namespace the depth is not known: *level is then 0.
 */
int cgroup_find(const char *path, uint64_t *id, uint32_t *level, struct error *error);
/*
 * The same path as cgroups_path() writes it, whether or not such a cgroup exists here,
 * without a slash at its end: "" for the root. To be freed; NULL: no memory.
 */
char *cgroup_normalize(const char *path);
/* Is path (of cgroups_path()) the cgroup `top` (of cgroup_normalize()) or below it? */
bool cgroup_is_under(const char *path, const char *top);

/* A folder, to be closed: the root as this cgroup namespace sees it, mounted or not; or -errno. */
int cgroup_open_root(void);

#endif
