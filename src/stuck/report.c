// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Prints groups of stuck sockets, about one screen. */
#include "stuck/report.h"

#include <inttypes.h>
#include <string.h>

#include "lib/format.h"
#include "lib/resolver.h"
#include "lib/template.h"
#include "lib/utf8.h"
#include "origin/origin.h"
#include "sockets/view.h"
#include "stuck/program.h"
#include "system/process.h"

enum {
	GROUPS_SHOWN = 3,
	ORIGINS_SHOWN = 5,
	PEERS_SHOWN = 4,
	HOLDERS_SHOWN = 4,
	PROCESSES_SHOWN = 4,
	CALLERS_SHOWN = 2,
	TEXT_ROOM = 1024,
	SITE_ROOM = FORMAT_TEXT_BYTE * ORIGIN_TEXT + 1,
};

const char *stuck_report_name(const struct ts_holder *holder, bool utf8, char text[STUCK_NAME])
{
	char name[TS_COMM_LEN + FORMAT_U64 + 2];
	char *end = format_process(name, holder->comm, TS_COMM_LEN, holder->pid);

	*format_text(text, name, (size_t)(end - name), utf8) = '\0';
	return text;
}

static const char *age_of(const struct stuck_item *item, char text[FORMAT_DURATION + 2])
{
	*format_duration(item->exact ? text : format_name(text, ">"), item->ns, "u") = '\0';
	return text;
}

static const char *bytes(uint64_t n, char text[FORMAT_U64 + 2])
{
	*format_bytes(text, n) = '\0';
	return text;
}

static const char *without_process(const struct ts_socket *s)
{
	if (socket_is_kernels(s))
		return "no process: the kernel's own";
	if (s->flags & TS_S_ORPHAN)
		return "no process: closed by its process";
	return "no visible process";
}

static void put_user(FILE *out, const struct stuck_view *view, const struct ts_holder *holder)
{
	const char *name = view->users ? resolver_user(view->users, holder->uid) : NULL;
	char text[FORMAT_TEXT_BYTE * 64 + 1];

	if (!name) {
		(void)fprintf(out, ", user %" PRIu32, holder->uid);
		return;
	}
	*format_text(text, name, strnlen(name, 64), view->utf8) = '\0';
	(void)fprintf(out, ", user %s", text);
}

static bool has_one_name(const struct stuck_group *group)
{
	for (size_t i = 1; i < group->n_processes; i++)
		if (strncmp(group->processes[i].holder->comm, group->processes[0].holder->comm,
			    TS_COMM_LEN))
			return false;
	return true;
}

const char *stuck_report_program(const struct stuck_group *group, bool utf8, char text[STUCK_NAME])
{
	const char *comm = group->processes[0].holder->comm;
	size_t length = strnlen(comm, TS_COMM_LEN);
	char *end;

	if (!has_one_name(group))
		length = program_name_stem(comm);
	end = format_text(text, comm, length, utf8);
	*format_name(end, has_one_name(group) ? "" : "*") = '\0';
	return text;
}

static void put_heading(FILE *out, const struct stuck_view *view, const struct stuck_group *group,
			const struct stuck_diagnosis *diagnosis)
{
	const struct stuck_item *oldest = group->all.oldest;
	const struct ts_holder *holder = socket_process(oldest->entry);
	char text[STUCK_RULE_TEXT], name[STUCK_NAME];

	stuck_rule_print(group->rule, oldest->rule_ns, text);
	(void)fprintf(out, "%zu %s for more than %s: ", group->all.n,
		      group->all.n == 1 ? diagnosis->one : diagnosis->many, strchr(text, '>') + 1);
	if (holder) {
		if (group->n_processes > 1)
			(void)fprintf(out, "%s in %zu processes",
				      stuck_report_program(group, view->utf8, name),
				      group->n_processes);
		else
			(void)fputs(stuck_report_name(holder, view->utf8, name), out);
		put_user(out, view, holder);
	} else {
		(void)fputs(without_process(oldest->entry->socket), out);
	}
	(void)fputc('\n', out);
}

