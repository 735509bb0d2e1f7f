/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Small files of /proc and /sys. */
#ifndef LIB_FILE_H
#define LIB_FILE_H

#include <stddef.h>
#include <sys/types.h>

/*
 * Reads the first size - 1 bytes of a file into text, as a string, which is empty on failure.
 * folder: as for openat(2). Returns the number of bytes or -errno.
 */
ssize_t file_read_text(int folder, const char *path, char *text, size_t size);

#endif
