// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Compares handshakes in trouble, line by line. */
#include "selftest/drop.h"

#include <string.h>

#include "selftest/check.h"

bool trouble_line(const struct scenario *scenario, size_t n, char to[TROUBLE_TEXT])
{
	const char *line = scenario->trouble ? scenario->trouble : "";

	for (; n && *line; n--)
		line += strcspn(line, "\n") + 1;
	(void)snprintf(to, TROUBLE_TEXT, "%.*s", (int)strcspn(line, "\n"), line);
	return *to;
}

static bool begins_with(const char *line, const char *word)
{
	return !strncmp(line, word, strlen(word));
}

const char *trouble_program(const char *line)
{
	if (begins_with(line, "synack-retransmitted "))
		return "synack_again";
	return begins_with(line, "accept-queue-full ack ") ? "ack_done" : "syn_done";
}

bool trouble_check(const struct play *play, const char *line, const struct seen *seen, FILE *why)
{
	char text[TROUBLE_TEXT];
	bool found = false;

	(void)fprintf(why, "# trouble (- expected, + seen):\n#   - %s\n", line);
	for (size_t i = 0; i < seen->n_drops; i++) {
		const struct ts_drop *drop = &seen->drops[i];

		if (!seen_endpoint(play, drop->lport, drop->rport))
			continue;
		check_describe_drop(play, drop, text, sizeof(text));
		(void)fprintf(why, "#   + %s\n", text);
		found |= !strcmp(text, line);
	}
	return found;
}

bool trouble_is_expected(const struct stage *stage, const struct ts_drop *drop, FILE *why)
{
	const struct play *play = seen_play(stage, drop->lport, drop->rport);
	char text[TROUBLE_TEXT] = "of no test's socket", line[TROUBLE_TEXT],
	     name[TROUBLE_TEXT] = "";

	if (drop->why == TS_DROP_SYNACK_RETRANS)
		return true;
	if (play && !seen_endpoint(play, drop->lport, drop->rport))
		return true; /* of another try */
	if (play) {
		check_describe_drop(play, drop, text, sizeof(text));
		play_name(play, name, sizeof(name));
	}
	for (size_t i = 0; play && trouble_line(play->scenario, i, line); i++)
		if (!strcmp(text, line))
			return true;
	(void)fprintf(why, "# %s: %s\n", name, text);
	return false;
}
