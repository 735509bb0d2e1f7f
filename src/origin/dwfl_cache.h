/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The code of processes: which files are mapped where, opened as the process sees them, with their
 * symbols and debug information, by libdw. For unwind.c and symbol.c.
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
	void *unwinding; /* unwind.c's */
	bool attached;	 /* unwind.c has given dwfl its callbacks */
	uint64_t mapped; /* what was mapped when it was last looked at */
	uint64_t used;	 /* by the cache's clock */
};

/* Of a few processes at a time: it is costly to get. */
struct dwfl_cache;

/* NULL: no memory. */
struct dwfl_cache *dwfl_cache_new(void);
void dwfl_cache_free(struct dwfl_cache *codes);
/*
 * Of the process, if it still has that layout: NULL where it has ended or runs another program.
 * Valid until the next call.
 */
struct dwfl_entry *dwfl_cache_get(struct dwfl_cache *codes, uint32_t pid,
				  const struct ts_layout *layout);
/* Looks for files that were mapped since. False: there are none, or the process has gone. */
bool dwfl_entry_refresh(struct dwfl_entry *code);
/* Does the process have this layout now? */
bool dwfl_entry_is_of(uint32_t pid, const struct ts_layout *layout);

#endif
