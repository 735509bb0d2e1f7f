// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* explain: operands, tables in both languages, diagram, output. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "explain/output.h"
#include "tcp/transitions.h"
#include "tcp/state.h"
#include "lib/utf8.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

static const struct explain_book *const books[] = { &explain_en, &explain_zh };

/* Parses words separated by blanks. */
static int parse(const char *words, struct topic *topics, struct error *error)
{
	static char text[256];
	char *argv[8];
	int argc = 0;

	(void)snprintf(text, sizeof(text), "%s", words);
	for (char *rest = text; rest && *rest;)
		argv[argc++] = strsep(&rest, " ");
	*error = (struct error){ "" };
	return topic_parse(argc, argv, topics, error);
}

static struct topic one(const char *words)
{
	struct topic topics[TOPICS_MAX];
	struct error error;

	if (parse(words, topics, &error) != 1)
		fail_msg("%s: %s", words, error.text);
	return topics[0];
}

static void test_states_by_name(void **state)
{
	static const struct {
		const char *word;
		unsigned state;
	} words[] = {
		{ "close-wait", TS_CLOSE_WAIT },   { "CLOSE_WAIT", TS_CLOSE_WAIT },
		{ "SYNC_RECEIVED", TS_SYN_RECV },  { "SYNC_SEND", TS_SYN_SENT },
		{ "LISTENING", TS_LISTEN },	   { "fin-wait1", TS_FIN_WAIT_1 },
		{ "TCP_TIME_WAIT", TS_TIME_WAIT }, { "new_syn_recv", TS_SYN_RECV },
	};

	(void)state;
	assert_int_equal(one("").kind, EXPLAIN_DIAGRAM);
	for (size_t i = 0; i < COUNT(words); i++) {
		assert_int_equal(one(words[i].word).kind, EXPLAIN_STATE);
		assert_int_equal(one(words[i].word).old, words[i].state);
	}
}

static void test_changes_by_name(void **state)
{
	static const char *const words[] = { "established close-wait", "ESTABLISHED>CLOSE_WAIT",
					     "ESTAB->closewait", "ESTABLISHED→CLOSE_WAIT" };

	(void)state;
	for (size_t i = 0; i < COUNT(words); i++) {
		const struct topic topic = one(words[i]);

		assert_int_equal(topic.kind, EXPLAIN_CHANGE);
		assert_int_equal(topic.old, TS_ESTABLISHED);
		assert_int_equal(topic.new, TS_CLOSE_WAIT);
		assert_true(explain_legal(&topic));
	}
	assert_false(explain_legal(&(const struct topic){ .kind = EXPLAIN_CHANGE,
							  .old = TS_FIN_WAIT_1,
							  .new = TS_TIME_WAIT }));
}

static void test_reasons_by_name(void **state)
{
	static const char *const unreachable[] = { "EHOSTUNREACH", "ENETUNREACH", "EHOSTDOWN",
						   "ENETDOWN",	   "ENONET",	  "EACCES",
						   "EPROTO",	   "ENOPROTOOPT", "EOPNOTSUPP" };
	struct topic topics[TOPICS_MAX];
	struct error error;
	char name[64];

	(void)state;
	for (unsigned i = 1; i < TS_REASONS; i++) {
		const struct topic topic = one(reason_name(i));

		assert_int_equal(topic.kind, EXPLAIN_REASON);
		assert_int_equal(topic.number, i);
		topic_name(&topic, ">", name, sizeof(name));
		assert_string_equal(name, reason_name(i));
	}
	assert_int_equal(one("RESET_BY_PEER").number, TS_REASON_RESET_BY_PEER);
	assert_int_equal(one("accept-queue-full").number, TS_DROP_ACCEPT_QUEUE);
	assert_int_equal(one("cookie").kind, EXPLAIN_DROP);
	assert_int_equal(one("syn-queue-full").number, TS_DROP_SYN_QUEUE);
	assert_int_equal(one("synack_retransmitted").number, TS_DROP_SYNACK_RETRANS);
	assert_int_equal(one("ECONNREFUSED").number, TS_REASON_REFUSED);
	assert_int_equal(one("ehostunreach").number, TS_REASON_UNREACHABLE);
	for (size_t i = 0; i < COUNT(unreachable); i++)
		assert_int_equal(one(unreachable[i]).number, TS_REASON_UNREACHABLE);
	assert_int_equal(parse("ETIMEDOUT", topics, &error), 4);
	assert_int_equal(topics[3].number, TS_REASON_USER_TIMEOUT);
	assert_int_equal(topics[3].err, ETIMEDOUT);
	assert_int_equal(parse("ECONNRESET", topics, &error), 2);
	assert_int_equal(topics[0].number, TS_REASON_RESET_BY_PEER);
}

