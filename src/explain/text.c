// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* explain as text: headings, and paragraphs wrapped to the width of the terminal. */
#include "explain/output.h"

#include <inttypes.h>
#include <string.h>

#include "lib/format.h"
#include "lib/template.h"
#include "lib/utf8.h"
#include "tcp/state.h"
#include "tcp/transitions.h"

enum { TEXT_MAX = 2048, INDENT = 2, OWNERS_SHOWN = 10, NUMBER_MAX = 24 };

static void put_section(FILE *out, const struct explain_view *view, const char *heading,
			const char *text)
{
	if (!text)
		return;
	(void)fprintf(out, "\n%s\n", heading);
	utf8_print_wrapped(out, view->width, INDENT, 0, text);
}

/* Prints a template with its values as a paragraph. */
static void put_filled(FILE *out, const struct explain_view *view, unsigned indent,
		       const char *template, const char *const *values)
{
	char text[TEXT_MAX];

	utf8_print_wrapped(out, view->width, indent, 0,
			   template_fill(text, sizeof(text), template, values));
}

static const char *number(char to[NUMBER_MAX], uint64_t value)
{
	(void)snprintf(to, NUMBER_MAX, "%" PRIu64, value);
	return to;
}

/* The network namespaces that were counted. */
static void put_scope(FILE *out, const struct explain_view *view, unsigned indent, bool whole)
{
	const struct explain_words *words = view->book->words;
	const struct census *census = view->census;
	char seen[NUMBER_MAX], missed[NUMBER_MAX];
	const char *values[] = { number(seen, census->netns),
				 number(missed, census->netns_missed) };
	const char *template = words->scope;

	if (census->netns_missed)
		template = words->scope_part;
	else if (census->netns_hidden)
		template = words->scope_blind;
	put_filled(out, view, indent, template, values);
	if (!view->root && (!whole || template != words->scope))
		utf8_print_wrapped(out, view->width, indent, 0, words->as_root);
}

static void put_owner(FILE *out, const struct explain_view *view, const struct census_owner *owner)
{
	char comm[FORMAT_TEXT_BYTE * TS_COMM_LEN + 1], sockets[NUMBER_MAX], pid[NUMBER_MAX];
	const char *values[] = { number(sockets, owner->sockets), number(pid, owner->pid), comm };

	*format_text(comm, owner->comm, strlen(owner->comm), view->utf8) = '\0';
	put_filled(out, view, 2 * INDENT, view->book->words->owner, values);
}

static void put_more_owners(FILE *out, const struct explain_view *view,
			    const struct census_state *counts)
{
	char processes[NUMBER_MAX], sockets[NUMBER_MAX];
	uint64_t rest = 0;

	for (size_t i = OWNERS_SHOWN; i < counts->owner_count; i++)
		rest += counts->owners[i].sockets;
	put_filled(out, view, 2 * INDENT, view->book->words->more_owners,
		   (const char *[]){ number(processes, counts->owner_count - OWNERS_SHOWN),
				     number(sockets, rest) });
}

/* The holders, a line each. */
static void put_owners(FILE *out, const struct explain_view *view, unsigned state)
{
	const struct explain_words *words = view->book->words;
	const struct census_state *counts = &view->census->state[state];
	uint64_t sum = counts->no_file + counts->unknown;
	char text[NUMBER_MAX];
	bool waits = state == TS_ESTABLISHED || state == TS_CLOSE_WAIT;

	for (size_t i = 0; i < counts->owner_count; i++) {
		sum += counts->owners[i].sockets;
		if (i < OWNERS_SHOWN)
			put_owner(out, view, &counts->owners[i]);
	}
	if (counts->owner_count > OWNERS_SHOWN)
		put_more_owners(out, view, counts);
	if (counts->no_file)
		put_filled(out, view, 2 * INDENT, waits ? words->no_file_yet : words->no_file,
			   (const char *[]){ number(text, counts->no_file) });
	if (counts->unknown)
		put_filled(out, view, 2 * INDENT, words->unknown,
			   (const char *[]){ number(text, counts->unknown) });
	if (sum > counts->sockets)
		put_filled(out, view, 2 * INDENT, words->shared, NULL);
}

