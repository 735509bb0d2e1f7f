// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The rules of stuck. An input is lines, each a rule. A refused one leaves the rules as they were
 * and says why; one that is taken changes one rule, and what is printed of it is taken as the same.
 */
#include <string.h>

#include "fuzz.h"
#include "stuck/rule.h"

static const uint64_t MOST_NS = UINT64_C(1000000000) * 1000000000;
/* What is printed has milliseconds, and is read as a double, which at MOST_NS has steps of 128. */
enum { GRAIN_NS = 1000000, STEP_NS = 128 };

/* The rule in which they differ; -1: in none. */
static int find_change(const struct stuck_rules *a, const struct stuck_rules *b)
{
	int found = -1;

	for (int i = 0; i < STUCK_RULES; i++) {
		if (a->ns[i] == b->ns[i])
			continue;
		MUST(found < 0);
		found = i;
	}
	return found;
}

static void check_print(int rule, uint64_t ns)
{
	struct stuck_rules rules;
	struct error error = { "" };
	char text[STUCK_RULE_TEXT];

	stuck_rule_print((enum stuck_rule)rule, ns, text);
	MUST(memchr(text, '\0', sizeof(text)));
	memset(&rules, 0xff, sizeof(rules));
	MUST(!stuck_rule_parse(&rules, text, &error) && !*error.text);
	MUST(rules.ns[rule] <= ns + STEP_NS && ns < rules.ns[rule] + GRAIN_NS + STEP_NS);
}

static void parse(struct stuck_rules *rules, const char *text)
{
	struct stuck_rules before = *rules;
	struct error error = { "" };
	int rule;

	if (stuck_rule_parse(rules, text, &error)) {
		MUST(find_change(rules, &before) < 0 && *error.text);
		return;
	}
	MUST(!*error.text);
	rule = find_change(rules, &before);
	if (rule < 0) /* it was so before */
		return;
	MUST(rule != TS_LISTEN && rule != TS_STATE_NONE && rule != TS_NEW_SYN_RECV);
	MUST(rules->ns[rule] == STUCK_OFF || rules->ns[rule] <= MOST_NS);
	if (rules->ns[rule] != STUCK_OFF)
		check_print(rule, rules->ns[rule]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct stuck_rules rules;
	char *text = malloc(size + 1);

	MUST(text);
	memcpy(text, data, size);
	text[size] = '\0';
	stuck_rules_default(&rules);
	for (char *line, *rest = text; (line = strsep(&rest, "\n"));)
		parse(&rules, line);
	free(text);
	return 0;
}