/* The error names the word and a remedy. */
static void test_unknown_words(void **state)
{
	static const struct {
		const char *words, *wanted;
	} lines[] = {
		{ "foo", "\"foo\": name a state" },
		{ "close-wai", "did you mean CLOSE_WAIT?" },
		{ "estblished", "did you mean ESTABLISHED?" }, /* the first and the last */
		{ "clossing", "did you mean CLOSING?" },
		{ "econreset", "did you mean ECONNRESET?" },
		{ "refusd", "did you mean refused?" },
		{ "acept-queue-full", "did you mean accept-queue-full?" },
		{ "established closewat", "\"closewat\": did you mean CLOSE_WAIT?" },
		{ "refused normal", "no state is called \"refused\": two words are" },
		{ "LISTEN>", "no state is called \"\"" },
		{ ">", "no state is called \"\"" },
		{ "LISTEN>SYN_RECV>CLOSED", "no state is called \"SYN_RECV>CLOSED\"" },
		{ "a b c", "\"c\" is one word too many" },
		{ "ENOENT", "no state, reason or errno" },
	};
	struct topic topics[TOPICS_MAX];
	struct error error;

	(void)state;
	for (size_t i = 0; i < COUNT(lines); i++) {
		assert_int_equal(parse(lines[i].words, topics, &error), -EINVAL);
		if (!strstr(error.text, lines[i].wanted))
			fail_msg("%s: %s", lines[i].words, error.text);
	}
}

static void has_text(const struct explain_book *book, const char *what, const char *name,
		     const char *text)
{
	if (!text || !*text)
		fail_msg("%s: %s has no %s", book->lang, name, what);
	if (strlen(text) >= 2048) /* no output has more room */
		fail_msg("%s: %s: its %s is too long", book->lang, name, what);
	for (const char *at = text; book == &explain_en && *at; at++)
		if ((unsigned char)*at >= 0x80)
			fail_msg("en: %s: its %s is not ASCII: %s", name, what, text);
	for (const char *at = strstr(text, "  "); at;)
		fail_msg("%s: %s: two blanks in its %s", book->lang, name, what);
}

static void has_texts(const struct explain_book *book, const struct topic *topic)
{
	const struct explain_text text = explain_text(book, topic);
	char name[64];

	topic_name(topic, ">", name, sizeof(name));
	has_text(book, "meaning", name, text.meaning);
	has_text(book, "next", name, text.next);
	has_text(book, "normal", name, text.normal);
	if (topic->kind == EXPLAIN_CHANGE) {
		has_text(book, "event", name, text.event);
		has_text(book, "action", name, text.action);
	} else {
		has_text(book, "why", name, text.why);
	}
}

static void test_every_topic_has_texts(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(books); i++) {
		for (unsigned k = TS_ESTABLISHED; k < TS_NEW_SYN_RECV; k++)
			has_texts(books[i], &(struct topic){ .kind = EXPLAIN_STATE, .old = k });
		for (unsigned k = 1; k < TS_REASONS; k++)
			has_texts(books[i], &(struct topic){ .kind = EXPLAIN_REASON, .number = k });
		for (unsigned k = 0; k < TS_DROP_WHYS; k++)
			has_texts(books[i], &(struct topic){ .kind = EXPLAIN_DROP, .number = k });
		for (unsigned k = 0; k < SHOWS; k++)
			has_text(books[i], "text", "a command", books[i]->shows[k]);
		for (unsigned k = 0; k < SYSCTLS; k++)
			has_text(books[i], "text", sysctl_name(k), books[i]->sysctls[k].says);
	}
}

