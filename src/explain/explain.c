// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Parses operands into topics, and finds the text of a topic. */
#define _GNU_SOURCE
#include "explain/explain.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/suggest.h"
#include "tcp/handshake_drop.h"
#include "tcp/state.h"
#include "tcp/transitions.h"

enum { WORD_MAX = 64 };

static const struct {
	unsigned err;
	unsigned reasons[TOPICS_MAX]; /* ends with TS_REASON_NONE, or at the end */
} errnos[] = {
	/* as bpf/reason.bpf.h derives reasons from the socket's error */
	{ ECONNRESET, { TS_REASON_RESET_BY_PEER, TS_REASON_ABORTED_LATE_DATA } },
	{ EPIPE, { TS_REASON_RESET_BY_PEER } },
	{ ECONNREFUSED, { TS_REASON_REFUSED } },
	{ EADDRNOTAVAIL, { TS_REASON_NO_LOCAL_PORT } },
	{ ETIMEDOUT,
	  { TS_REASON_TIMED_OUT, TS_REASON_KEEPALIVE_TIMEOUT, TS_REASON_PROBE_TIMEOUT,
	    TS_REASON_USER_TIMEOUT } },
	{ ECONNABORTED, { TS_REASON_DESTROYED } },
	{ EHOSTUNREACH, { TS_REASON_UNREACHABLE } },
	{ ENETUNREACH, { TS_REASON_UNREACHABLE } },
	{ EHOSTDOWN, { TS_REASON_UNREACHABLE } },
	{ ENETDOWN, { TS_REASON_UNREACHABLE } },
	{ ENONET, { TS_REASON_UNREACHABLE } },
	{ EACCES, { TS_REASON_UNREACHABLE } },
	{ EPROTO, { TS_REASON_UNREACHABLE } },
	{ ENOPROTOOPT, { TS_REASON_UNREACHABLE } },
	{ EOPNOTSUPP, { TS_REASON_UNREACHABLE } },
};

enum { ERRNOS = sizeof(errnos) / sizeof(errnos[0]) };

/* In one case and with one separator: suggestions are for other mistakes. */
static void plain(const char *text, char *to, size_t size)
{
	size_t n = 0;

	for (; text[n] && n < size - 1; n++) {
		char c = text[n];

		to[n] = c == '-' ? '_' : c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
	}
	to[n] = '\0';
}

static bool is_near(const char *given, const char *name)
{
	char one[WORD_MAX], other[WORD_MAX];

	plain(given, one, sizeof(one));
	plain(name, other, sizeof(other));
	return suggest_near(one, strlen(one), other);
}

static const char *near_state(const char *word)
{
	for (unsigned i = TS_ESTABLISHED; i < TS_NEW_SYN_RECV; i++)
		if (is_near(word, state_name(i)))
			return state_name(i);
	return NULL;
}

static const char *near_name(const char *word)
{
	for (unsigned i = 1; i < TS_REASONS; i++)
		if (is_near(word, reason_name(i)))
			return reason_name(i);
	for (unsigned i = 0; i < TS_DROP_WHYS; i++)
		if (is_near(word, handshake_drop_why(i)))
			return handshake_drop_why(i);
	for (unsigned i = 0; i < ERRNOS; i++)
		if (is_near(word, errno_name(errnos[i].err)))
			return errno_name(errnos[i].err);
	return near_state(word);
}

static int unknown_word(const char *word, struct error *error)
{
	const char *near = near_name(word);

	if (near)
		return error_set(error, EINVAL,
				 "explain: no state, reason or errno is called \"%.64s\": did you "
				 "mean %s?",
				 word, near);
	return error_set(
		error, EINVAL,
		"explain: no state, reason or errno is called \"%.64s\": name a state "
		"(CLOSE_WAIT), two of them (ESTABLISHED CLOSE_WAIT), a reason (refused) or "
		"an errno (ECONNRESET)",
		word);
}

static int parse_state(const char *word, unsigned *state, struct error *error)
{
	int number = state_parse(word);
	const char *near = number < 0 ? near_state(word) : NULL;

	if (near)
		return error_set(error, EINVAL,
				 "explain: no state is called \"%.64s\": did you mean %s?", word,
				 near);
	if (number < 0)
		return error_set(error, EINVAL,
				 "explain: no state is called \"%.64s\": two words are the old and "
				 "the new state, as in \"ESTABLISHED CLOSE_WAIT\"",
				 word);
	*state = (unsigned)number;
	return 0;
}

static int parse_change(const char *old, const char *new, struct topic *topic, struct error *error)
{
	int err;

	*topic = (struct topic){ .kind = EXPLAIN_CHANGE };
	err = parse_state(old, &topic->old, error);
	if (!err)
		err = parse_state(new, &topic->new, error);
	return err ? err : 1;
}

