// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The tcpstate commands and the sysctls of each topic, in no language. */
#include <stdio.h>

#include "explain/explain.h"
#include "tcp/state.h"

/* Tables, laid out by hand. */
/* clang-format off */

/* Both lists end with an entry of zeros, or where the array ends. */
struct advice {
	struct explain_command commands[EXPLAIN_COMMANDS_MAX];
	int sysctls[EXPLAIN_SYSCTLS_MAX]; /* enum sysctl_id + 1 */
};

#define S(id) (SYSCTL_##id + 1)

#define LIST(state)          { "tcpstate list -s " state, SHOW_LIST }
#define STUCK(state)         { "tcpstate stuck -s " state, SHOW_STUCK }
#define CHANGES(state)       { "tcpstate -s " state, SHOW_CHANGES }
#define NEW_ONLY(change)     { "tcpstate -s '" change "'", SHOW_NEW_ONLY }
#define OLD_ONLY(change)     { "tcpstate -s '" change "'", SHOW_OLD_ONLY }
#define THIS_CHANGE(change)  { "tcpstate -s '" change "'", SHOW_THIS_CHANGE }
#define LISTENERS            { "tcpstate list -l", SHOW_LISTENERS }
#define HANDSHAKES           { "tcpstate --handshakes", SHOW_HANDSHAKES }
#define BAD_HANDSHAKES       { "tcpstate --handshakes --failed", SHOW_BAD_HANDSHAKES }
#define FAILED               { "tcpstate --failed", SHOW_FAILED }
#define RESETS               { "tcpstate --failed -o +rst,rst_reason", SHOW_RESETS }
#define STATS                { "tcpstate stats -P tcp", SHOW_STATS }
#define COUNT                { "tcpstate count 5", SHOW_COUNT }

static const struct advice states[TS_STATES] = {
	[TS_LISTEN] = { { LISTENERS, HANDSHAKES, STATS },
	  { S(SOMAXCONN), S(ABORT_ON_OVERFLOW), S(SYNCOOKIES), S(MAX_SYN_BACKLOG), S(MIGRATE_REQ),
	    S(FASTOPEN) } },
	[TS_SYN_SENT] = { { LIST("syn-sent"), STUCK("syn-sent"), BAD_HANDSHAKES,
	    CHANGES("SYN_SENT") },
	  { S(SYN_RETRIES), S(SYN_LINEAR_TIMEOUTS), S(LOCAL_PORT_RANGE), S(RTO_MAX) } },
	[TS_SYN_RECV] = { { LIST("syn-recv"), STUCK("syn-recv"), HANDSHAKES, STATS },
	  { S(SYNACK_RETRIES), S(SYNCOOKIES), S(MAX_SYN_BACKLOG), S(SOMAXCONN),
	    S(ABORT_ON_OVERFLOW) } },
	[TS_ESTABLISHED] = { { LIST("established"), OLD_ONLY("ESTABLISHED>"),
	    { "tcpstate -s '>TIME_WAIT,>CLOSED' -o +received,sent,lifetime", SHOW_TOTALS } },
	  { S(KEEPALIVE_TIME), S(KEEPALIVE_INTVL), S(KEEPALIVE_PROBES), S(RETRIES1),
	    S(RETRIES2) } },
	[TS_FIN_WAIT_1] = { { LIST("fin-wait-1"), STUCK("fin-wait-1"), CHANGES("FIN_WAIT_1"),
	    COUNT }, { S(ORPHAN_RETRIES), S(MAX_ORPHANS), S(RETRIES2) } },
	[TS_FIN_WAIT_2] = { { LIST("fin-wait-2"), STUCK("fin-wait-2"), CHANGES("FIN_WAIT_2"),
	    COUNT }, { S(FIN_TIMEOUT), S(MAX_TW_BUCKETS), S(KEEPALIVE_TIME) } },
	[TS_CLOSE_WAIT] = { { LIST("close-wait"), STUCK("close-wait"), NEW_ONLY(">CLOSE_WAIT"),
	    OLD_ONLY("CLOSE_WAIT>"), COUNT },
	  { S(KEEPALIVE_TIME), S(KEEPALIVE_INTVL), S(KEEPALIVE_PROBES), S(RETRIES2) } },
	[TS_CLOSING] = { { LIST("closing"), STUCK("closing"), CHANGES("CLOSING") },
	  { S(ORPHAN_RETRIES), S(MAX_ORPHANS), S(RETRIES2) } },
	[TS_LAST_ACK] = { { LIST("last-ack"), STUCK("last-ack"), CHANGES("LAST_ACK") },
	  { S(ORPHAN_RETRIES), S(MAX_ORPHANS), S(RETRIES2) } },
	[TS_TIME_WAIT] = { { LIST("time-wait"), NEW_ONLY(">TIME_WAIT"), COUNT },
	  { S(MAX_TW_BUCKETS), S(TW_REUSE), S(TW_REUSE_DELAY), S(RFC1337), S(LOCAL_PORT_RANGE),
	    S(FIN_TIMEOUT) } },
	[TS_CLOSED] = { { NEW_ONLY(">CLOSED"), FAILED, STATS }, { 0 } },
};

