// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * By libiberty, as in binutils and perf. Symbols are untrusted, and a short symbol can expand to
 * gigabytes: a name that grows too long is abandoned.
 */
#include "origin/symbolize.h"

#include <setjmp.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <libiberty/demangle.h>

enum { SYMBOL_MAX = 512 };

struct name {
	char text[DEMANGLED_MAX + 1];
	size_t n;
	jmp_buf too_long; /* libiberty has no memory to free while it prints */
};

static void add(const char *text, size_t n, void *context)
{
	struct name *name = context;

	if (n > DEMANGLED_MAX - name->n)
		longjmp(name->too_long, 1);
	memcpy(name->text + name->n, text, n);
	name->n += n;
}

static bool print(const char *symbol, struct name *name)
{
	if (setjmp(name->too_long))
		return false;
	/* Rust's older names are C++'s, with a hash at their end */
	if (rust_demangle_callback(symbol, 0, add, name))
		return true;
	name->n = 0;
	return !strncmp(symbol, "_Z", 2) && cplus_demangle_v3_callback(symbol, 0, add, name);
}

char *demangle(const char *symbol)
{
	struct name name;

	name.n = 0;
	if (strlen(symbol) > SYMBOL_MAX || !print(symbol, &name) || !name.n)
		return NULL;
	name.text[name.n] = '\0';
	return strdup(name.text);
}
