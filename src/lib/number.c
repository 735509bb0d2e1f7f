// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Numbers from text, checked. */
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "lib/number.h"

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Leaves *text after the digits. A number too large for 64 bits sets *too_large. */
static uint64_t read_digits(const char **text, bool *too_large)
{
	uint64_t value = 0;

	for (; is_digit(**text); (*text)++) {
		*too_large |= __builtin_mul_overflow(value, 10, &value);
		*too_large |= __builtin_add_overflow(value, (uint64_t)(**text - '0'), &value);
	}
	return value;
}

static int parse(const char *text, const char *units, uint64_t min, uint64_t max, uint64_t *value)
{
	bool too_large = false;
	const char *end = text;
	uint64_t number = read_digits(&end, &too_large);
	const char *unit = *end ? strchr(units, *end) : NULL;

	if (end == text)
		return -EINVAL;
	if (unit) {
		uint64_t factor = UINT64_C(1) << (10 * ((unit - units) / 2 + 1));

		too_large |= __builtin_mul_overflow(number, factor, &number);
		end++;
	}
	if (*end)
		return -EINVAL;
	if (too_large || number < min || number > max)
		return -ERANGE;
	*value = number;
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

int number_parse_seconds(const char *text, double min, double max, double *value)
{
	const char *dot = strchr(text, '.');
	double number = 0;
	double scale = 1;

	if (!*text || (dot && !is_digit(dot[1])))
		return -EINVAL;
	for (const char *c = text; *c; c++) {
		if (c == dot)
			continue;
		if (!is_digit(*c))
			return -EINVAL;
		number = number * 10 + (*c - '0');
		if (dot && c > dot)
			scale *= 10;
	}
	number /= scale;
	/* Written so that the NaN of an endless row of digits is refused too. */
	if (!(number >= min && number <= max))
		return -ERANGE;
	*value = number;
	return 0;
}
