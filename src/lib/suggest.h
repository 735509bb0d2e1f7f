/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Names that a mistyped word may stand for. */
#ifndef LIB_SUGGEST_H
#define LIB_SUGGEST_H

#include <stdbool.h>
#include <stddef.h>

/* The first n bytes of given begin name, or are at most two typing slips away from it. */
bool suggest_near(const char *given, size_t n, const char *name);

#endif
