// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Rules: defaults, parser, text. */
#include "stuck/rule.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "lib/number.h"
#include "tcp/state.h"

#define SECONDS(n) ((n)*UINT64_C(1000000000))

static const struct {
	uint8_t state;
	const char *name;
} conditions[STUCK_RULES] = {
	[STUCK_UNREAD] = { TS_ESTABLISHED, "unread" },
	[STUCK_UNSENT] = { TS_ESTABLISHED, "unsent" },
	[STUCK_FULL] = { TS_LISTEN, "full" },
	[STUCK_IDLE] = { TS_ESTABLISHED, "idle" },
};

/* A unit that is the end of another one comes after it. */
static const struct {
	const char *name;
	uint64_t ns;
} units[] = {
	{ "ms", 1000000 },	{ "s", SECONDS(1) },	 { "m", SECONDS(60) },
	{ "h", SECONDS(3600) }, { "d", SECONDS(86400) }, { "", SECONDS(1) },
};

static const double seconds_max = 1e9;

void stuck_rules_default(struct stuck_rules *rules)
{
	for (int i = 0; i < STUCK_RULES; i++)
		rules->ns[i] = STUCK_OFF;
	rules->ns[TS_CLOSE_WAIT] = SECONDS(60);
	rules->ns[TS_SYN_SENT] = SECONDS(5);
	rules->ns[TS_SYN_RECV] = SECONDS(5);
	rules->ns[TS_FIN_WAIT_1] = SECONDS(30);
	rules->ns[TS_FIN_WAIT_2] = STUCK_FIN_TIMEOUT;
	rules->ns[TS_LAST_ACK] = SECONDS(30);
	rules->ns[TS_CLOSING] = SECONDS(30);
	rules->ns[STUCK_UNREAD] = SECONDS(60);
	rules->ns[STUCK_UNSENT] = SECONDS(60);
	rules->ns[STUCK_FULL] = SECONDS(5);
}

unsigned stuck_rule_state(enum stuck_rule rule)
{
	return conditions[rule].name ? conditions[rule].state : rule;
}

/* STATE or STATE:CONDITION. Returns the rule or -EINVAL. */
static int parse_subject(const char *text)
{
	char state_text[32];
	size_t length = strcspn(text, ":");
	int state;

	if (length >= sizeof(state_text))
		return -EINVAL;
	(void)snprintf(state_text, sizeof(state_text), "%.*s", (int)length, text);
	state = state_parse(state_text);
	if (state < 0)
		return -EINVAL;
	for (int i = 0; i < STUCK_RULES && text[length]; i++)
		if (conditions[i].name && conditions[i].state == state &&
		    name_same(text + length + 1, conditions[i].name))
			return i;
	/* LISTEN is permanent */
	return text[length] || state == TS_LISTEN ? -EINVAL : state;
}

static bool parse_time(const char *text, uint64_t *ns)
{
	char number[32];
	size_t length = strspn(text, "0123456789.");
	double seconds;

	if (!strcmp(text, "off")) {
		*ns = STUCK_OFF;
		return true;
	}
	if (length >= sizeof(number))
		return false;
	(void)snprintf(number, sizeof(number), "%.*s", (int)length, text);
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (strcmp(text + length, units[i].name))
			continue;
		if (number_parse_seconds(number, 0, seconds_max * 1e9 / (double)units[i].ns,
					 &seconds))
			return false;
		*ns = (uint64_t)(seconds * (double)units[i].ns + 0.5);
		return true;
	}
	return false;
}

int stuck_rule_parse(struct stuck_rules *rules, const char *text, struct error *error)
{
	char subject[64];
	size_t length = strcspn(text, ">");
	uint64_t ns;
	int rule;

	if (!text[length])
		return error_set(error, EINVAL,
				 "\"%.64s\" has no time: use STATE>TIME, such as "
				 "'CLOSE_WAIT>10s', in quotes",
				 text);
	(void)snprintf(subject, sizeof(subject), "%.*s", (int)length, text);
	rule = parse_subject(subject);
	if (rule < 0)
		return error_set(error, EINVAL,
				 "\"%.64s\" cannot have a rule: use a state "
				 "other than LISTEN, ESTABLISHED:unread, ESTABLISHED:unsent, "
				 "ESTABLISHED:idle or LISTEN:full",
				 subject);
	if (!parse_time(strchr(text, '>') + 1, &ns))
		return error_set(error, EINVAL,
				 "\"%.64s\" is not a time: use 300ms, 10s, 5m, 1h or "
				 "off",
				 strchr(text, '>') + 1);
	rules->ns[rule] = ns;
	return 0;
}

/* In the largest unit without a fraction; in seconds below two minutes. */
static int print_time(uint64_t ns, char *text, size_t room)
{
	uint64_t ms = ns / 1000000;

	if (ms % 1000)
		return snprintf(text, room, "%" PRIu64 "ms", ms);
	if (ms % 60000 || ms < 120000)
		return snprintf(text, room, "%" PRIu64 "s", ms / 1000);
	if (ms % 3600000)
		return snprintf(text, room, "%" PRIu64 "m", ms / 60000);
	return snprintf(text, room, "%" PRIu64 "h", ms / 3600000);
}

void stuck_rule_print(enum stuck_rule rule, uint64_t ns, char text[STUCK_RULE_TEXT])
{
	const char *what = conditions[rule].name;
	int n = snprintf(text, STUCK_RULE_TEXT, "%s%s%s>", state_name(stuck_rule_state(rule)),
			 what ? ":" : "", what ? what : "");

	(void)print_time(ns, text + n, STUCK_RULE_TEXT - (size_t)n);
}
