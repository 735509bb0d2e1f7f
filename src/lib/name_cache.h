/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A bounded memory of names by number (cgroup paths, users): the oldest goes first. */
#ifndef LIB_NAME_CACHE_H
#define LIB_NAME_CACHE_H

#include <stddef.h>
#include <stdint.h>

struct names;

/* max: a power of two, at most 32,768. */
int names_new(size_t max, struct names **names);
void names_free(struct names *names);
/* Copies `name`. One that is there already is replaced, and young again. */
int names_put(struct names *names, uint64_t id, const char *name);
/* NULL: not there. Valid until the next names_put(). */
const char *names_get(const struct names *names, uint64_t id);

#endif
