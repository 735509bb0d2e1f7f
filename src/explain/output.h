/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Faces of `explain`: text for people and JSON. */
#ifndef EXPLAIN_OUTPUT_H
#define EXPLAIN_OUTPUT_H

#include <stdbool.h>
#include <stdio.h>

#include "explain/census.h"
#include "explain/explain.h"

/* What is printed, of this machine. */
struct explain_view {
	const struct explain_book *book;
	const struct sysctl *sysctls; /* [SYSCTLS] */
	const struct census *census;  /* NULL: there is none, and census_error says why */
	const char *census_error;
	bool utf8;	/* text may be more than ASCII */
	unsigned width; /* of text, in cells */
	bool root;	/* nobody could see more */
};

enum { EXPLAIN_WIDTH_MAX = 100 };

void explain_print_text(FILE *out, const struct explain_view *view, const struct topic *topics,
			size_t count);
/* One object a topic, in a line of its own. */
void explain_print_json(FILE *out, const struct explain_view *view, const struct topic *topics,
			size_t count);

/* What follows from a sysctl's value, in words; NULL: nothing. */
const char *explain_derived(const struct explain_view *view, enum sysctl_id id, char *to,
			    size_t size);

#endif
