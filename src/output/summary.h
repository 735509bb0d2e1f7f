/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The end of a trace in numbers, for standard error. */
#ifndef OUTPUT_SUMMARY_H
#define OUTPUT_SUMMARY_H

#include <stdint.h>
#include <stdio.h>

#include "counts/by_process.h"
#include "counts/counts.h"

/* `start_ns`: when the trace began, by the monotonic clock. */
void summary_print(const struct counts *counts, const struct by_process *processes,
		   uint64_t start_ns, FILE *out);

#endif
