/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A Dwfl of each process: its mapped files, opened as the process sees them, with their symbols and
 * debug information.
 */
#ifndef ORIGIN_DWFL_CACHE_H
#define ORIGIN_DWFL_CACHE_H

#include <stdbool.h>
#include <stdint.h>

#include <elfutils/libdwfl.h>

#include <tcpstate/stack.h>

struct dwfl_entry {
	Dwfl *dwfl;
	uint32_t pid;
	struct ts_layout layout;
	const struct dwfl_cache *cache;
	void *unwinding;	   /* owned by unwind.c */
	bool attached;		   /* dwfl has the callbacks of unwind.c */
	uint64_t mapped;	   /* hash of the mapped files at the last refresh */
	uint64_t used;		   /* last use, by the cache's clock */
	struct perf_map *perf_map; /* NULL: none */
	uint64_t perf_map_used;	   /* `used` when it was looked for */
};

/* Holds a few processes: an entry is expensive to make. */
struct dwfl_cache;

/* finder: for finder_ask(). NULL: out of memory. */
struct dwfl_cache *dwfl_cache_new(int finder);
void dwfl_cache_free(struct dwfl_cache *cache);
/* Gives back the memory of all entries. */
void dwfl_cache_clear(struct dwfl_cache *cache);
/*
 * The entry of the process, valid until the next call. NULL: the process has exited or executed another
 * program.
 */
struct dwfl_entry *dwfl_cache_get(struct dwfl_cache *cache, uint32_t pid,
				  const struct ts_layout *layout);
/* Adds files that were mapped since. False: none, or the process has exited. */
bool dwfl_entry_refresh(struct dwfl_entry *entry);
/*
 * Finds the debug information of a file in a separate file. For Dwfl_Callbacks; the userdata is the
 * module's struct dwfl_entry. Searches by build-id and .gnu_debuglink, in this root and in the root of
 * the process. That root is untrusted: the build-id or CRC must match.
 */
int debuginfo_find(Dwfl_Module *module, void **userdata, const char *name, Dwarf_Addr base,
		   const char *file_name, const char *link, GElf_Word crc, char **found);
/* Asks the finder of the cache for a file of the entry's process; the rest of the request is set. */
struct finder_request;
int dwfl_entry_ask(const struct dwfl_entry *entry, struct finder_request *request);
/*
 * Whether the compressed sections of an ELF file stay within bounds when they are inflated, which
 * libdw does without any. False also: it is not an ELF file.
 */
bool elf_is_bounded(Elf *elf);

#endif
