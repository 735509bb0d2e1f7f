/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A bounded cache of names by number (cgroup paths, users); a new entry replaces the oldest. */
#ifndef LIB_NAME_CACHE_H
#define LIB_NAME_CACHE_H

#include <stddef.h>
#include <stdint.h>

struct name_cache;

/* For at most `max` entries. Returns 0 or -ENOMEM. */
int name_cache_new(size_t max, struct name_cache **names);
void name_cache_free(struct name_cache *names);
/*
 * Copies `name`, which becomes the newest entry and replaces an earlier name of the id. UINT64_MAX
 * is ignored. Returns 0 or -ENOMEM.
 */
int name_cache_put(struct name_cache *names, uint64_t id, const char *name);
/* NULL: the cache does not have it. Valid until the next name_cache_put(). */
const char *name_cache_get(const struct name_cache *names, uint64_t id);

#endif
