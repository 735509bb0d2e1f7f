// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* explain as JSON: an object a topic, the same keys in each; null: not known, or nothing to say. */
#include <inttypes.h>
#include <string.h>

#include "explain/diagram.h"
#include "lib/format.h"
#include "explain/output.h"
#include "tcp/state.h"

enum { STRING_MAX = 2048 };

static void put_string(FILE *out, const char *text)
{
	char buffer[FORMAT_JSON_BYTE * STRING_MAX + 1];

	if (!text) {
		(void)fputs("null", out);
		return;
	}
	*format_json(buffer, text, strnlen(text, STRING_MAX)) = '\0';
	(void)fprintf(out, "\"%s\"", buffer);
}

static void put_key(FILE *out, const char *key, const char *text)
{
	(void)fprintf(out, ",\"%s\":", key);
	put_string(out, text);
}

static void put_state_key(FILE *out, const char *key, const struct topic *topic, unsigned state)
{
	put_key(out, key, topic->kind == EXPLAIN_CHANGE ? state_name(state) : NULL);
}

/* The states that the topic is about; all of them for the diagram. */
static bool is_about(const struct topic *topic, unsigned state)
{
	return topic->kind == EXPLAIN_DIAGRAM ||
	       (topic->kind == EXPLAIN_STATE && state == topic->old) ||
	       (topic->kind == EXPLAIN_CHANGE && (state == topic->old || state == topic->new));
}

static void put_sockets(FILE *out, const struct explain_view *view, const struct topic *topic)
{
	const char *separator = "";

	(void)fputs(",\"sockets\":", out);
	if (topic->kind == EXPLAIN_REASON || topic->kind == EXPLAIN_DROP) {
		(void)fputs("null", out);
		return;
	}
	(void)fputc('{', out);
	for (unsigned i = TS_ESTABLISHED; i < TS_NEW_SYN_RECV; i++) {
		if (!is_about(topic, i))
			continue;
		(void)fprintf(out, "%s\"%s\":", separator, state_name(i));
		if (view->census && view->census->state[i].counted)
			(void)fprintf(out, "%" PRIu64, view->census->state[i].sockets);
		else
			(void)fputs("null", out);
		separator = ",";
	}
	(void)fputc('}', out);
}

static void put_number(FILE *out, const char *key, const struct explain_view *view, uint64_t number)
{
	if (view->census)
		(void)fprintf(out, ",\"%s\":%" PRIu64, key, number);
	else
		(void)fprintf(out, ",\"%s\":null", key);
}

static void put_holders(FILE *out, const struct census_state *counts)
{
	(void)fputs(",\"holder_list\":[", out);
	for (size_t i = 0; i < counts->owner_count; i++) {
		(void)fprintf(out, "%s{\"pid\":%" PRIu32, i ? "," : "", counts->owners[i].pid);
		put_key(out, "comm", counts->owners[i].comm);
		(void)fprintf(out, ",\"sockets\":%" PRIu64 "}", counts->owners[i].sockets);
	}
	(void)fputc(']', out);
}

/* Whose the sockets are, of a state that is counted. */
static void put_owners(FILE *out, const struct explain_view *view, const struct topic *topic)
{
	const struct census *census = view->census;

	if (census && topic->kind == EXPLAIN_STATE && census->state[topic->old].counted) {
		const struct census_state *counts = &census->state[topic->old];

		put_holders(out, counts);
		put_number(out, "no_process", view, counts->no_file);
		put_number(out, "unknown_process", view, counts->unknown);
	} else {
		(void)fputs(",\"holder_list\":null,\"no_process\":null,\"unknown_process\":null",
			    out);
	}
	put_number(out, "netns_seen", view, census ? census->netns : 0);
	put_number(out, "netns_missed", view, census ? census->netns_missed : 0);
	(void)fprintf(out, ",\"netns_hidden\":%s",
		      !census		   ? "null" :
		      census->netns_hidden ? "true" :
					     "false");
}

static void put_commands(FILE *out, const struct topic *topic)
{
	struct explain_lines lines;

	explain_commands(topic, &lines);
	(void)fputs(",\"commands\":[", out);
	for (size_t i = 0; i < lines.count; i++) {
		(void)fputs(i ? "," : "", out);
		put_string(out, lines.command[i].line);
	}
	(void)fputc(']', out);
}

static void put_sysctls(FILE *out, const struct explain_view *view, const struct topic *topic)
{
	enum sysctl_id list[EXPLAIN_SYSCTLS_MAX];
	size_t n = explain_sysctls(topic, list);

	(void)fputs(",\"sysctls\":[", out);
	for (size_t i = 0; i < n; i++) {
		const struct sysctl *value = &view->sysctls[list[i]];
		char line[STRING_MAX];

		(void)fprintf(out, "%s{\"name\":\"%s\"", i ? "," : "", sysctl_name(list[i]));
		put_key(out, "value", value->err ? NULL : value->text);
		put_key(out, "meaning", view->book->sysctls[list[i]].says);
		put_key(out, "derived", explain_derived(view, list[i], line, sizeof(line)));
		(void)fputc('}', out);
	}
	(void)fputc(']', out);
}

static void put_changes(FILE *out, const struct explain_view *view, const struct topic *topic)
{
	const struct explain_book *book = view->book;

	(void)fputs(",\"transitions\":", out);
	if (topic->kind != EXPLAIN_DIAGRAM) {
		(void)fputs("null", out);
		return;
	}
	for (size_t i = 0; i < book->change_count; i++) {
		const struct explain_change *change = &book->changes[i];

		(void)fprintf(out, "%c{\"old\":\"%s\",\"new\":\"%s\"", i ? ',' : '[',
			      state_name(change->old), state_name(change->new));
		put_key(out, "event", change->text.event);
		put_key(out, "action", change->text.action);
		(void)fputc('}', out);
	}
	(void)fputc(']', out);
}

static const char *legal_word(const struct topic *topic)
{
	if (topic->kind != EXPLAIN_CHANGE)
		return "null";
	return explain_legal(topic) ? "true" : "false";
}

static void put_topic(FILE *out, const struct explain_view *view, const struct topic *topic)
{
	static const char *const kinds[EXPLAIN_KINDS] = { "diagram", "state", "transition",
							  "reason", "handshake-drop" };
	const struct explain_text text = explain_text(view->book, topic);
	char name[64];

	topic_name(topic, ">", name, sizeof(name));
	(void)fputs("{\"v\":1,\"type\":\"explain\"", out);
	put_key(out, "topic", name);
	put_key(out, "kind", kinds[topic->kind]);
	put_key(out, "lang", view->book->lang);
	put_state_key(out, "old", topic, topic->old);
	put_state_key(out, "new", topic, topic->new);
	(void)fprintf(out, ",\"legal\":%s", legal_word(topic));
	put_key(out, "errno", topic->err ? errno_name(topic->err) : NULL);
	put_key(out, "event", text.event);
	put_key(out, "action", text.action);
	put_key(out, "meaning", text.meaning);
	put_key(out, "next", text.next);
	put_key(out, "why", text.why);
	put_key(out, "normal", text.normal);
	put_commands(out, topic);
	put_sysctls(out, view, topic);
	put_sockets(out, view, topic);
	put_owners(out, view, topic);
	put_changes(out, view, topic);
	(void)fputs("}\n", out);
}

void explain_print_json(FILE *out, const struct explain_view *view, const struct topic *topics,
			size_t count)
{
	for (size_t i = 0; i < count; i++)
		put_topic(out, view, &topics[i]);
}
