/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Texts with holes, which are data and not printf formats. */
#ifndef LIB_TEMPLATE_H
#define LIB_TEMPLATE_H

#include <stddef.h>

/* Replaces each `{}` by the next of `values`. Cuts the result to `size` bytes. Returns `to`. */
char *template_fill(char *to, size_t size, const char *template, const char *const *values);

#endif
