/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Numbers from text, as a whole and within a range. No sign, no blanks, no other base.
 * All return 0, -EINVAL (not such a number) or -ERANGE.
 */
#ifndef LIB_NUMBER_H
#define LIB_NUMBER_H

#include <stdint.h>

int number_parse(const char *text, uint64_t min, uint64_t max, uint64_t *value);
/* Bytes, with K, M or G (in either case) for powers of 1024: "64K". */
int number_parse_size(const char *text, uint64_t min, uint64_t max, uint64_t *value);
/* Seconds with a decimal point: "2", "0.5", ".5". LC_NUMERIC must be C, as main() sets it. */
int number_parse_seconds(const char *text, double min, double max, double *value);

#endif
