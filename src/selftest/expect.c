// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Parses expectations. */
#include "selftest/expect.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tcp/state.h"

enum { WORDS = 12, LINE = 160 };

bool ends_full_socket(uint8_t old_state, uint8_t new_state)
{
	switch (old_state) {
	case TS_SYN_SENT:
	case TS_ESTABLISHED:
	case TS_FIN_WAIT_1:
	case TS_FIN_WAIT_2:
	case TS_CLOSE_WAIT:
	case TS_LAST_ACK:
	case TS_CLOSING:
		return new_state == TS_CLOSED || new_state == TS_TIME_WAIT;
	default:
		return false;
	}
}

/* A|B: the alternative for the tier. */
static const char *pick(char *word, enum hook_tier tier)
{
	char *bar = strchr(word, '|');

	if (!bar)
		return word;
	*bar = '\0';
	return tier == HOOK_TIER_TRACEPOINT ? bar + 1 : word;
}

static int parse_states(char *word, struct step *step)
{
	char *arrow = strchr(word, '>');
	int old_state, new_state;

	if (!arrow)
		return -EINVAL;
	*arrow = '\0';
	old_state = state_parse(word);
	new_state = state_parse(arrow + 1);
	if (old_state < 0 || new_state < 0)
		return -EINVAL;
	step->old_state = (uint8_t)old_state;
	step->new_state = (uint8_t)new_state;
	return 0;
}

static int parse_socket(const char *word, struct step *step)
{
	const struct endpoint *end = endpoint_find(*word);
	size_t marks = strspn(word + 1, "'");

	if (!end || word[1 + marks])
		return -EINVAL;
	step->socket = *word;
	step->nth = (uint8_t)marks;
	return 0;
}

/* Applies a word that is not part of the text; false: it is part of the text. */
static bool take_fact(const char *word, struct step *step, unsigned *bytes)
{
	if (!strncmp(word, "min=", 4))
		step->min_ms = (uint32_t)atoi(word + 4);
	else if (!strcmp(word, "retransmitted"))
		step->facts |= STEP_RETRANSMITTED;
	else if (!strcmp(word, "port"))
		step->facts |= STEP_PORT;
	else if (!strcmp(word, "no-duration"))
		step->facts |= STEP_NO_DURATION;
	else if (!strncmp(word, "in=", 3))
		bytes[0] = (unsigned)atoi(word + 3);
	else if (!strcmp(word, "retrans=?"))
		step->any_retrans = true;
	else if (!strcmp(word, "out=?"))
		step->any_out = true;
	else if (!strncmp(word, "out=", 4))
		bytes[1] = (unsigned)atoi(word + 4);
	else
		return false;
	return true;
}

/* A bit for each digit of the marks. */
static uint8_t parse_orders(const char *marks, size_t n)
{
	uint8_t orders = 0;

	for (size_t i = 0; i < n; i++)
		if (marks[i] >= '1' && marks[i] <= '0' + ORDERS_MAX)
			orders |= (uint8_t)(1 << (marks[i] - '0'));
	return orders;
}

static int parse_words(char **words, int n, enum hook_tier tier, struct step *step)
{
	char *pair = words[1] + strspn(words[1], "~+-?*12345");
	size_t marks = (size_t)(pair - words[1]);
	bool shallow = tier == HOOK_TIER_TRACEPOINT;
	bool maybe = memchr(words[1], '?', marks), always_maybe = memchr(words[1], '*', marks);
	bool inferred = shallow && (maybe || always_maybe || memchr(words[1], '~', marks));
	unsigned bytes[2] = { 0, 0 };
	size_t at;

	memset(step, 0, sizeof(*step));
	step->orders = parse_orders(words[1], marks);
	/* a step that may not come has no test of its own */
	step->needs_hooks = !step->orders && (maybe || memchr(words[1], '+', marks));
	step->optional = (maybe && shallow) || always_maybe;
	step->not_shown_here = always_maybe ||
			       (shallow ? step->needs_hooks : memchr(words[1], '-', marks) != NULL);
	if (parse_socket(words[0], step) || parse_states(pair, step))
		return -EINVAL;
	at = (size_t)snprintf(step->text, sizeof(step->text), "%s%s>%s", inferred ? "~" : "",
			      state_name(step->old_state), state_name(step->new_state));
	for (int i = 2; i < n && at < sizeof(step->text); i++) {
		const char *word = pick(words[i], tier);

		if (*word && !take_fact(word, step, bytes))
			at += (size_t)snprintf(step->text + at, sizeof(step->text) - at, " %s",
					       word);
	}
	if (ends_full_socket(step->old_state, step->new_state) && at < sizeof(step->text))
		at += (size_t)snprintf(step->text + at, sizeof(step->text) - at, " in=%u out=%u",
				       bytes[0], bytes[1]);
	return at < sizeof(step->text) ? 0 : -EINVAL;
}

static int parse_line(const char *line, size_t length, enum hook_tier tier, struct step *step)
{
	char copy[LINE], *words[WORDS], *state;
	int n = 0;

	if (length >= sizeof(copy))
		return -EINVAL;
	memcpy(copy, line, length);
	copy[length] = '\0';
	for (char *word = strtok_r(copy, " ", &state); word && n < WORDS;
	     word = strtok_r(NULL, " ", &state))
		words[n++] = word;
	return n < 4 ? -EINVAL : parse_words(words, n, tier, step);
}

int expect_parse(const char *text, enum hook_tier tier, struct step *steps, size_t max,
		 char *bad_line, size_t bad_size)
{
	size_t n = 0;

	while (*text) {
		size_t length = strcspn(text, "\n");

		if (n == max || parse_line(text, length, tier, &steps[n])) {
			(void)snprintf(bad_line, bad_size, "%.*s", (int)length, text);
			return -EINVAL;
		}
		n++;
		text += length + (text[length] == '\n');
	}
	return (int)n;
}