static void test_every_transition_has_texts(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(books); i++) {
		size_t legal = 0;

		for (unsigned old = 0; old < TS_STATES; old++)
			for (unsigned new = 0; new < TS_STATES; new++) {
				const struct topic topic = { EXPLAIN_CHANGE, old, new, 0, 0 };

				if (!transition_is_legal(old, new))
					continue;
				has_texts(books[i], &topic);
				legal++;
			}
		assert_int_equal(legal, books[i]->change_count);
		for (size_t k = 0; k < books[i]->other_count; k++) {
			const struct explain_change *other = &books[i]->others[k];

			assert_false(transition_is_legal(other->old, other->new));
			has_text(books[i], "meaning", "an other", other->text.meaning);
			assert_int_equal(other->old, books[0]->others[k].old);
			assert_int_equal(other->new, books[0]->others[k].new);
		}
	}
}

/* Both languages have every text, with the same number of values. */
static void test_words_are_alike(void **state)
{
	/* all of them are pointers to text */
	const char *const *en = (const char *const *)explain_en.words;
	const char *const *zh = (const char *const *)explain_zh.words;

	(void)state;
	for (size_t i = 0; i < sizeof(struct explain_words) / sizeof(*en); i++) {
		const char *one_hole, *other_hole;

		if (!en[i] || !zh[i]) {
			assert_ptr_equal(en[i], zh[i]); /* the diagram has no kind */
			continue;
		}
		one_hole = strstr(en[i], "{}");
		other_hole = strstr(zh[i], "{}");
		while (one_hole && other_hole) {
			one_hole = strstr(one_hole + 1, "{}");
			other_hole = strstr(other_hole + 1, "{}");
		}
		if (one_hole || other_hole)
			fail_msg("\"%s\" and \"%s\"", en[i], zh[i]);
	}
	for (unsigned i = 0; i < SYSCTLS; i++) {
		const struct sysctl_text *a = &explain_en.sysctls[i], *b = &explain_zh.sysctls[i];

		assert_int_equal(!a->derived, !b->derived);
		if (a->derived && (!strstr(a->derived, "{}") || !strstr(b->derived, "{}")))
			fail_msg("%s: no {}", sysctl_name(i));
		for (size_t k = 0; k < COUNT(a->value); k++)
			assert_int_equal(!a->value[k], !b->value[k]);
	}
}

/* Both texts have the same names and numbers. */
static void same_facts(const char *name, const char *en, const char *zh)
{
	static const char *const facts[] = {
		"tcp_fin_timeout", "TCP_TIMEWAIT_LEN", "60", "RFC 9293", "tcp_tw_reuse", "accept()",
		"close()", "shutdown()", "connect()", "listen()", "SO_REUSEPORT", "SO_KEEPALIVE",
		"TCP_DEFER_ACCEPT", "NEW_SYN_RECV", "SYNC_SEND", "SYNC_RECEIVED", "LISTENING",
		"FIN_WAIT_1", "FIN_WAIT_2", "CLOSE_WAIT", "CLOSING", "LAST_ACK", "TIME_WAIT",
		"ECONNREFUSED", "ECONNRESET", "ETIMEDOUT", "EPIPE", "ECONNABORTED", "EHOSTUNREACH",
		"EISCONN", "tcp_migrate_req", "tcp_max_orphans", "tcp_max_tw_buckets", "somaxconn",
		"tcp_syncookies", "TCP_USER_TIMEOUT", "TCP_LINGER2", "SO_LINGER", "AF_UNSPEC",
		"Fast Open", "ICMP", "by_comm", "/proc/net/tcp", "tcp_retries2",
		"TCPAbortOnMemory", "tcp_abort_on_overflow", "127.0.0.1",
	};

	for (size_t i = 0; en && zh && i < COUNT(facts); i++)
		if (!strstr(en, facts[i]) != !strstr(zh, facts[i]))
			fail_msg("%s: only one language says %s", name, facts[i]);
}

static void same_texts(const struct topic *topic)
{
	const struct explain_text en = explain_text(&explain_en, topic);
	const struct explain_text zh = explain_text(&explain_zh, topic);
	char name[64];

	topic_name(topic, ">", name, sizeof(name));
	same_facts(name, en.event, zh.event);
	same_facts(name, en.meaning, zh.meaning);
	same_facts(name, en.next, zh.next);
	same_facts(name, en.why, zh.why);
	same_facts(name, en.normal, zh.normal);
}

