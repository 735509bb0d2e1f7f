/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Formats of `explain`: text and JSON. */
#ifndef EXPLAIN_OUTPUT_H
#define EXPLAIN_OUTPUT_H

#include <stdbool.h>
#include <stdio.h>

#include "explain/census.h"
#include "explain/explain.h"

/* The language, this machine's values, and the terminal. */
struct explain_view {
	const struct explain_book *book;
	const struct sysctl *sysctls; /* [SYSCTLS] */
	const struct census *census;  /* NULL: census_error has the cause */
	const char *census_error;
	bool utf8;	/* text may have more than ASCII */
	unsigned width; /* of text, in cells */
	bool root;	/* root would not see more */
};

enum { EXPLAIN_WIDTH_MAX = 100 };

void explain_print_text(FILE *out, const struct explain_view *view, const struct topic *topics,
			size_t count);
/* One object a topic, one line each. */
void explain_print_json(FILE *out, const struct explain_view *view, const struct topic *topics,
			size_t count);

/* The meaning of a sysctl's value, in words; NULL: none. */
const char *explain_derived(const struct explain_view *view, enum sysctl_id id, char *to,
			    size_t size);

/* Appends a name, cut to `size`. */
void explain_list_add(char *to, size_t size, const char *comma, const char *name);
/* The next states of `state`, or (leads: false) the states before it; "-": none. */
void explain_list_changes(unsigned state, bool leads, const char *comma, char *to, size_t size);

/*
 * Draws the state diagram: boxes with numbers in them, in fewer than 80 columns. Its arrows are the
 * transitions for which transition_is_regular(). counts by state; a negative one is not known.
 */
void diagram_print(FILE *out, const int64_t counts[TS_STATES], bool utf8);

#endif