static void put_sums(FILE *out, const struct stuck_group *group)
{
	char age[FORMAT_DURATION + 2], unread[FORMAT_U64 + 2], unsent[FORMAT_U64 + 2];
	const struct stuck_item *oldest = group->all.oldest;
	const struct ts_socket *s = oldest->entry->socket;

	(void)fprintf(out, "  oldest %s", age_of(oldest, age));
	if (group->rule == STUCK_FULL && group->all.n == 1) /* else each listener has a line */
		(void)fprintf(out, "; port %u, %" PRIu32 " wait, limit %" PRIu32, s->lport,
			      s->backlog, s->backlog_max);
	else if (group->rule != STUCK_FULL && (int)group->rule != TS_SYN_RECV &&
		 (int)group->rule != TS_CLOSED)
		(void)fprintf(out, "; unread %s, not taken by the peer %s",
			      bytes(group->unread, unread), bytes(group->unsent, unsent));
	if (group->notice_ns) {
		*format_duration(age, group->notice_ns, "u") = '\0';
		(void)fprintf(out, "; keepalive ends %s within %s if no answer comes",
			      group->all.n == 1 ? "it" : "each", age);
	}
	if ((int)group->rule == TS_CLOSE_WAIT && group->at_end)
		(void)fprintf(out, "; read to the end: %zu", group->at_end);
	if (group->in_rings)
		(void)fprintf(out, "; in an io_uring, without a descriptor: %zu", group->in_rings);
	if (group->not_accepted && (int)group->rule != TS_SYN_RECV)
		(void)fprintf(out, "; %zu not accepted yet", group->not_accepted);
	(void)fputc('\n', out);
}

/* A list of processes, cut after some; returns the number of bytes. */
static int add_name(char text[TEXT_ROOM], int at, size_t i, const char *name)
{
	return at + snprintf(text + at, TEXT_ROOM - (size_t)at, "%s %s", i ? "," : "", name);
}

static int add_more(char text[TEXT_ROOM], int at, size_t n)
{
	return n ? at + snprintf(text + at, TEXT_ROOM - (size_t)at, " and %zu more", n) : at;
}

/* The other processes that hold the same sockets. */
static void put_others(FILE *out, const struct stuck_view *view, const struct stuck_group *group)
{
	char text[TEXT_ROOM], name[STUCK_NAME];
	size_t shown = group->n_others < HOLDERS_SHOWN ? group->n_others : HOLDERS_SHOWN;
	int at = 0;

	if (!group->shared)
		return;
	if (group->shared < group->all.n)
		at = snprintf(text, sizeof(text), "%zu of them ", group->shared);
	at += snprintf(text + at, sizeof(text) - (size_t)at,
		       group->n_others ? "also held by" : "held by several of these");
	for (size_t i = 0; i < shown; i++)
		at = add_name(text, at, i, stuck_report_name(group->others[i], view->utf8, name));
	at = add_more(text, at, group->n_others - shown);
	(void)snprintf(text + at, sizeof(text) - (size_t)at,
		       ": all must close their descriptors before the FIN is sent");
	utf8_print_wrapped(out, view->width, 2, 0, text);
}

/* The processes of a program, with the number of their sockets. */
static void put_processes(FILE *out, const struct stuck_view *view, const struct stuck_group *group)
{
	size_t shown = view->all || group->n_processes <= PROCESSES_SHOWN + 1 ? group->n_processes :
										PROCESSES_SHOWN;
	char text[TEXT_ROOM], name[STUCK_NAME];
	size_t i;
	int at;

	if (group->n_processes < 2)
		return;
	at = snprintf(text, sizeof(text), "processes:");
	for (i = 0; i < shown && (size_t)at + sizeof(name) + 64 < sizeof(text); i++) {
		const struct stuck_process *process = &group->processes[i];

		at += snprintf(text + at, sizeof(text) - (size_t)at, "%s %zu x %s", i ? "," : "",
			       process->all.n,
			       stuck_report_name(process->holder, view->utf8, name));
	}
	(void)add_more(text, at, group->n_processes - i);
	utf8_print_wrapped(out, view->width, 2, 0, text);
}