static void test_both_languages_say_the_same(void **state)
{
	(void)state;
	for (unsigned k = TS_ESTABLISHED; k < TS_NEW_SYN_RECV; k++)
		same_texts(&(struct topic){ .kind = EXPLAIN_STATE, .old = k });
	for (unsigned k = 1; k < TS_REASONS; k++)
		same_texts(&(struct topic){ .kind = EXPLAIN_REASON, .number = k });
	for (unsigned k = 0; k < TS_DROP_WHYS; k++)
		same_texts(&(struct topic){ .kind = EXPLAIN_DROP, .number = k });
	for (size_t i = 0; i < explain_en.change_count; i++)
		same_texts(&(struct topic){ EXPLAIN_CHANGE, explain_en.changes[i].old,
					    explain_en.changes[i].new, 0, 0 });
	for (size_t i = 0; i < explain_en.other_count; i++)
		same_texts(&(struct topic){ EXPLAIN_CHANGE, explain_en.others[i].old,
					    explain_en.others[i].new, 0, 0 });
}

static void test_every_topic_has_commands(void **state)
{
	struct explain_lines lines;
	enum sysctl_id list[EXPLAIN_SYSCTLS_MAX];

	(void)state;
	for (unsigned k = TS_ESTABLISHED; k < TS_NEW_SYN_RECV; k++) {
		const struct topic topic = { .kind = EXPLAIN_STATE, .old = k };

		explain_commands(&topic, &lines);
		assert_in_range(lines.count, 2, EXPLAIN_COMMANDS_MAX);
		assert_true(k == TS_CLOSED || explain_sysctls(&topic, list) > 0);
	}
	for (unsigned k = 1; k < TS_REASONS; k++) {
		explain_commands(&(struct topic){ .kind = EXPLAIN_REASON, .number = k }, &lines);
		assert_in_range(lines.count, 1, EXPLAIN_COMMANDS_MAX);
	}
	for (unsigned k = 0; k < TS_DROP_WHYS; k++) {
		const struct topic topic = { .kind = EXPLAIN_DROP, .number = k };

		explain_commands(&topic, &lines);
		assert_in_range(lines.count, 2, EXPLAIN_COMMANDS_MAX);
		assert_true(explain_sysctls(&topic, list) > 0);
	}
	explain_commands(&(struct topic){ EXPLAIN_CHANGE, TS_LISTEN, TS_SYN_RECV, 0, 0 }, &lines);
	assert_string_equal(lines.command[0].line, "tcpstate -s 'LISTEN>SYN_RECV'");
	explain_commands(&(struct topic){ EXPLAIN_CHANGE, TS_CLOSED, TS_CLOSED, 0, 0 }, &lines);
	assert_int_equal(lines.count, 0);
}

static char *printed(void (*print)(FILE *out, const struct explain_view *view,
				   const struct topic *topics, size_t count),
		     const struct explain_view *view, const char *words)
{
	struct topic topics[TOPICS_MAX];
	struct error error;
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	int n = parse(words, topics, &error);

	assert_true(n > 0);
	print(out, view, topics, (size_t)n);
	assert_int_equal(fclose(out), 0);
	return text;
}

/* No line is too wide, begins with a closing mark, or ends with a blank. */
static void lines_fit(const char *text, const char *words, size_t width)
{
	while (*text) {
		size_t n = strcspn(text, "\n");
		const char *first = text + strspn(text, " ");

		if (utf8_width(text, n) > width)
			fail_msg("%s: wider than %zu: %.*s", words, width, (int)n, text);
		for (size_t i = 0; i < 5; i++)
			if (!strncmp(first, (const char *[]){ "，", "。", "、", "；", "）" }[i], 3))
				fail_msg("%s: begins with a mark: %.*s", words, (int)n, text);
		if (n && text[n - 1] == ' ')
			fail_msg("%s: ends with a blank: %.*s", words, (int)n, text);
		text += n + 1;
	}
}

static struct census_owner owners[12];

