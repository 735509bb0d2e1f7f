// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "lib/number.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const char digits[] = "0123456789";

static int parse(const char *text, const char *units, uint64_t min, uint64_t max, uint64_t *value)
{
	size_t n = strspn(text, digits);
	const char *unit = text[n] ? strchr(units, text[n]) : NULL;
	unsigned shift = unit ? 10 * (unsigned)((unit - units) / 2 + 1) : 0;
	unsigned long long number;

	if (!n || text[n + !!unit])
		return -EINVAL;
	errno = 0;
	number = strtoull(text, NULL, 10);
	if (errno || number > UINT64_MAX >> shift || number << shift < min || number << shift > max)
		return -ERANGE;
	*value = number << shift;
	return 0;
}

int number_parse(const char *text, uint64_t min, uint64_t max, uint64_t *value)
{
	return parse(text, "", min, max, value);
}

int number_parse_size(const char *text, uint64_t min, uint64_t max, uint64_t *value)
{
	return parse(text, "KkMmGg", min, max, value);
}

/* strtod() alone takes signs, blanks, exponents, "inf" and "0x1p3" too. */
int number_parse_seconds(const char *text, double min, double max, double *value)
{
	size_t whole = strspn(text, digits);
	size_t decimals = text[whole] == '.' ? strspn(text + whole + 1, digits) : 0;
	double number;

	if (text[whole + (decimals ? 1 + decimals : 0)] || !(whole + decimals))
		return -EINVAL;
	number = strtod(text, NULL);
	if (number < min || number > max)
		return -ERANGE;
	*value = number;
	return 0;
}
