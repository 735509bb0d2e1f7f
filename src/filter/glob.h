/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Shell patterns for command names, compiled for ts_filter_comm(): `*`, `?`, `[set]`,
 * `[!set]`, `[a-z]`, backslash before a character that stands for itself. Bytes, not letters.
 */
#ifndef FILTER_GLOB_H
#define FILTER_GLOB_H

#include <tcpstate/filter.h>

#include "lib/error.h"

/*
 * Adds one pattern to those in g, which match if any of them does. Returns -EINVAL with
 * error set and g unchanged when the pattern is malformed, can match no command name, or finds no
 * room.
 */
int glob_add(struct ts_glob *g, const char *pattern, struct error *error);

#endif
