// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Replaces demangle.c in a build without libiberty: names stay mangled. */
#include "origin/demangle.h"

#include <stddef.h>

char *demangle(const char *symbol)
{
	(void)symbol;
	return NULL;
}
