/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Where the debug information of a file lies that has none itself. */
#ifndef ORIGIN_DEBUGINFO_H
#define ORIGIN_DEBUGINFO_H

#include <elfutils/libdwfl.h>

/*
 * For Dwfl_Callbacks; the userdata is the module's struct dwfl_entry. By build-id and .gnu_debuglink, in
 * this root and in the process's. What a process's root holds may be made to deceive: nothing but
 * regular files is opened, and a file must prove to be the right one.
 */
int debuginfo_find(Dwfl_Module *module, void **userdata, const char *name, Dwarf_Addr base,
		   const char *file_name, const char *link, GElf_Word crc, char **found);

/* A regular file, open for reading; -1: it is not there, or something else. */
int open_regular(int folder, const char *path);

#endif
