/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Shell patterns for command names, compiled for ts_filter_comm(): `*`, `?`, `[set]`,
 * `[!set]`, `[a-z]`, and a backslash before a literal character. Bytes, not letters.
 */
#ifndef FILTER_GLOB_H
#define FILTER_GLOB_H

#include <stdbool.h>

#include <tcpstate/filter.h>

#include "lib/error.h"

/*
 * Adds a pattern to g, as one that ts_filter_comm() includes or excludes. Returns 0, or -EINVAL with error
 * set and g unchanged: the pattern is malformed, cannot match a command name, or g is full.
 */
int glob_add(struct ts_glob *g, const char *pattern, bool excluded, struct error *error);

/* Whether a pattern of g, which is compiled for names that the kernel cuts, matches a longer name. */
bool glob_matches(const struct ts_glob *g, const char *name);
/* Whether a `*` comes before the end of a pattern, which a name that is cut may have lost. */
bool glob_needs_end(const struct ts_glob *g);

#endif
