/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The state diagram as text: boxes with numbers in them. Its arrows are the transitions for which
 * transition_is_regular().
 */
#ifndef EXPLAIN_DIAGRAM_H
#define EXPLAIN_DIAGRAM_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include <tcpstate/state.h>

/* counts by state; a negative one is not known. Fewer than 80 columns. */
void diagram_print(FILE *out, const int64_t counts[TS_STATES], bool utf8);

#endif
