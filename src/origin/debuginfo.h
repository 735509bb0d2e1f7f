/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Finds the debug information of a file in a separate file. */
#ifndef ORIGIN_DEBUGINFO_H
#define ORIGIN_DEBUGINFO_H

#include <elfutils/libdwfl.h>

/*
 * For Dwfl_Callbacks; the userdata is the module's struct dwfl_entry. Searches by build-id and
 * .gnu_debuglink, in this root and in the root of the process. That root is untrusted: only regular
 * files are opened, and the build-id or CRC must match.
 */
int debuginfo_find(Dwfl_Module *module, void **userdata, const char *name, Dwarf_Addr base,
		   const char *file_name, const char *link, GElf_Word crc, char **found);

/* Opens a regular file for reading. Returns -1 if it does not exist or is not regular. */
int open_regular(int folder, const char *path);

#endif
