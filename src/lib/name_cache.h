/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A bounded memory of names by number (cgroup paths, users): the oldest goes first. */
#ifndef LIB_NAME_CACHE_H
#define LIB_NAME_CACHE_H

#include <stddef.h>
#include <stdint.h>

struct name_cache;

/* max: a power of two, at most 32,768. */
int name_cache_new(size_t max, struct name_cache **names);
void name_cache_free(struct name_cache *names);
/* Copies `name`. One that is there already is replaced, and young again. */
int name_cache_put(struct name_cache *names, uint64_t id, const char *name);
/* NULL: not there. Valid until the next name_cache_put(). */
const char *name_cache_get(const struct name_cache *names, uint64_t id);

#endif