static void put_state_now(FILE *out, const struct explain_view *view, unsigned state)
{
	const struct explain_words *words = view->book->words;
	const struct census_state *counts = &view->census->state[state];
	char sockets[NUMBER_MAX];
	const char *values[] = { number(sockets, counts->sockets), state_name(state) };

	if (!counts->counted)
		put_filled(out, view, INDENT, words->uncounted, NULL);
	else
		put_filled(out, view, INDENT, words->sockets, values);
}

static void put_now(FILE *out, const struct explain_view *view, const struct topic *topic)
{
	const struct explain_words *words = view->book->words;

	if (topic->kind != EXPLAIN_STATE && !explain_legal(topic))
		return;
	(void)fprintf(out, "\n%s\n", words->now);
	if (!view->census) {
		put_filled(out, view, INDENT, words->no_census,
			   (const char *[]){ view->census_error });
		return;
	}
	put_state_now(out, view, topic->old);
	if (topic->kind == EXPLAIN_CHANGE)
		put_state_now(out, view, topic->new);
	else
		put_owners(out, view, topic->old);
	put_scope(out, view, INDENT,
		  topic->kind == EXPLAIN_CHANGE || !view->census->state[topic->old].unknown);
}

static void put_commands(FILE *out, const struct explain_view *view, const struct topic *topic)
{
	struct explain_lines lines;
	size_t widest = 0;

	explain_commands(topic, &lines);
	if (!lines.count)
		return;
	(void)fprintf(out, "\n%s\n", view->book->words->commands);
	for (size_t i = 0; i < lines.count; i++)
		if (strlen(lines.command[i].line) > widest && strlen(lines.command[i].line) < 34)
			widest = strlen(lines.command[i].line);
	for (size_t i = 0; i < lines.count; i++) {
		const struct explain_command *command = &lines.command[i];
		unsigned column = (unsigned)(INDENT + widest + 2);
		int at = fprintf(out, "%*s%-*s", INDENT, "", (int)widest + 2, command->line);

		if (at > (int)column) {
			(void)fprintf(out, "\n%*s", (int)column, "");
			at = (int)column;
		}
		utf8_print_wrapped(out, view->width, column, (unsigned)at,
				   view->book->shows[command->show]);
	}
}

static void put_sysctl(FILE *out, const struct explain_view *view, enum sysctl_id id)
{
	const struct sysctl_text *text = &view->book->sysctls[id];
	const struct explain_words *words = view->book->words;
	const struct sysctl *value = &view->sysctls[id];
	char line[TEXT_MAX], filled[TEXT_MAX / 2],
		shown[FORMAT_TEXT_BYTE * sizeof(value->text) + 1];
	const char *derived = explain_derived(view, id, filled, sizeof(filled));

	*format_text(shown, value->text, strlen(value->text), view->utf8) = '\0';
	if (value->err)
		template_fill(filled, sizeof(filled),
			      value->absent ? words->absent : words->unreadable,
			      (const char *[]){ strerror(-value->err) });
	(void)snprintf(line, sizeof(line), "%s%s%s", sysctl_name(id),
		       value->err ? words->colon : " = ", value->err ? filled : shown);
	(void)fprintf(out, "%*s", INDENT, "");
	utf8_print_wrapped(out, view->width, 2 * INDENT, INDENT, line);
	(void)snprintf(line, sizeof(line), "%s%s%s", text->says, derived ? words->colon : "",
		       derived ? derived : "");
	utf8_print_wrapped(out, view->width, 2 * INDENT, 0, line);
}

static void put_sysctls(FILE *out, const struct explain_view *view, const struct topic *topic)
{
	enum sysctl_id list[EXPLAIN_SYSCTLS_MAX];
	size_t n = explain_sysctls(topic, list);

	if (n)
		(void)fprintf(out, "\n%s\n", view->book->words->sysctls);
	for (size_t i = 0; i < n; i++)
		put_sysctl(out, view, list[i]);
}

