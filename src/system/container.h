/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The container that a control group belongs to, by the names that runtimes give their groups. */
#ifndef SYSTEM_CONTAINER_H
#define SYSTEM_CONTAINER_H

#include <stddef.h>

enum { CONTAINER_TEXT = 128, CONTAINER_DIGITS = 64 };

/* The whole id of a container, CONTAINER_DIGITS hexadecimal digits; NULL: the path has none. */
const char *container_digits(const char *path);

/*
 * Writes the container's id (the 12 digits that its runtime shows) or its name. The text comes from
 * outside and is not terminated. Returns its length; 0: none.
 */
size_t container_of_cgroup(const char *path, char text[CONTAINER_TEXT]);

#endif