static void fill_census(struct census *census)
{
	struct census_state *counts = &census->state[TS_CLOSE_WAIT];

	*census = (struct census){ .netns = 2 };
	for (unsigned i = 1; i < TS_STATES; i++)
		census->state[i].counted = i != TS_CLOSED;
	for (uint32_t i = 0; i < COUNT(owners); i++) {
		owners[i] = (struct census_owner){ .pid = 100 + i, .sockets = 20 - i };
		(void)snprintf(owners[i].comm, sizeof(owners[i].comm), i ? "proc%u" : "\033[31m\"x",
			       i);
	}
	counts->sockets = 177; /* as many as have a holder or none */
	counts->no_file = 3;
	counts->owners = owners;
	counts->owner_count = COUNT(owners);
}

static void test_text(void **state)
{
	static struct sysctl sysctls[SYSCTLS];
	struct census census;
	struct explain_view view = { &explain_en, sysctls, &census, "", true, 80, true };
	char *text;

	(void)state;
	fill_census(&census);
	for (size_t i = 0; i < SYSCTLS; i++)
		sysctls[i] = (struct sysctl){ .err = -ENOENT, .absent = true };
	sysctls[SYSCTL_KEEPALIVE_TIME] = (struct sysctl){ 0, false, "7200", 7200, true };
	sysctls[SYSCTL_RETRIES2] = (struct sysctl){ .err = -EACCES };
	text = printed(explain_print_text, &view, "close-wait");
	assert_non_null(strstr(text, "177 in CLOSE_WAIT\n"));
	assert_non_null(strstr(text, "20 held by PID 100, \\x1b[31m\"x\n"));
	assert_non_null(strstr(text, "11 held by PID 109, proc9\n    2 more processes hold 19\n"));
	assert_null(strstr(text, "PID 110"));
	assert_non_null(strstr(text, "3 held by no process: not accepted yet"));
	assert_null(strstr(text, "counts for each"));
	assert_non_null(strstr(text, "network namespaces counted: 2, all that can be found\n"));
	assert_non_null(strstr(text, "net.ipv4.tcp_keepalive_time = 7200\n"));
	assert_non_null(strstr(text, "on sockets with SO_KEEPALIVE: 2 h\n"));
	assert_non_null(strstr(text, "net.ipv4.tcp_keepalive_intvl: absent in this kernel"));
	assert_non_null(strstr(text, "net.ipv4.tcp_retries2: not readable: Permission denied"));
	assert_null(strstr(text, "root sees more"));
	free(text);
	view.root = false;
	census.netns_missed = 1;
	census.state[TS_CLOSE_WAIT].sockets = 170;
	text = printed(explain_print_text, &view, "close-wait");
	assert_non_null(strstr(text, "counted: 2; not entered: 1\n  root sees more\n"));
	assert_non_null(strstr(text, "\n    a socket that several processes hold")); /* as its count */
	assert_non_null(strstr(text, "counts for each of them\n"));
	free(text);
	view.census = NULL;
	view.census_error = "no /proc";
	text = printed(explain_print_text, &view, "close-wait");
	assert_non_null(strstr(text, "  not counted: no /proc\n"));
	free(text);
	text = printed(explain_print_text, &view, "FIN_WAIT_1>TIME_WAIT");
	assert_non_null(strstr(text, "no transition from FIN_WAIT_1 to TIME_WAIT.\n"));
	assert_non_null(strstr(text, "To TIME_WAIT it can come from: FIN_WAIT_2, CLOSING.\n"));
	free(text);
}

static void test_every_text_fits(void **state)
{
	static struct sysctl sysctls[SYSCTLS];
	struct census census;
	char words[64];

	(void)state;
	fill_census(&census);
	sysctl_read_all("/proc/sys", sysctls);
	for (size_t i = 0; i < COUNT(books); i++) {
		struct explain_view view = { books[i], sysctls, &census, "", true, 80, false };

		for (view.width = 64; view.width <= 100; view.width += 4) {
			for (unsigned old = TS_ESTABLISHED; old < TS_NEW_SYN_RECV; old++) {
				for (unsigned new = 0; new < TS_NEW_SYN_RECV; new++) {
					char *text;

					(void)snprintf(words, sizeof(words), "%s%s%s",
						       state_name(old), new ? ">" : "",
						       new ? state_name(new) : "");
					text = printed(explain_print_text, &view, words);
					lines_fit(text, words, view.width);
					free(text);
				}
			}
		}
	}
}

