// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lib/error.h"
#include "lib/format.h"

/* Whole characters only: bytes from outside must not control the terminal. */
static void print_line(const char *text)
{
	static const char program[] = "tcpstate: ";
	char line[sizeof(program) + FORMAT_TEXT_BYTE * sizeof(((struct error *)0)->text)];
	char *at = format_name(line, program);

	while (*text) {
		size_t n = strcspn(text, "\\");

		/* Remedies have backslashes: harmless, but format_text() would escape them. */
		at = format_text(at, text, n, true);
		text += n;
		if (*text)
			*at++ = *text++;
	}
	*at++ = '\n';
	(void)fwrite(line, 1, (size_t)(at - line), stderr);
}

int error_set(struct error *error, int err, const char *fmt, ...)
{
	va_list args;

	if (error && !error->text[0]) {
		va_start(args, fmt);
		(void)vsnprintf(error->text, sizeof(error->text), fmt, args);
		va_end(args);
	}
	return -err;
}

void error_prefix(struct error *error, const char *prefix)
{
	struct error copy = *error;

	error->text[0] = '\0';
	(void)error_set(error, 0, "%s: %s", prefix, copy.text);
}

void error_append(struct error *error, const char *more)
{
	size_t used = strlen(error->text);

	(void)snprintf(error->text + used, sizeof(error->text) - used, "; %s", more);
}

void error_print(const struct error *error)
{
	print_line(error->text);
}

void note(int verbosity, const char *fmt, ...)
{
	struct error line;
	va_list args;

	if (verbosity < 0)
		return;
	va_start(args, fmt);
	(void)vsnprintf(line.text, sizeof(line.text), fmt, args);
	va_end(args);
	print_line(line.text);
}
