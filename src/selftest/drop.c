// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Compares expected and observed handshake drops. */
#include "selftest/drop.h"

#include <string.h>

#include "selftest/check.h"

bool drop_line(const struct scenario *scenario, size_t n, char to[DROP_TEXT])
{
	const char *line = scenario->drops ? scenario->drops : "";

	for (; n && *line; n--)
		line += strcspn(line, "\n") + 1;
	(void)snprintf(to, DROP_TEXT, "%.*s", (int)strcspn(line, "\n"), line);
	return *to;
}

static bool begins_with(const char *line, const char *word)
{
	return !strncmp(line, word, strlen(word));
}

const char *drop_program(const char *line)
{
	if (begins_with(line, "synack-retransmitted "))
		return "synack_retrans";
	return begins_with(line, "accept-queue-full ack ") ? "ack_exit" : "syn_exit";
}

bool drop_check(const struct test_case *test, const char *line, const struct observed *observed,
		FILE *why)
{
	char text[DROP_TEXT];
	bool found = false;

	(void)fprintf(why, "# handshake drop (- expected, + observed):\n#   - %s\n", line);
	for (size_t i = 0; i < observed->n_drops; i++) {
		const struct ts_drop *drop = &observed->drops[i];

		if (!observed_endpoint(test, drop->lport, drop->rport))
			continue;
		check_describe_drop(test, drop, text, sizeof(text));
		(void)fprintf(why, "#   + %s\n", text);
		found |= !strcmp(text, line);
	}
	return found;
}

bool drop_is_expected(const struct case_list *cases, const struct ts_drop *drop, FILE *why)
{
	const struct test_case *test = observed_case(cases, drop->lport, drop->rport);
	char text[DROP_TEXT] = "not a socket of a test case", line[DROP_TEXT], name[DROP_TEXT] = "";

	if (drop->why == TS_DROP_SYNACK_RETRANS)
		return true;
	if (test) {
		check_describe_drop(test, drop, text, sizeof(text));
		case_name(test, name, sizeof(name));
	}
	for (size_t i = 0; test && drop_line(test->scenario, i, line); i++)
		if (!strcmp(text, line))
			return true;
	(void)fprintf(why, "# %s: %s\n", name, text);
	return false;
}
