// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The diagnosis of groups of stuck sockets; its commands are accepted. */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "explain/explain.h"
#include "fields/field.h"
#include "cli/options.h"
#include "stuck/report.h"
#include "world.h"

/* A group of n sockets, one of which exists. */
struct crowd {
	struct ts_socket socket;
	struct socket_entry entry;
	struct ts_holder holder;
	struct stuck_item item;
	struct stuck_group group;
};

static struct stuck_group *crowd_of(struct crowd *crowd, int rule, size_t n)
{
	memset(crowd, 0, sizeof(*crowd));
	crowd->item.entry = &crowd->entry;
	crowd->entry.socket = &crowd->socket;
	crowd->entry.holder = &crowd->holder;
	crowd->group =
		(struct stuck_group){ .all = { n, &crowd->item }, .rule = (enum stuck_rule)rule };
	return &crowd->group;
}

/* The meaning contains that text. */
static void expect(const struct stuck_group *group, bool has_origin, const char *meaning,
		   const char *next)
{
	struct stuck_diagnosis diagnosis;

	stuck_diagnose(group, has_origin, &diagnosis);
	if (!strstr(diagnosis.meaning, meaning))
		fail_msg("%s: %s", meaning, diagnosis.meaning);
	assert_string_equal(diagnosis.next, next);
}