static void put_descriptors(FILE *out, const char *of, const struct process_facts *facts)
{
	if (!facts->descriptors)
		return;
	(void)fprintf(out, "  descriptors%s: %" PRIu64 " open", of, facts->descriptors);
	if (facts->limit)
		(void)fprintf(out, ", limit %" PRIu64 "%s", facts->limit,
			      facts->descriptors > facts->limit / 10 * 9 ?
				      ": accept() and open() are about to fail (EMFILE)" :
				      "");
	(void)fputc('\n', out);
}

static void put_threads(FILE *out, const struct stuck_view *view, const char *of,
			const struct process_facts *facts)
{
	char text[TEXT_ROOM];
	int at;

	if (!facts->threads)
		return;
	at = snprintf(text, sizeof(text), "threads%s:", of);
	if (facts->threads > PROCESS_THREADS_MAX)
		at += snprintf(text + at, sizeof(text) - (size_t)at, " %u, of the first %u",
			       facts->threads, PROCESS_THREADS_MAX);
	for (size_t i = 0; i < facts->n_waits; i++)
		at += snprintf(text + at, sizeof(text) - (size_t)at, "%s %u %s", i ? "," : "",
			       facts->waits[i].threads, facts->waits[i].what);
	utf8_print_wrapped(out, view->width, 2, 0, text);
}

/* Descriptors and threads are those of one process: the one with the most sockets. */
static void put_process(FILE *out, const struct stuck_view *view, const struct stuck_group *group)
{
	const struct ts_holder *holder;
	char of[STUCK_NAME + 8] = "", name[STUCK_NAME];
	struct process_facts facts;

	if (!group->n_processes)
		return;
	put_processes(out, view, group);
	holder = group->processes[0].holder;
	if (group->n_processes > 1)
		(void)snprintf(of, sizeof(of), " of %s",
			       stuck_report_name(holder, view->utf8, name));
	if (holder->pid) {
		process_read("/proc", holder->pid, &facts);
		put_descriptors(out, of, &facts);
		put_threads(out, view, of, &facts);
	}
	put_others(out, view, group);
}

static void put_peer(FILE *out, const struct stuck_peer *peer, unsigned indent)
{
	const struct ts_socket *s = peer->all.oldest->entry->socket;
	char text[FORMAT_IPV6 + 16], age[FORMAT_DURATION + 2], *at = text;
	bool bracket = s->family == 6 && !peer->server;

	if (s->state == TS_CLOSED && !s->rport) {
		if (s->lport)
			(void)fprintf(out, "%*s%zu x with a local port, such as %u\n", (int)indent,
				      "", peer->all.n, s->lport);
		return;
	}

	if (bracket)
		*at++ = '[';
	at = s->family == 4 ? format_ipv4(at, s->raddr) : format_ipv6(at, s->raddr);
	if (bracket)
		*at++ = ']';
	if (!peer->server)
		at = format_u64(format_name(at, ":"), s->rport);
	*at = '\0';
	(void)fprintf(out, "%*s%zu x %s %s, oldest %s\n", (int)indent, "", peer->all.n,
		      peer->server ? "from" : "to", text, age_of(peer->all.oldest, age));
}

static void put_listener(FILE *out, const struct stuck_item *item, unsigned indent)
{
	const struct ts_socket *s = item->entry->socket;
	char age[FORMAT_DURATION + 2];

	(void)fprintf(out, "%*sport %u, %" PRIu32 " wait, limit %" PRIu32 ", for %s\n", (int)indent,
		      "", s->lport, s->backlog, s->backlog_max, age_of(item, age));
}

static void put_peers(FILE *out, const struct stuck_view *view, const struct stuck_origin *origin,
		      unsigned indent)
{
	size_t shown = view->all ? origin->n_peers : PEERS_SHOWN, left = 0;

	if (shown + 1 >= origin->n_peers) /* one peer takes as much space as the line for it */
		shown = origin->n_peers;
	for (size_t i = 0; i < shown; i++)
		if (origin->peers[i].all.oldest->rule == STUCK_FULL)
			put_listener(out, origin->peers[i].all.oldest, indent);
		else
			put_peer(out, &origin->peers[i], indent);
	for (size_t i = shown; i < origin->n_peers; i++)
		left += origin->peers[i].all.n;
	if (left && origin->all.oldest->rule == STUCK_FULL)
		(void)fprintf(out, "%*s%zu more listeners\n", (int)indent, "", left);
	else if (left)
		(void)fprintf(out, "%*s%zu x %zu more peers\n", (int)indent, "", left,
			      origin->n_peers - shown);
}

