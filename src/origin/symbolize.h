/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* From an address in a process to functions, files and lines. */
#ifndef ORIGIN_SYMBOLIZE_H
#define ORIGIN_SYMBOLIZE_H

#include <stdbool.h>
#include <stdint.h>

struct dwfl_entry;

/* Strings are NULL where not known, and valid as long as the code is. */
struct symbol {
	const char *function;
	const char *linkage; /* its name in the symbol table: mangled, if its language does that */
	const char *file;    /* as the compiler was given it */
	const char *module;  /* path in the process's eyes; of a JIT's code NULL */
	uint64_t offset;     /* of the address in the module, as its own tools print it */
	unsigned line;	     /* 0: not known */
	bool inlined;	     /* the next one called it without a call */
	char *jitted;	     /* `function`, to be freed; else NULL */
};

enum { SYMBOLS_MAX = 16 };

/*
 * The function at that address and those that it was inlined into, innermost first. `returns`: it
 * is a return address, so that what is meant is the call before it. One at least.
 */
unsigned symbol_find(struct dwfl_entry *code, uint64_t address, bool returns,
		     struct symbol symbols[SYMBOLS_MAX]);

#endif
