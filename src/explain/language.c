// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The locale as POSIX defines it: the first variable that is set and not empty. */
#include "explain/language.h"

#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/terminal.h"

static const char *locale_name(const char *category)
{
	const char *const names[] = { "LC_ALL", category, "LANG" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *value = getenv(names[i]);

		if (value && *value)
			return value;
	}
	return "C";
}

bool language_is_chinese(void)
{
	const char *name = locale_name("LC_MESSAGES");

	return !strncmp(name, "zh", 2) && strchr("_.@", name[2]);
}

bool language_is_utf8(void)
{
	const char *set = setlocale(LC_CTYPE, NULL);
	const char *codeset = strchr(locale_name("LC_CTYPE"), '.');

	if (terminal_is_utf8())
		return true;
	if (!codeset || !set || strcmp(set, "C"))
		return false;
	return !strncasecmp(codeset, ".UTF-8", 6) || !strncasecmp(codeset, ".utf8", 5);
}