/* FILE:LINE FUNCTION of one frame; returns `text`. */
static const char *site_of(const struct stuck_view *view, const struct origin_frame *frame,
			   char text[SITE_ROOM])
{
	const struct origin one = { .n = 1, .frames = frame };
	char raw[ORIGIN_TEXT];
	size_t n = origin_text(&one, raw), skip = (size_t)(strstr(raw, "at ") + 3 - raw);

	*format_text(text, raw + skip, n - skip, view->utf8) = '\0';
	return text;
}

/* Sockets of the same site may differ in its callers. */
static void put_callers(FILE *out, const struct stuck_view *view, const struct origin *origin)
{
	size_t first = (size_t)(origin_site(origin) - origin->frames) + 1;
	size_t last = view->all ? origin->n : first + CALLERS_SHOWN;
	char text[SITE_ROOM];

	for (size_t i = first; i < origin->n && i < last; i++)
		(void)fprintf(out, "      called at %s\n", site_of(view, &origin->frames[i], text));
}

/* Returns the indent of its peers. */
static unsigned put_origin(FILE *out, const struct stuck_view *view,
			   const struct stuck_origin *origin)
{
	const struct ts_holder *holder = socket_process(origin->all.oldest->entry);
	const struct origin *known = NULL;
	char text[SITE_ROOM], raw[ORIGIN_TEXT], age[FORMAT_DURATION + 2];

	if (view->origins && origin->origin)
		known = origin_describe(view->origins, origin->origin, holder ? holder->pid : 0,
					origin->all.oldest->entry->socket->uid);
	if (known)
		*format_text(text, raw, origin_text(known, raw), view->utf8) = '\0';
	else if (view->origins)
		(void)snprintf(text, sizeof(text), "unknown origin");
	else
		return 4;
	(void)fprintf(out, "    %zu x %s, oldest %s\n", origin->all.n, text,
		      age_of(origin->all.oldest, age));
	if (known)
		put_callers(out, view, known);
	return 6;
}

static void put_origins(FILE *out, const struct stuck_view *view, const struct stuck_group *group)
{
	size_t shown = view->all ? group->n_origins : ORIGINS_SHOWN, left = 0;

	if (shown + 1 >= group->n_origins)
		shown = group->n_origins;
	for (size_t i = 0; i < shown; i++)
		put_peers(out, view, &group->origins[i], put_origin(out, view, &group->origins[i]));
	for (size_t i = shown; i < group->n_origins; i++)
		left += group->origins[i].all.n;
	if (left)
		(void)fprintf(out, "    %zu x from %zu more origins\n", left,
			      group->n_origins - shown);
}

/* Sockets older than the tracer have no origin, and may be the majority. */
static bool has_origin(const struct stuck_group *group)
{
	for (size_t i = 0; i < group->n_origins; i++)
		if (group->origins[i].origin)
			return true;
	return false;
}

static bool is_default(const struct sockets *sockets, const struct stuck_item *item)
{
	struct stuck_rules defaults;

	stuck_rules_default(&defaults);
	return item->rule_ns == stuck_limit(&defaults, item->rule, sockets, item->entry->socket);
}

/* Whether a shell takes the name in quotes as it is, and a pattern has no meaning but itself. */
static bool is_plain(const char *comm)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				    " _-.:/+@=%#";
	size_t length = strnlen(comm, TS_COMM_LEN);

	for (size_t i = 0; i < length; i++)
		if (!strchr(plain, comm[i]))
			return false;
	return length && comm[0] != '-';
}