static void names(void **state)
{
	static const struct {
		int rule;
		const char *one, *many;
	} cases[] = {
		{ TS_CLOSE_WAIT, "socket in CLOSE_WAIT", "sockets in CLOSE_WAIT" },
		{ TS_TIME_WAIT, "socket in TIME_WAIT", "sockets in TIME_WAIT" },
		{ TS_ESTABLISHED, "socket in ESTABLISHED", "sockets in ESTABLISHED" },
		{ TS_SYN_SENT, "socket in SYN_SENT", "sockets in SYN_SENT" },
		{ TS_FIN_WAIT_1, "socket in FIN_WAIT_1", "sockets in FIN_WAIT_1" },
		{ TS_FIN_WAIT_2, "socket in FIN_WAIT_2", "sockets in FIN_WAIT_2" },
		{ TS_LAST_ACK, "socket in LAST_ACK", "sockets in LAST_ACK" },
		{ TS_CLOSING, "socket in CLOSING", "sockets in CLOSING" },
		{ TS_SYN_RECV, "half-open connection (SYN_RECV)",
		  "half-open connections (SYN_RECV)" },
		{ STUCK_UNREAD, "connection with unread data", "connections with unread data" },
		{ STUCK_UNSENT, "connection whose data the peer does not take",
		  "connections whose data the peer does not take" },
		{ STUCK_FULL, "listener with a full accept queue",
		  "listeners with a full accept queue" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct stuck_diagnosis diagnosis;
		struct crowd crowd;

		stuck_diagnose(crowd_of(&crowd, cases[i].rule, 1), false, &diagnosis);
		assert_string_equal(diagnosis.one, cases[i].one);
		assert_string_equal(diagnosis.many, cases[i].many);
	}
}

#define WHERE "tcpstate stuck --watch --origin {}"
#define END   "tcpstate stuck --close=fin -s close-wait {}"

static void close_wait(void **state)
{
	struct crowd crowd;
	struct stuck_group *group = crowd_of(&crowd, TS_CLOSE_WAIT, 3);

	(void)state;
	group->at_end = 3;
	expect(group, false, "has read all data", WHERE);
	expect(group, true, "has read all data", END);
	group->at_end = 2;
	expect(group, true, "has read some sockets to the end", END);
	group->at_end = 0;
	expect(group, false, "has not come back to read the end of file", WHERE);
	group->with_unread = 2;
	expect(group, false, "has not come back to read the end of file", WHERE);
	group->at_end = 1;
	expect(group, false, "has read some sockets to the end", WHERE);
	group->at_end = 0;
	group->with_unread = 3;
	expect(group, false, "has not even read the data before the FIN", WHERE);
	group->not_accepted = 2;
	expect(group, false, "has not even read the data before the FIN", WHERE);
	group->not_accepted = 3;
	expect(group, true, "has never accepted them", "tcpstate list -s listen {}");
	group->not_accepted = 0;
	group->with_unsent = 3;
	expect(group, false, "has not even read the data before the FIN", WHERE);
	group->with_unread = 0;
	group->with_unsent = 2;
	expect(group, false, "has not come back to read the end of file", WHERE);
	group->with_unsent = 3;
	expect(group, true, "does not take the data that this process has written since",
	       "tcpstate list {} -o +timer,unsent,rtt");
	group->with_unsent = 0;
	crowd.entry.holder = NULL; /* and no listener */
	expect(group, false, "no io_uring holds it: tcpstate cannot see what does", WHERE);
	group->rings_unknown = true;
	expect(group, false, "No process that tcpstate can see has", WHERE);
	expect(group, false, "or an io_uring holds it", WHERE);
}

static void fin_waits(void **state)
{
	struct crowd crowd;
	struct stuck_group *group = crowd_of(&crowd, TS_FIN_WAIT_1, 3);

	(void)state;
	expect(group, false, "does not acknowledge the FIN",
	       "tcpstate list -s fin-wait-1 -o +timer,unsent");
	group->unsent = 1;
	expect(group, false, "The peer has not taken the data before the FIN",
	       "tcpstate list -s fin-wait-1 -o +timer,unsent");
	group = crowd_of(&crowd, TS_FIN_WAIT_2, 3);
	expect(group, false, "No timer ends the socket while a process holds it",
	       "tcpstate stuck --close=reset -s fin-wait-2 {}");
	group->with_unread = 2;
	expect(group, false, "look for CLOSE_WAIT on the peer.",
	       "tcpstate stuck --close=reset -s fin-wait-2 {}");
	group->with_unread = 3; /* the peer may have closed */
	expect(group, false, "does not read what the peer still sends",
	       "tcpstate list -s fin-wait-2 {} -o +unread,last_received");
	crowd.entry.holder = NULL;
	expect(group, false, "look for CLOSE_WAIT on the peer.", "tcpstate explain fin-wait-2");
	group = crowd_of(&crowd, TS_LAST_ACK, 3);
	group->unsent = 1;
	expect(group, false, "The peer has not taken the data before the last FIN",
	       "tcpstate list -s last-ack -o +timer,unsent");
	group = crowd_of(&crowd, TS_CLOSING, 3);
	group->unsent = 1;
	expect(group, false, "The peer has not taken the data before this end's FIN",
	       "tcpstate explain closing");
}

static void half_open_causes(void **state)
{
	struct crowd crowd;
	struct stuck_group *group = crowd_of(&crowd, TS_SYN_RECV, 2);

	(void)state;
	group->cause = STUCK_DEFERRED;
	expect(group, false, "TCP_DEFER_ACCEPT",
	       "tcpstate list -s syn-recv -o +timer,defer_accept,ack_came");
	group->cause = STUCK_ACK_DROPPED;
	expect(group, false, "has come, and the kernel dropped it",
	       "tcpstate list -s listen {}");
}

static void idle_causes(void **state)
{
	static const struct {
		enum stuck_cause cause;
		const char *meaning;
	} cases[] = {
		{ STUCK_NO_ANSWER, "the peer does not answer" },
		{ STUCK_ANSWERS, "its host is alive" },
		{ STUCK_WATCHED, "Keepalive is on" },
		{ STUCK_UNWATCHED, "keepalive is off" },
	};
	struct crowd crowd;
	struct stuck_group *group = crowd_of(&crowd, STUCK_IDLE, 2);

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		group->cause = cases[i].cause;
		expect(group, false, cases[i].meaning,
		       "tcpstate list -s established {} -o +idle,timer,notice");
	}
}

