// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "lib/terminal.h"

#include <langinfo.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { TEXT_WIDTH_MIN = 40 };

unsigned terminal_width(int fd)
{
	struct winsize size;

	return ioctl(fd, TIOCGWINSZ, &size) ? 0 : size.ws_col;
}

unsigned terminal_text_width(int fd, unsigned most)
{
	unsigned width = terminal_width(fd);

	if (!width)
		return TERMINAL_TEXT_WIDTH;
	if (width < TEXT_WIDTH_MIN)
		return TEXT_WIDTH_MIN;
	return width < most ? width : most;
}

/* https://no-color.org. With file capabilities too: the environment has no other effect. */
bool terminal_wants_color(int fd)
{
	const char *no_color = getenv("NO_COLOR");
	const char *term = getenv("TERM");

	return isatty(fd) && !(no_color && *no_color) && term && strcmp(term, "dumb");
}

/* As POSIX defines it: the first variable that is set and not empty. */
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

bool locale_is_chinese(void)
{
	const char *name = locale_name("LC_MESSAGES");

	return !strncmp(name, "zh", 2) && strchr("_.@", name[2]);
}

bool terminal_is_utf8(void)
{
	return !strcmp(nl_langinfo(CODESET), "UTF-8");
}

bool locale_is_utf8(void)
{
	const char *set = setlocale(LC_CTYPE, NULL);
	const char *codeset = strchr(locale_name("LC_CTYPE"), '.');

	if (terminal_is_utf8())
		return true;
	if (!codeset || !set || strcmp(set, "C"))
		return false;
	return !strncasecmp(codeset, ".UTF-8", 6) || !strncasecmp(codeset, ".utf8", 5);
}
