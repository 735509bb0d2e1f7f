/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Opens the file that a user names for output. In a folder that everybody may write to, the rules are
 * those of fs.protected_symlinks, fs.protected_regular, fs.protected_fifos and fs.protected_hardlinks,
 * whatever these are set to.
 */
#ifndef LIB_OUTPUT_FILE_H
#define LIB_OUTPUT_FILE_H

#include <stdbool.h>
#include <sys/stat.h>

#include "lib/error.h"

/*
 * Opens or creates the file for reading and writing, its contents unchanged. Only the owner may read a
 * new file. *created: the path itself is a new file. Returns a descriptor, or -errno with error set.
 */
int output_file_open(const char *path, bool *created, struct error *error);

/*
 * Why `user` must not write to an existing file, or follow a link, in that folder. Returns NULL if the
 * user may.
 */
const char *output_file_refusal(const struct stat *folder, const struct stat *file, uid_t user);

#endif