static void others(void **state)
{
	static const struct {
		int rule;
		const char *meaning, *next;
	} cases[] = {
		{ TS_SYN_SENT, "The SYN gets no answer", "tcpstate --handshakes --failed {}" },
		{ TS_SYN_RECV, "The client's last ACK has not come", "tcpstate --handshakes" },
		{ TS_LAST_ACK,
		  "Both ends have closed, and the peer does not acknowledge the last FIN",
		  "tcpstate explain last-ack" },
		{ TS_CLOSING, "Both ends closed at the same time", "tcpstate explain closing" },
		{ TS_ESTABLISHED, "in this state for longer than the rule allows",
		  "tcpstate explain established" },
		{ TS_TIME_WAIT, "in this state for longer than the rule allows",
		  "tcpstate explain time-wait" },
		{ STUCK_UNREAD, "Data has come, and the process does not read it",
		  "tcpstate list {} -o +unread,last_received" },
		{ STUCK_UNSENT, "The peer has not taken any data for that long",
		  "tcpstate list {} -o +timer,unsent,rtt" },
		{ STUCK_FULL, "no room for another connection", "tcpstate --handshakes {}" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct crowd crowd;

		expect(crowd_of(&crowd, cases[i].rule, 1), false, cases[i].meaning, cases[i].next);
		expect(crowd_of(&crowd, cases[i].rule, 1), true, cases[i].meaning, cases[i].next);
	}
}

/* The command line is accepted, with its columns and topics. */
static void try_command(const char *next)
{
	static const struct command commands[] = { { .name = "trace", .bit = COMMAND_TRACE },
						   { .name = "list", .bit = COMMAND_LIST },
						   { .name = "stuck", .bit = COMMAND_STUCK },
						   { .name = "explain", .bit = COMMAND_EXPLAIN },
						   { 0 } };
	static struct options options;
	const struct command *command;
	const struct field *fields[FIELDS_MAX];
	struct topic topics[TOPICS_MAX];
	struct error error = { "" };
	char text[128], *argv[16] = { NULL };
	const char *pid = strstr(next, "{}");
	int argc = 0;
	size_t n;

	(void)snprintf(text, sizeof(text), "%.*s%s%s", pid ? (int)(pid - next) : (int)strlen(next),
		       next, pid ? "-p 4711" : "", pid ? pid + 2 : "");
	for (char *rest = text; rest && argc < 15;)
		argv[argc++] = strsep(&rest, " ");
	if (option_parse(commands, argc, argv, &command, &options, &error))
		fail_msg("%s: %s", next, error.text);
	assert_int_equal(options.action, ACTION_RUN);
	assert_true(!pid || options.filter.on & TS_BY_PID);
	if (field_select(command->bit == COMMAND_LIST ? &socket_fields : &transition_fields,
			 options.columns, FIELD_IN_TEXT, fields, &n, &error))
		fail_msg("%s: %s", next, error.text);
	if (command->bit == COMMAND_EXPLAIN &&
	    topic_parse(options.argc, options.argv, topics, &error) < 0)
		fail_msg("%s: %s", next, error.text);
	option_free(&options);
}

static void commands_can_be_given(void **state)
{
	(void)state;
	for (int i = 0; i < STUCK_RULES * 4; i++) {
		struct stuck_diagnosis diagnosis;
		struct crowd crowd;
		struct stuck_group *group = crowd_of(&crowd, i / 4, 1);

		if (i & 1)
			crowd.entry.holder = NULL;
		stuck_diagnose(group, i & 2, &diagnosis);
		try_command(diagnosis.next);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names),
		cmocka_unit_test(close_wait),
		cmocka_unit_test(fin_waits),
		cmocka_unit_test(half_open_causes),
		cmocka_unit_test(idle_causes),
		cmocka_unit_test(others),
		cmocka_unit_test(commands_can_be_given),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
