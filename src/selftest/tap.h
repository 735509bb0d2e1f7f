/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Results in the Test Anything Protocol, version 13; the kernel's KTAP readers take it too. */
#ifndef SELFTEST_TAP_H
#define SELFTEST_TAP_H

#include <stdbool.h>
#include <stdio.h>

struct tap {
	FILE *out;
	unsigned planned;
	unsigned done;
	unsigned failed;
	unsigned skipped;
	unsigned excused; /* of those that failed: skipped, because the kernel was seen to fail them */
};

void tap_begin(struct tap *tap, FILE *out, unsigned planned);
/* `why`: lines that begin with "# ", printed on failure; may be NULL. */
void tap_result(struct tap *tap, bool good, const char *name, const char *why);
void tap_skip(struct tap *tap, const char *name, const char *why);
/* Aborts the run. */
void tap_bail_out(struct tap *tap, const char *why);
/* Prints the totals. */
void tap_end(struct tap *tap);

#endif
