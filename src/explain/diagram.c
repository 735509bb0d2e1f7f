// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Draws the state diagram: fills the counts in and replaces lines by ASCII. */
#include "explain/output.h"

#include <inttypes.h>
#include <string.h>

#include "tcp/state.h"

/* Arrows have event / action, as in RFC 9293. `#`: the count of the state before it. */
static const char *const picture[] = {
	"                            ┌────────────────────┐",
	"             ┌──────────────┤ CLOSED ########### ├───────────────┐",
	"             │              └────────────────────┘               │",
	"             │ listen()                         connect() / SYN  │",
	"  ┌──────────▼─────────┐                              ┌──────────▼─────────┐",
	"  │ LISTEN ########### │                              │ SYN_SENT ######### │",
	"  └──────────┬─────────┘                              └───┬──────┬─────────┘",
	"             │ SYN / SYN-ACK                              │      │",
	"  ┌──────────▼─────────┐       SYN / SYN-ACK              │      │",
	"  │ SYN_RECV ######### │◄─────────────────────────────────┘      │",
	"  └──────────┬─────────┘                                         │",
	"             │ ACK                                SYN-ACK / ACK  │",
	"             │              ┌────────────────────┐               │",
	"             └─────────────►│ ESTABLISHED ###### │◄──────────────┘",
	"              close() / FIN └────┬──────────┬────┘  FIN / ACK",
	"             ┌───────────────────┘          └────────────────────┐",
	"  ┌──────────▼─────────┐                              ┌──────────▼─────────┐",
	"  │ FIN_WAIT_1 ####### ├───────────────┐              │ CLOSE_WAIT ####### │",
	"  └──────────┬─────────┘               │ FIN / ACK    └──────────┬─────────┘",
	"             │ ACK                     │          close() / FIN  │",
	"  ┌──────────▼─────────┐    ┌──────────▼─────────┐    ┌──────────▼─────────┐",
	"  │ FIN_WAIT_2 ####### │    │ CLOSING ########## │    │ LAST_ACK ######### │",
	"  └───────────────┬────┘    └────┬───────────────┘    └──────────┬─────────┘",
	"       FIN / ACK  │              │ ACK                      ACK  │",
	"               ┌──▼──────────────▼──┐     60 s        ┌──────────▼─────────┐",
	"               │ TIME_WAIT ######## ├────────────────►│ CLOSED             │",
	"               └────────────────────┘                 └────────────────────┘",
};

static const struct {
	const char *line;
	char ascii;
} lines[] = {
	{ "─", '-' }, { "│", '|' }, { "┌", '+' }, { "┐", '+' }, { "└", '+' }, { "┘", '+' },
	{ "├", '+' }, { "┤", '+' }, { "┬", '+' }, { "▼", 'v' }, { "►", '>' }, { "◄", '<' },
};

/* The state whose name ends right before the blank before `at`. */
static int state_before(const char *row, const char *at)
{
	char name[16] = "";
	const char *from = at - 1;

	while (from > row && from[-1] != ' ')
		from--;
	(void)snprintf(name, sizeof(name), "%.*s", (int)(at - 1 - from), from);
	return state_parse(name);
}

static void put_count(FILE *out, const char *row, const char *at, int room,
		      const int64_t counts[TS_STATES])
{
	int state = state_before(row, at);
	int64_t count = state < 0 ? -1 : counts[state];

	if (count < 0)
		(void)fprintf(out, "%*s", room, "-");
	else
		(void)fprintf(out, "%*" PRId64, room, count);
}

static size_t put_line(FILE *out, const char *at, bool utf8)
{
	for (size_t i = 0; !utf8 && i < sizeof(lines) / sizeof(lines[0]); i++) {
		size_t length = strlen(lines[i].line);

		if (strncmp(at, lines[i].line, length))
			continue;
		(void)fputc(lines[i].ascii, out);
		return length;
	}
	(void)fputc(*at, out);
	return 1;
}

void diagram_print(FILE *out, const int64_t counts[TS_STATES], bool utf8)
{
	for (size_t i = 0; i < sizeof(picture) / sizeof(picture[0]); i++) {
		const char *at = picture[i];

		while (*at) {
			size_t room = strspn(at, "#");

			if (room)
				put_count(out, picture[i], at, (int)room, counts);
			at += room ? room : put_line(out, at, utf8);
		}
		(void)fputc('\n', out);
	}
}
