// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "cli/foreign.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "tcp/state.h"

static const char columns[] = "\"-o help\" lists the columns";
static const char protocols[] = "tcpstate shows TCP and UDP";

/* By ss(8) and netstat(8). */
static const struct {
	char letter; /* 0: tcpstate has another option of that letter */
	const char *name, *hint;
} options[] = {
	{ 0, "sport", "use -L (--lport)" },
	{ 0, "dport", "use -R (--rport)" },
	{ 0, "src", "use --laddr" },
	{ 0, "dst", "use --raddr" },
	{ 0, "listening", "use -l (--listeners)" },
	{ 0, "processes", "processes are shown without an option" },
	{ 0, "program", "processes are shown without an option" },
	{ 0, "programs", "processes are shown without an option" },
	{ 0, "options", "use -o +timer" },
	{ 0, "timers", "use -o +timer" },
	{ 'e', "extended", columns },
	{ 0, "extend", columns },
	{ 'i', "info", columns },
	{ 'm', "memory", columns },
	{ 'O', "oneline", "text has one line per socket" },
	{ 'W', "wide", "text is never cut" },
	{ 'H', "no-header", "use --json in scripts" },
	{ 'K', "kill", "use \"tcpstate stuck --close=reset\"" },
	{ 'N', "net", "use --netns" },
	{ 'E', "events", "use \"tcpstate trace\"" },
	{ 'b', "bpf", columns },
	{ 'f', "family", "use -4 or -6" },
	{ 'A', "query", "use -t or -U" },
	{ 0, "socket", "use -t or -U" },
	{ 0, "summary", "use \"tcpstate count 1 1\"" },
	{ 0, "statistics", "use \"tcpstate stats\"" },
	{ 0, "continuous", "use --watch" },
	{ 'x', "unix", protocols },
	{ '0', "packet", protocols },
	{ 'd', "dccp", protocols },
	{ 'S', "sctp", protocols },
	{ 0, "raw", protocols },
	{ 'M', "mptcp", "list shows MPTCP connections as TCP" },
	{ 'F', "filter", "give the filter as options" },
};

enum { OPTIONS = sizeof(options) / sizeof(*options) };

const char *foreign_option(const char *name, size_t length)
{
	for (int i = 0; i < OPTIONS; i++)
		if (strlen(options[i].name) == length && !memcmp(options[i].name, name, length))
			return options[i].hint;
	return NULL;
}

const char *foreign_letter(char letter)
{
	for (int i = 0; i < OPTIONS; i++)
		if (options[i].letter && options[i].letter == letter)
			return options[i].hint;
	return NULL;
}

/* The words of a filter, parted by blanks, and the options that were made of them. */
struct translation {
	char words[FOREIGN_TEXT];
	char *rest;
	char *text;
	size_t used;
};

static void add(struct translation *t, const char *option, const char *value, size_t length)
{
	int n;

	if (t->used >= FOREIGN_TEXT)
		return;
	n = snprintf(t->text + t->used, FOREIGN_TEXT - t->used, "%s%s %.*s", t->used ? " " : "",
		     option, (int)length, value);
	t->used += n > 0 ? (size_t)n : 0;
}

/* The next word that is not an operator. NULL: there is none. */
static const char *next_value(struct translation *t)
{
	static const char *const operators[] = { "=", "==", "eq", "(", "is" };
	const char *word;

	while ((word = strsep(&t->rest, " "))) {
		bool skip = !*word;

		for (size_t i = 0; i < sizeof(operators) / sizeof(*operators); i++)
			skip |= !strcmp(word, operators[i]);
		if (!skip)
			break;
	}
	/* only characters that need no quotes in a shell */
	if (!word || strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				  ".:/_-[]%") != strlen(word))
		return NULL;
	return word;
}

/* ADDRESS, ADDRESS:PORT or :PORT. */
static void add_endpoint(struct translation *t, const char *value, const char *address,
			 const char *port)
{
	const char *colon = strrchr(value, ':');
	bool is_ipv6 = colon && strchr(value, ':') != colon && *value != '[';
	size_t length = !colon || is_ipv6 || colon[1] == '\0' || strchr(colon, ']') ?
				strlen(value) :
				(size_t)(colon - value);

	if (length && strcmp(value, "*"))
		add(t, address, value, length);
	if (value[length] == ':')
		add(t, port, value + length + 1, strlen(value) - length - 1);
}

static void add_keyword(struct translation *t, const char *word)
{
	bool local = !strcmp(word, "sport") || !strcmp(word, "src");
	const char *value;

	if (!strcmp(word, "exclude") || !strcmp(word, "excl")) {
		value = next_value(t);
		add(t, "-s", value ? "'!" : "'!STATE'", value ? 2 : 8);
		if (value && t->used < FOREIGN_TEXT)
			t->used += (size_t)snprintf(t->text + t->used, FOREIGN_TEXT - t->used,
						    "%s'", value);
	} else if (!strcmp(word, "state")) {
		value = next_value(t);
		add(t, "-s", value ? value : "STATE", strlen(value ? value : "STATE"));
	} else if (!strcmp(word, "sport") || !strcmp(word, "dport")) {
		value = next_value(t);
		value = value ? value + (*value == ':') : "PORT";
		add(t, local ? "-L" : "-R", value, strlen(value));
	} else if (local || !strcmp(word, "dst")) {
		value = next_value(t);
		add_endpoint(t, value ? value : "ADDRESS", local ? "--laddr" : "--raddr",
			     local ? "-L" : "-R");
	}
}

const char *foreign_filter(char *const *words, int n, char *text)
{
	struct translation t = { .rest = t.words, .text = text };
	size_t used = 0;
	char *word;

	for (int i = 0; i < n && used < sizeof(t.words); i++)
		used += (size_t)snprintf(t.words + used, sizeof(t.words) - used, "%s ", words[i]);
	while ((word = strsep(&t.rest, " ")))
		add_keyword(&t, word);
	if (!t.used && n && state_parse(words[0]) >= 0)
		add(&t, "-s", words[0], strlen(words[0]));
	return t.used ? text : NULL;
}