/* Parts are separated by one empty line: of an error, of each of its reasons, of the diagram. */
static void test_parts(void **state)
{
	static struct sysctl sysctls[SYSCTLS];
	struct explain_view view = { &explain_en, sysctls, NULL, "no /proc", true, 80, true };
	static const char *const words[] = { "", "ECONNRESET", "close-wait", "LISTEN>CLOSED" };
	char note[32];

	(void)state;
	for (size_t i = 0; i < COUNT(words); i++) {
		char *text = printed(explain_print_text, &view, words[i]);

		assert_null(strstr(text, "\n\n\n"));
		assert_int_not_equal(*text, '\n');
		assert_true(strlen(text) > 2 && strcmp(text + strlen(text) - 2, "\n\n"));
		if (!*words[i]) {
			(void)snprintf(note, sizeof(note), "\n\n%.20s", explain_en.words->diagram_note);
			assert_non_null(strstr(text, note));
		}
		free(text);
	}
}

/* Each command and setting of a topic is a line of its own; each errno is named. */
static void test_lists(void **state)
{
	static struct sysctl sysctls[SYSCTLS];
	struct explain_view view = { &explain_en, sysctls, NULL, "no /proc", true, 80, true };
	static const char *const errnos[] = { "ECONNRESET", "ECONNREFUSED", "ETIMEDOUT", "EPIPE",
					      "EADDRNOTAVAIL", "EHOSTUNREACH" };
	enum sysctl_id list[EXPLAIN_SYSCTLS_MAX];
	struct explain_lines lines;
	char line[128], *text;

	(void)state;
	for (unsigned k = TS_ESTABLISHED; k < TS_NEW_SYN_RECV; k++) {
		const struct topic topic = { .kind = EXPLAIN_STATE, .old = k };
		size_t n = explain_sysctls(&topic, list);

		text = printed(explain_print_text, &view, state_name(k));
		explain_commands(&topic, &lines);
		for (size_t i = 0; i < lines.count; i++) {
			(void)snprintf(line, sizeof(line), "\n  %s", lines.command[i].line);
			assert_non_null(strstr(text, line));
		}
		(void)snprintf(line, sizeof(line), "\n\n%s\n  net.", explain_en.words->sysctls);
		assert_int_equal(!strstr(text, line), n == 0);
		for (size_t i = 0; i < n; i++) {
			(void)snprintf(line, sizeof(line), "\n  %s", sysctl_name(list[i]));
			assert_non_null(strstr(text, line));
		}
		free(text);
	}
	for (size_t i = 0; i < COUNT(errnos); i++) {
		text = printed(explain_print_text, &view, errnos[i]);
		assert_int_equal(strncmp(text, errnos[i], strlen(errnos[i])), 0);
		free(text);
	}
}

/* The keys of every object, in this order, whatever it explains. */
static void test_keys(void **state)
{
	static const char *const words[] = { "", "close-wait", "LISTEN>CLOSED", "aborted",
					     "FIN_WAIT_1>TIME_WAIT", "ECONNRESET" };
	static const char *const keys[] = { "v", "type", "topic", "kind", "lang", "old", "new",
					    "legal", "errno", "event", "action", "meaning", "next",
					    "why", "normal", "commands", "sysctls", "sockets",
					    "holder_list", "no_process", "unknown_process",
					    "netns_seen", "transitions" };
	static struct sysctl sysctls[SYSCTLS];
	struct explain_view view = { &explain_en, sysctls, NULL, "no /proc", true, 80, true };
	char key[32];

	(void)state;
	for (size_t i = 0; i < COUNT(words); i++) {
		char *text = printed(explain_print_json, &view, words[i]), *at = text;

		for (size_t k = 0; k < COUNT(keys); k++) {
			(void)snprintf(key, sizeof(key), "%c\"%s\":", k ? ',' : '{', keys[k]);
			at = strstr(at, key);
			assert_non_null(at);
		}
		at = strstr(at, "\"transitions\":[{\"old\":");
		if (!*words[i]) {
			assert_non_null(at);
			assert_non_null(strstr(at, "\"new\":\"LISTEN\",\"event\":\"listen()\","
						   "\"action\":\""));
		}
		free(text);
	}
}

