/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The lines of `doctor`, as text and JSON. */
#ifndef OUTPUT_DOCTOR_H
#define OUTPUT_DOCTOR_H

#include <stdbool.h>
#include <stdio.h>

#include "tracer/hook.h"
#include "output/config.h"

/* The result of one probe. */
struct finding {
	const char *kind; /* "need" or "hook" */
	const struct hook *hook;
	const char *remedy; /* in place of the hook's */
	const char *why;    /* NULL: available */
};

/* `kernel`: its release and machine. */
void doctor_print_kernel(FILE *out, enum format format, const char *release, const char *machine);
void doctor_print_finding(FILE *out, enum format format, const struct finding *finding);
/* HOOK_TIER_ANY: nothing can be traced. */
void doctor_print_tier(FILE *out, enum format format, enum hook_tier tier);

#endif