/* Splits "OLD>NEW" in place. Returns NEW, or NULL without an arrow. */
static char *split_arrow(char *word)
{
	static const char *const arrows[] = { "->", "→", ">" };

	for (size_t i = 0; i < sizeof(arrows) / sizeof(arrows[0]); i++) {
		char *arrow = strstr(word, arrows[i]);

		if (!arrow)
			continue;
		*arrow = '\0';
		return arrow + strlen(arrows[i]);
	}
	return NULL;
}

static int parse_errno(const char *word, struct topic *topics)
{
	int n = 0;

	for (unsigned i = 0; i < ERRNOS; i++) {
		if (!name_same(word, errno_name(errnos[i].err)))
			continue;
		for (; n < TOPICS_MAX && errnos[i].reasons[n]; n++)
			topics[n] = (struct topic){ .kind = EXPLAIN_REASON,
						    .number = errnos[i].reasons[n],
						    .err = errnos[i].err };
	}
	return n;
}

/* Returns the number of topics of the word; 0: unknown word. */
static int parse_word(const char *word, struct topic *topics)
{
	int state = state_parse(word);

	if (state >= 0) {
		*topics = (struct topic){ .kind = EXPLAIN_STATE, .old = (unsigned)state };
		return 1;
	}
	for (unsigned i = 1; i < TS_REASONS; i++)
		if (name_same(word, reason_name(i))) {
			*topics = (struct topic){ .kind = EXPLAIN_REASON, .number = i };
			return 1;
		}
	for (unsigned i = 0; i < TS_DROP_WHYS; i++)
		if (name_same(word, handshake_drop_why(i))) {
			*topics = (struct topic){ .kind = EXPLAIN_DROP, .number = i };
			return 1;
		}
	return parse_errno(word, topics);
}

int topic_parse(int argc, char *const *argv, struct topic *topics, struct error *error)
{
	char word[2 * WORD_MAX];
	const char *new;
	int n;

	if (argc == 0) {
		*topics = (struct topic){ .kind = EXPLAIN_DIAGRAM };
		return 1;
	}
	if (argc > 2)
		return error_set(error, EINVAL,
				 "explain: \"%.64s\" is one word too many: name one state, reason "
				 "or errno, or two states",
				 argv[2]);
	if (argc == 2)
		return parse_change(argv[0], argv[1], topics, error);
	n = parse_word(argv[0], topics);
	if (n)
		return n;
	(void)snprintf(word, sizeof(word), "%s", argv[0]);
	new = split_arrow(word);
	return new ? parse_change(word, new, topics, error) : unknown_word(argv[0], error);
}

void topic_name(const struct topic *topic, const char *between, char *to, size_t size)
{
	bool change = topic->kind == EXPLAIN_CHANGE;
	const char *name = "TCP";

	if (change || topic->kind == EXPLAIN_STATE)
		name = state_name(topic->old);
	else if (topic->kind == EXPLAIN_REASON)
		name = reason_name(topic->number);
	else if (topic->kind == EXPLAIN_DROP)
		name = handshake_drop_why(topic->number);
	(void)snprintf(to, size, "%s%s%s", name, change ? between : "",
		       change ? state_name(topic->new) : "");
}

bool explain_legal(const struct topic *topic)
{
	return topic->kind == EXPLAIN_CHANGE && transition_is_legal(topic->old, topic->new);
}

static const struct explain_text *find_change(const struct explain_change *list, size_t count,
					      const struct topic *topic)
{
	for (size_t i = 0; i < count; i++)
		if (list[i].old == topic->old && list[i].new == topic->new)
			return &list[i].text;
	return NULL;
}

static struct explain_text change_text(const struct explain_book *book, const struct topic *topic)
{
	bool legal = explain_legal(topic);
	const struct explain_text *found = find_change(
		legal ? book->changes : book->others,
		legal ? book->change_count : book->other_count, topic);
	struct explain_text text = found ? *found : (struct explain_text){ 0 };

	if (legal)
		text.next = book->states[topic->new].next;
	return text;
}

struct explain_text explain_text(const struct explain_book *book, const struct topic *topic)
{
	switch (topic->kind) {
	case EXPLAIN_STATE:
		return book->states[topic->old];
	case EXPLAIN_CHANGE:
		return change_text(book, topic);
	case EXPLAIN_REASON:
		return book->reasons[topic->number];
	case EXPLAIN_DROP:
		return book->drops[topic->number];
	default:
		return (struct explain_text){ 0 };
	}
}
