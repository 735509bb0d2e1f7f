// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "lib/terminal.h"

#include <langinfo.h>
#include <stdlib.h>
#include <string.h>
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

/* https://no-color.org */
bool terminal_wants_color(int fd)
{
	const char *no_color = getenv("NO_COLOR");
	const char *term = getenv("TERM");

	return isatty(fd) && !(no_color && *no_color) && term && strcmp(term, "dumb");
}

bool terminal_is_utf8(void)
{
	return !strcmp(nl_langinfo(CODESET), "UTF-8");
}
