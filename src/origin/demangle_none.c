// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* In a program without libiberty: names stay as symbols have them. */
#include "origin/demangle.h"

#include <stddef.h>

char *demangle(const char *symbol)
{
	(void)symbol;
	return NULL;
}
