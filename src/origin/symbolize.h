/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* From an address in a process to functions, files and lines. */
#ifndef ORIGIN_SYMBOLIZE_H
#define ORIGIN_SYMBOLIZE_H

#include <stdbool.h>
#include <stdint.h>

struct dwfl_entry;

/* Strings are NULL if unknown, and valid as long as the dwfl entry. */
struct symbol {
	const char *function;
	const char *linkage; /* its name in the symbol table: mangled, if its language does that */
	const char *file;    /* as the compiler knew it */
	const char *module;  /* path as the process sees it; NULL: code of a JIT */
	uint64_t offset;     /* in the module, as addr2line takes it */
	unsigned line;	     /* 0: unknown */
	bool inlined;	     /* into the next symbol */
	char *jitted;	     /* `function`, to be freed; else NULL */
};

enum {
	SYMBOLS_MAX = 16,
	DEMANGLED_MAX = 1024, /* bytes; a longer name stays mangled */
};

/*
 * Finds the function at an address and the functions that it is inlined into, innermost first.
 * `returns`: the address is a return address, and the call before it counts. Returns their number,
 * at least 1.
 */
unsigned symbol_find(struct dwfl_entry *entry, uint64_t address, bool returns,
		     struct symbol symbols[SYMBOLS_MAX]);

/* The names of a JIT's code, from the file that it writes for perf. */
struct perf_map;

/* Reads an open file, up to a bound. NULL: out of memory, or unreadable. */
struct perf_map *perf_map_read(int fd);
void perf_map_free(struct perf_map *map);
/* Whether the file is the one that was read, and has not changed since. */
bool perf_map_is_of(const struct perf_map *map, int fd);
/* The name of the code at an address, for the caller to free. NULL: none. */
char *perf_map_find(const struct perf_map *map, uint64_t address);

/*
 * The name of a C++ or Rust function as its source has it, with namespaces and without parameters. For
 * the caller to free; NULL: not mangled, too long, out of memory, or built without libiberty.
 */
char *demangle(const char *symbol);

#endif