static const struct advice reasons[TS_REASONS] = {
	[TS_REASON_NORMAL] = { { NEW_ONLY(">CLOSED,>TIME_WAIT"), COUNT }, { 0 } },
	[TS_REASON_REFUSED] = { { BAD_HANDSHAKES, LISTENERS }, { S(ABORT_ON_OVERFLOW) } },
	[TS_REASON_RESET_BY_PEER] = { { RESETS, STATS }, { 0 } },
	[TS_REASON_TIMED_OUT] = { { { "tcpstate --failed -o +retrans", SHOW_FAILED },
	    BAD_HANDSHAKES, STATS },
	  { S(SYN_RETRIES), S(SYN_LINEAR_TIMEOUTS), S(SYNACK_RETRIES), S(RETRIES2), S(RTO_MAX) } },
	[TS_REASON_UNREACHABLE] = { { FAILED, BAD_HANDSHAKES }, { S(RETRIES2) } },
	[TS_REASON_ABORTED_UNREAD_DATA] = { { RESETS, LIST("established") }, { 0 } },
	[TS_REASON_ABORTED_LINGER] = { { RESETS }, { 0 } },
	[TS_REASON_ABORTED] = { { RESETS }, { 0 } },
	[TS_REASON_DESTROYED] = { { { "tcpstate --failed -o +by_pid,by_comm", SHOW_FAILED } },
	  { 0 } },
	[TS_REASON_LISTENER_CLOSED] = { { THIS_CHANGE("LISTEN>CLOSED"), RESETS },
	  { S(MIGRATE_REQ) } },
	[TS_REASON_DROPPED] = { { HANDSHAKES, STATS }, { 0 } },
	[TS_REASON_KEEPALIVE_TIMEOUT] = { { FAILED, LIST("established") },
	  { S(KEEPALIVE_TIME), S(KEEPALIVE_INTVL), S(KEEPALIVE_PROBES) } },
	[TS_REASON_USER_TIMEOUT] = { { FAILED }, { S(RETRIES2) } },
	[TS_REASON_PROBE_TIMEOUT] = { { FAILED, LIST("established") },
	  { S(RETRIES2), S(RTO_MAX) } },
	[TS_REASON_FIN_TIMEOUT] = { { THIS_CHANGE("FIN_WAIT_2>CLOSED"), LIST("fin-wait-2") },
	  { S(FIN_TIMEOUT) } },
	[TS_REASON_ORPHAN_LIMIT] = { { FAILED, LIST("fin-wait-1,last-ack,closing"), STATS },
	  { S(ORPHAN_RETRIES), S(MAX_ORPHANS) } },
	[TS_REASON_ABORTED_LATE_DATA] = { { RESETS, CHANGES("FIN_WAIT_2") }, { S(FIN_TIMEOUT) } },
	[TS_REASON_TIME_WAIT_OVERFLOW] = { { LIST("time-wait"), COUNT }, { S(MAX_TW_BUCKETS) } },
	[TS_REASON_NO_LOCAL_PORT] = { { BAD_HANDSHAKES, LIST("time-wait"), COUNT },
	  { S(LOCAL_PORT_RANGE), S(TW_REUSE), S(TW_REUSE_DELAY) } },
	[TS_REASON_REUSED] = { { OLD_ONLY("TIME_WAIT>"), LIST("time-wait") },
	  { S(TW_REUSE), S(TW_REUSE_DELAY), S(LOCAL_PORT_RANGE) } },
};

static const struct advice drops[TS_DROP_WHYS] = {
	[TS_DROP_ACCEPT_QUEUE] = { { HANDSHAKES, LISTENERS, STATS },
	  { S(SOMAXCONN), S(ABORT_ON_OVERFLOW) } },
	[TS_DROP_SYN_QUEUE] = { { HANDSHAKES, LIST("syn-recv") },
	  { S(SYNCOOKIES), S(MAX_SYN_BACKLOG), S(SOMAXCONN), S(SYNACK_RETRIES) } },
	[TS_DROP_COOKIE] = { { HANDSHAKES, LIST("syn-recv"), STATS },
	  { S(SYNCOOKIES), S(SOMAXCONN), S(SYNACK_RETRIES) } },
	[TS_DROP_SYNACK_RETRANS] = { { HANDSHAKES, LIST("syn-recv") },
	  { S(SYNACK_RETRIES), S(ABORT_ON_OVERFLOW) } },
};

static const struct advice diagram = {
	{ { "tcpstate", SHOW_ALL }, COUNT },
	{ 0 },
};

/* A transition uses the entry of its new state, or of its old state if it ends the connection. */
static const struct advice *advice_of(const struct topic *topic)
{
	switch (topic->kind) {
	case EXPLAIN_STATE:
		return &states[topic->old];
	case EXPLAIN_CHANGE:
		if (!explain_legal(topic))
			return NULL;
		return &states[topic->new == TS_CLOSED ? topic->old : topic->new];
	case EXPLAIN_REASON:
		return &reasons[topic->number];
	case EXPLAIN_DROP:
		return &drops[topic->number];
	default:
		return &diagram;
	}
}

void explain_commands(const struct topic *topic, struct explain_lines *lines)
{
	const struct advice *advice = advice_of(topic);

	lines->count = 0;
	if (!advice)
		return;
	if (topic->kind == EXPLAIN_CHANGE) {
		(void)snprintf(lines->made, sizeof(lines->made), "tcpstate -s '%s>%s'",
			       state_name(topic->old), state_name(topic->new));
		lines->command[lines->count++] = (struct explain_command){ lines->made,
									   SHOW_THIS_CHANGE };
	}
	for (size_t i = 0; i < EXPLAIN_COMMANDS_MAX && advice->commands[i].line &&
			   lines->count < EXPLAIN_COMMANDS_MAX;
	     i++)
		lines->command[lines->count++] = advice->commands[i];
}

size_t explain_sysctls(const struct topic *topic, enum sysctl_id *list)
{
	const struct advice *advice = advice_of(topic);
	size_t n = 0;

	for (; advice && n < EXPLAIN_SYSCTLS_MAX && advice->sysctls[n]; n++)
		list[n] = (enum sysctl_id)(advice->sysctls[n] - 1);
	return n;
}
