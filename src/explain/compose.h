/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Lists of names in one line. */
#ifndef EXPLAIN_COMPOSE_H
#define EXPLAIN_COMPOSE_H

#include <stdbool.h>
#include <stddef.h>

/* Appends a name, cut to `size`. */
void explain_list_add(char *to, size_t size, const char *comma, const char *name);
/* The next states of `state`, or (leads: false) the states before it; "-": none. */
void explain_list_changes(unsigned state, bool leads, const char *comma, char *to, size_t size);

#endif
