// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* explain as JSON: an object a topic, the same keys in each; null: unknown, or nothing to say. */
#include "lib/json.h"

#include "explain/output.h"
#include "tcp/state.h"

enum { DERIVED_MAX = 1024 };

static void put_text(struct json *json, const char *key, const char *text)
{
	json_text(json_key(json, key), text);
}

/* The states that the topic is about; all of them for the diagram. */
static bool is_about(const struct topic *topic, unsigned state)
{
	return topic->kind == EXPLAIN_DIAGRAM ||
	       (topic->kind == EXPLAIN_STATE && state == topic->old) ||
	       (topic->kind == EXPLAIN_CHANGE && (state == topic->old || state == topic->new));
}

static void put_number(struct json *json, const char *key, bool known, uint64_t number)
{
	if (json_optional(json, key, known))
		json_u64(json, number);
}

static void put_sockets(struct json *json, const struct census *census, const struct topic *topic)
{
	if (!json_optional(json, "sockets",
			   topic->kind != EXPLAIN_REASON && topic->kind != EXPLAIN_DROP))
		return;
	json_begin_object(json);
	for (unsigned i = TS_ESTABLISHED; i < TS_NEW_SYN_RECV; i++)
		if (is_about(topic, i))
			put_number(json, state_name(i), census && census->state[i].counted,
				   census ? census->state[i].sockets : 0);
	json_end_object(json);
}

static void put_holders(struct json *json, const struct census_state *counts)
{
	if (!json_optional(json, "holder_list", counts))
		return;
	json_begin_array(json);
	for (size_t i = 0; i < counts->owner_count; i++) {
		json_begin_object(json);
		json_u64(json_key(json, "pid"), counts->owners[i].pid);
		put_text(json, "comm", counts->owners[i].comm);
		json_u64(json_key(json, "sockets"), counts->owners[i].sockets);
		json_end_object(json);
	}
	json_end_array(json);
}

static void put_census(struct json *json, const struct census *census, const struct topic *topic)
{
	const struct census_state *counts = NULL;

	if (census && topic->kind == EXPLAIN_STATE && census->state[topic->old].counted)
		counts = &census->state[topic->old];
	put_holders(json, counts);
	put_number(json, "no_process", counts, counts ? counts->no_file : 0);
	put_number(json, "unknown_process", counts, counts ? counts->unknown : 0);
	put_number(json, "netns_seen", census, census ? census->netns : 0);
	put_number(json, "netns_missed", census, census ? census->netns_missed : 0);
	if (json_optional(json, "netns_hidden", census))
		json_bool(json, census->netns_hidden);
}

static void put_commands(struct json *json, const struct topic *topic)
{
	struct explain_lines lines;

	explain_commands(topic, &lines);
	json_begin_array(json_key(json, "commands"));
	for (size_t i = 0; i < lines.count; i++)
		json_text(json, lines.command[i].line);
	json_end_array(json);
}

static void put_sysctls(struct json *json, const struct explain_view *view,
			const struct topic *topic)
{
	enum sysctl_id list[EXPLAIN_SYSCTLS_MAX];
	size_t n = explain_sysctls(topic, list);

	json_begin_array(json_key(json, "sysctls"));
	for (size_t i = 0; i < n; i++) {
		const struct sysctl *value = &view->sysctls[list[i]];
		char text[DERIVED_MAX];

		json_begin_object(json);
		put_text(json, "name", sysctl_name(list[i]));
		put_text(json, "value", value->err ? NULL : value->text);
		put_text(json, "meaning", view->book->sysctls[list[i]].says);
		put_text(json, "derived", explain_derived(view, list[i], text, sizeof(text)));
		json_end_object(json);
	}
	json_end_array(json);
}

static void put_changes(struct json *json, const struct explain_book *book,
			const struct topic *topic)
{
	if (!json_optional(json, "transitions", topic->kind == EXPLAIN_DIAGRAM))
		return;
	json_begin_array(json);
	for (size_t i = 0; i < book->change_count; i++) {
		const struct explain_change *change = &book->changes[i];

		json_begin_object(json);
		put_text(json, "old", state_name(change->old));
		put_text(json, "new", state_name(change->new));
		put_text(json, "event", change->text.event);
		put_text(json, "action", change->text.action);
		json_end_object(json);
	}
	json_end_array(json);
}

static void put_names(struct json *json, const struct explain_view *view, const struct topic *topic)
{
	static const char *const kinds[EXPLAIN_KINDS] = { "diagram", "state", "transition",
							  "reason", "handshake-drop" };
	bool is_change = topic->kind == EXPLAIN_CHANGE;
	char name[64];

	topic_name(topic, ">", name, sizeof(name));
	json_u64(json_key(json, "v"), 1);
	put_text(json, "type", "explain");
	put_text(json, "topic", name);
	put_text(json, "kind", kinds[topic->kind]);
	put_text(json, "lang", view->book->lang);
	put_text(json, "old", is_change ? state_name(topic->old) : NULL);
	put_text(json, "new", is_change ? state_name(topic->new) : NULL);
	if (json_optional(json, "legal", is_change))
		json_bool(json, explain_legal(topic));
	put_text(json, "errno", topic->err ? errno_name(topic->err) : NULL);
}

static void put_topic(struct json *json, const struct explain_view *view, const struct topic *topic)
{
	const struct explain_text text = explain_text(view->book, topic);

	json_begin_object(json);
	put_names(json, view, topic);
	put_text(json, "event", text.event);
	put_text(json, "action", text.action);
	put_text(json, "meaning", text.meaning);
	put_text(json, "next", text.next);
	put_text(json, "why", text.why);
	put_text(json, "normal", text.normal);
	put_commands(json, topic);
	put_sysctls(json, view, topic);
	put_sockets(json, view->census, topic);
	put_census(json, view->census, topic);
	put_changes(json, view->book, topic);
	json_end_object(json);
	(void)json_end_line(json);
}

void explain_print_json(FILE *out, const struct explain_view *view, const struct topic *topics,
			size_t count)
{
	struct json json;

	json_to_file(&json, out);
	for (size_t i = 0; i < count; i++)
		put_topic(&json, view, &topics[i]);
}