/* Whether the pattern selects a process of another group, with the same rule or state. */
static bool selects_others(const struct stuck_view *view, const struct stuck_group *group,
			   const char *pattern, size_t length)
{
	for (size_t i = 0; i < view->groups->n; i++) {
		const struct stuck_group *other = &view->groups->groups[i];

		for (size_t k = 0; other != group && k < other->n_processes; k++)
			if (!strncmp(other->processes[k].holder->comm, pattern, length))
				return true;
	}
	return false;
}

/*
 * The option that selects the processes of a group: -p PID,..., or -c NAME if that selects no others and
 * PIDs are many. Returns false if there is none.
 */
static bool put_selector(const struct stuck_view *view, const struct stuck_group *group,
			 char text[TEXT_ROOM])
{
	const char *comm = group->n_processes ? group->processes[0].holder->comm : "";
	bool one_name = has_one_name(group);
	size_t length = one_name ? strnlen(comm, TS_COMM_LEN) : program_name_stem(comm);
	int at = snprintf(text, TEXT_ROOM, "-p");

	if (group->n_processes > 1 && !view->by_pid && is_plain(comm) &&
	    !selects_others(view, group, comm, one_name ? TS_COMM_LEN : length)) {
		(void)snprintf(text, TEXT_ROOM, "-c '%.*s%s'%s", (int)length, comm,
			       one_name ? "" : "*", view->scope ? view->scope : "");
		return true;
	}
	for (size_t i = 0; i < group->n_processes; i++) {
		const struct ts_holder *holder = group->processes[i].holder;

		if (!holder->pid || group->n_processes > TS_FILTER_IDS)
			return false;
		at += snprintf(text + at, TEXT_ROOM - (size_t)at, "%c%" PRIu32, i ? ',' : ' ',
			       holder->pid);
	}
	return group->n_processes > 0;
}

/* Adds a rule that is not the default, without which the command may find nothing. */
static void put_next(FILE *out, const struct stuck_view *view, const struct stuck_group *group,
		     const char *next)
{
	const struct stuck_item *oldest = group->all.oldest;
	char text[2 * TEXT_ROOM], selector[TEXT_ROOM], rule[STUCK_RULE_TEXT];

	if (strstr(next, "{}") && !put_selector(view, group, selector))
		return;
	template_fill(text, sizeof(text), next, (const char *[]){ selector });
	(void)fprintf(out, "  Next: %s", text);
	if (!strncmp(text, "tcpstate stuck", 14) && !is_default(view->sockets, oldest)) {
		stuck_rule_print(group->rule, oldest->rule_ns, rule);
		(void)fprintf(out, " --rule '%s'", rule);
	}
	(void)fputc('\n', out);
}

/* *last: the meaning that was printed last, which is not repeated. */
static void put_group(FILE *out, const struct stuck_view *view, const struct stuck_group *group,
		      const char **last)
{
	struct stuck_diagnosis diagnosis;

	stuck_diagnose(group, has_origin(group), &diagnosis);
	put_heading(out, view, group, &diagnosis);
	put_sums(out, group);
	put_process(out, view, group);
	if (group->rule != STUCK_FULL)
		put_origins(out, view, group);
	else if (group->all.n > 1) /* a listener has no origin */
		put_peers(out, view, &group->origins[0], 4);
	if (diagnosis.meaning != *last)
		utf8_print_wrapped(out, view->width, 2, 0, diagnosis.meaning);
	*last = diagnosis.meaning;
	put_next(out, view, group, diagnosis.next);
}

void stuck_report_print(FILE *out, const struct stuck_view *view)
{
	const struct stuck_groups *groups = view->groups;
	size_t shown = view->all ? groups->n : GROUPS_SHOWN, left = 0;
	const char *last = NULL;

	if (shown + 1 >= groups->n)
		shown = groups->n;
	for (size_t i = 0; i < shown; i++) {
		if (i)
			(void)fputc('\n', out);
		put_group(out, view, &groups->groups[i], &last);
	}
	for (size_t i = shown; i < groups->n; i++)
		left += groups->groups[i].all.n;
	if (left)
		(void)fprintf(out, "\n%zu more stuck sockets, in %zu groups: -v shows them all\n",
			      left, groups->n - shown);
}