static void put_illegal(FILE *out, const struct explain_view *view, const struct topic *topic)
{
	const struct explain_words *words = view->book->words;
	const char *names[] = { state_name(topic->old), state_name(topic->new) };
	char list[TEXT_MAX];

	(void)fputc('\n', out);
	put_filled(out, view, INDENT, topic->old == topic->new ? words->same : words->illegal,
		   names);
	explain_list_changes(topic->old, true, words->comma, list, sizeof(list));
	put_filled(out, view, INDENT, words->leads_to, (const char *[]){ names[0], list });
	explain_list_changes(topic->new, false, words->comma, list, sizeof(list));
	put_filled(out, view, INDENT, words->comes_from, (const char *[]){ names[1], list });
}

static void put_topic(FILE *out, const struct explain_view *view, const struct topic *topic)
{
	const struct explain_text text = explain_text(view->book, topic);
	const struct explain_words *words = view->book->words;
	bool illegal = topic->kind == EXPLAIN_CHANGE && !explain_legal(topic);
	char name[64];

	topic_name(topic, view->utf8 ? "→" : "->", name, sizeof(name));
	put_filled(out, view, 0, words->title,
		   (const char *[]){ name, illegal ? words->no_change : words->kind[topic->kind] });
	if (illegal)
		put_illegal(out, view, topic);
	put_section(out, view, words->event, text.event);
	put_section(out, view, words->action, text.action);
	put_section(out, view, words->meaning, text.meaning);
	put_section(out, view, words->next, text.next);
	put_section(out, view, topic->kind == EXPLAIN_STATE ? words->why_stays : words->why_happens,
		    text.why);
	put_section(out, view, words->normal, text.normal);
	put_now(out, view, topic);
	put_commands(out, view, topic);
	put_sysctls(out, view, topic);
}

/* The topics are the reasons of one errno. */
static void put_errno(FILE *out, const struct explain_view *view, const struct topic *topics,
		      size_t count)
{
	const struct explain_words *words = view->book->words;
	unsigned err = topics[0].err;
	char list[TEXT_MAX] = "";

	for (size_t i = 0; i < count; i++)
		explain_list_add(list, sizeof(list), words->comma, reason_name(topics[i].number));
	put_filled(out, view, 0, words->errno_line,
		   (const char *[]){ errno_name(err), strerror((int)err), list });
	(void)fputc('\n', out);
}

static void put_undrawn(FILE *out, const struct explain_view *view)
{
	const struct explain_book *book = view->book;

	for (size_t i = 0; i < book->change_count; i++) {
		const struct explain_change *change = &book->changes[i];
		char text[TEXT_MAX];

		if (transition_is_regular(change->old, change->new))
			continue;
		(void)snprintf(text, sizeof(text), "%s%s%s%s%s / %s", state_name(change->old),
			       view->utf8 ? "→" : "->", state_name(change->new), book->words->colon,
			       change->text.event, change->text.action);
		utf8_print_wrapped(out, view->width, INDENT, 0, text);
	}
}

static void put_diagram(FILE *out, const struct explain_view *view, const struct topic *topic)
{
	const struct explain_words *words = view->book->words;
	int64_t counts[TS_STATES];

	for (unsigned i = 0; i < TS_STATES; i++) {
		const struct census_state *state = view->census ? &view->census->state[i] : NULL;

		counts[i] = state && state->counted ? (int64_t)state->sockets : -1;
	}
	diagram_print(out, counts, view->utf8);
	(void)fprintf(out, "\n%s\n", words->undrawn);
	put_undrawn(out, view);
	(void)fputc('\n', out);
	put_filled(out, view, 0, words->diagram_note, NULL);
	if (view->census)
		put_scope(out, view, 0, true);
	else
		put_filled(out, view, 0, words->no_census, (const char *[]){ view->census_error });
	put_commands(out, view, topic);
}

void explain_print_text(FILE *out, const struct explain_view *view, const struct topic *topics,
			size_t count)
{
	if (topics[0].kind == EXPLAIN_DIAGRAM) {
		put_diagram(out, view, topics);
		return;
	}
	if (topics[0].err)
		put_errno(out, view, topics, count);
	for (size_t i = 0; i < count; i++) {
		if (i)
			(void)fputc('\n', out);
		put_topic(out, view, &topics[i]);
	}
}