static void test_json(void **state)
{
	static struct sysctl sysctls[SYSCTLS];
	struct census census;
	struct explain_view view = { &explain_zh, sysctls, &census, "", false, 80, true };
	char *text;

	(void)state;
	fill_census(&census);
	sysctls[SYSCTL_RETRIES2].err = -ENOENT;
	text = printed(explain_print_json, &view, "close-wait");
	assert_int_equal(strcspn(text, "\n") + 1, strlen(text));
	assert_non_null(strstr(text, "{\"v\":1,\"type\":\"explain\",\"topic\":\"CLOSE_WAIT\","
				     "\"kind\":\"state\",\"lang\":\"zh\""));
	assert_non_null(strstr(text, "\"sockets\":{\"CLOSE_WAIT\":177},\"holder_list\":[{\"pid\":100,"
				     "\"comm\":\"\\u001b[31m\\\"x\",\"sockets\":20}"));
	assert_non_null(strstr(text, "\"pid\":111,")); /* all of them */
	assert_non_null(strstr(text, "\"no_process\":3,\"unknown_process\":0,\"netns_seen\":2"));
	assert_non_null(strstr(text, "{\"name\":\"net.ipv4.tcp_retries2\",\"value\":null,"
				     "\"meaning\":\""));
	assert_non_null(strstr(text, "\"commands\":[\"tcpstate "));
	free(text);
	text = printed(explain_print_json, &view, "closed");
	assert_non_null(strstr(text, "\"sockets\":{\"CLOSED\":null},\"holder_list\":null"));
	free(text);
	view.census = NULL;
	text = printed(explain_print_json, &view, "LISTEN>CLOSED");
	assert_non_null(strstr(text, "\"old\":\"LISTEN\",\"new\":\"CLOSED\",\"legal\":true"));
	assert_non_null(strstr(text, "\"netns_seen\":null"));
	free(text);
	text = printed(explain_print_json, &view, "ECONNRESET");
	assert_non_null(strstr(text, "\"errno\":\"ECONNRESET\""));
	assert_non_null(strstr(text, "}\n{\"v\":1,\"type\":\"explain\",\"topic\":\"aborted-late-data\""));
	free(text);
}

/* Every transition is an arrow or a line below. Every arrow is a transition. */
static void test_diagram(void **state)
{
	static struct sysctl sysctls[SYSCTLS];
	struct census census;
	struct explain_view view = { &explain_en, sysctls, &census, "", false, 80, true };
	char name[64], *text;
	size_t rows = 0;

	(void)state;
	fill_census(&census);
	census.state[TS_ESTABLISHED].sockets = 1234567;
	text = printed(explain_print_text, &view, "");
	lines_fit(text, "the diagram", 80);
	for (const char *at = text; *at; at++) {
		assert_true((unsigned char)*at < 0x80);
		rows += *at == '\n';
	}
	assert_in_range(rows, 30, 50);
	assert_non_null(strstr(text, "| CLOSE_WAIT     177 |"));
	assert_non_null(strstr(text, "| CLOSED           - |") ?: strstr(text, "+ CLOSED           - +"));
	assert_non_null(strstr(text, "| ESTABLISHED1234567 |") ?:
			strstr(text, "| ESTABLISHED 1234567"));
	for (unsigned old = TS_ESTABLISHED; old < TS_NEW_SYN_RECV; old++)
		for (unsigned new = TS_ESTABLISHED; new < TS_NEW_SYN_RECV; new++) {
			const struct topic topic = { EXPLAIN_CHANGE, old, new, 0, 0 };

			topic_name(&topic, "->", name, sizeof(name));
			assert_int_equal(!strstr(text, name),
					 !transition_is_legal(old, new) || transition_is_regular(old, new));
		}
	free(text);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_states_by_name),
		cmocka_unit_test(test_changes_by_name),
		cmocka_unit_test(test_reasons_by_name),
		cmocka_unit_test(test_unknown_words),
		cmocka_unit_test(test_every_topic_has_texts),
		cmocka_unit_test(test_every_transition_has_texts),
		cmocka_unit_test(test_words_are_alike),
		cmocka_unit_test(test_both_languages_say_the_same),
		cmocka_unit_test(test_every_topic_has_commands),
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_parts),
		cmocka_unit_test(test_lists),
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_every_text_fits),
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_diagram),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
