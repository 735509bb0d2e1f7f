/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Lists of names in one line. */
#ifndef EXPLAIN_TEMPLATE_H
#define EXPLAIN_TEMPLATE_H

#include <stdbool.h>
#include <stddef.h>

/* Appends a name; what finds no room is cut. */
void explain_list_add(char *to, size_t size, const char *comma, const char *name);
/* The states that follow `state`, or (leads: false) that come before it; "-": none. */
void explain_list_changes(unsigned state, bool leads, const char *comma, char *to, size_t size);

#endif
