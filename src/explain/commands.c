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

static const struct advice states[TS_STATES] = {
	[TS_LISTEN] = { { { "tcpstate list -l", SHOW_LISTENERS },
			  { "tcpstate --handshakes", SHOW_HANDSHAKES },
			  { "tcpstate stats -P tcp", SHOW_STATS } },
			{ S(SOMAXCONN), S(ABORT_ON_OVERFLOW), S(SYNCOOKIES), S(MAX_SYN_BACKLOG),
			  S(MIGRATE_REQ), S(FASTOPEN) } },
	[TS_SYN_SENT] = { { { "tcpstate list -s syn-sent", SHOW_LIST },
			    { "tcpstate stuck -s syn-sent", SHOW_STUCK },
			    { "tcpstate --handshakes --failed", SHOW_BAD_HANDSHAKES },
			    { "tcpstate -s SYN_SENT", SHOW_CHANGES } },
			  { S(SYN_RETRIES), S(SYN_LINEAR_TIMEOUTS), S(LOCAL_PORT_RANGE),
			    S(RTO_MAX) } },
	[TS_SYN_RECV] = { { { "tcpstate list -s syn-recv", SHOW_LIST },
			    { "tcpstate stuck -s syn-recv", SHOW_STUCK },
			    { "tcpstate --handshakes", SHOW_HANDSHAKES },
			    { "tcpstate stats -P tcp", SHOW_STATS } },
			  { S(SYNACK_RETRIES), S(SYNCOOKIES), S(MAX_SYN_BACKLOG), S(SOMAXCONN),
			    S(ABORT_ON_OVERFLOW) } },
	[TS_ESTABLISHED] = { { { "tcpstate list -s established", SHOW_LIST },
			       { "tcpstate -s 'ESTABLISHED>'", SHOW_OLD_ONLY },
			       { "tcpstate -s '>TIME_WAIT,>CLOSED' -o +received,sent,lifetime",
				 SHOW_TOTALS } },
			     { S(KEEPALIVE_TIME), S(KEEPALIVE_INTVL), S(KEEPALIVE_PROBES),
			       S(RETRIES1), S(RETRIES2) } },
	[TS_FIN_WAIT_1] = { { { "tcpstate list -s fin-wait-1", SHOW_LIST },
			      { "tcpstate stuck -s fin-wait-1", SHOW_STUCK },
			      { "tcpstate -s FIN_WAIT_1", SHOW_CHANGES },
			      { "tcpstate count 5", SHOW_COUNT } },
			    { S(ORPHAN_RETRIES), S(MAX_ORPHANS), S(RETRIES2) } },
	[TS_FIN_WAIT_2] = { { { "tcpstate list -s fin-wait-2", SHOW_LIST },
			      { "tcpstate stuck -s fin-wait-2", SHOW_STUCK },
			      { "tcpstate -s FIN_WAIT_2", SHOW_CHANGES },
			      { "tcpstate count 5", SHOW_COUNT } },
			    { S(FIN_TIMEOUT), S(MAX_TW_BUCKETS), S(KEEPALIVE_TIME) } },
	[TS_CLOSE_WAIT] = { { { "tcpstate list -s close-wait", SHOW_LIST },
			      { "tcpstate stuck -s close-wait", SHOW_STUCK },
			      { "tcpstate -s '>CLOSE_WAIT'", SHOW_NEW_ONLY },
			      { "tcpstate -s 'CLOSE_WAIT>'", SHOW_OLD_ONLY },
			      { "tcpstate count 5", SHOW_COUNT } },
			    { S(KEEPALIVE_TIME), S(KEEPALIVE_INTVL), S(KEEPALIVE_PROBES),
			      S(RETRIES2) } },
	[TS_CLOSING] = { { { "tcpstate list -s closing", SHOW_LIST },
			   { "tcpstate stuck -s closing", SHOW_STUCK },
			   { "tcpstate -s CLOSING", SHOW_CHANGES } },
			 { S(ORPHAN_RETRIES), S(MAX_ORPHANS), S(RETRIES2) } },
	[TS_LAST_ACK] = { { { "tcpstate list -s last-ack", SHOW_LIST },
			    { "tcpstate stuck -s last-ack", SHOW_STUCK },
			    { "tcpstate -s LAST_ACK", SHOW_CHANGES } },
			  { S(ORPHAN_RETRIES), S(MAX_ORPHANS), S(RETRIES2) } },
	[TS_TIME_WAIT] = { { { "tcpstate list -s time-wait", SHOW_LIST },
			     { "tcpstate -s '>TIME_WAIT'", SHOW_NEW_ONLY },
			     { "tcpstate count 5", SHOW_COUNT } },
			   { S(MAX_TW_BUCKETS), S(TW_REUSE), S(TW_REUSE_DELAY), S(RFC1337),
			     S(LOCAL_PORT_RANGE), S(FIN_TIMEOUT) } },
	[TS_CLOSED] = { { { "tcpstate -s '>CLOSED'", SHOW_NEW_ONLY },
			  { "tcpstate --failed", SHOW_FAILED },
			  { "tcpstate stats -P tcp", SHOW_STATS } },
			{ 0 } },
};

#define ENDS   "tcpstate -s '>CLOSED,>TIME_WAIT'"
#define RESETS "tcpstate --failed -o +rst,rst_reason"

static const struct advice reasons[TS_REASONS] = {
	[TS_REASON_NORMAL] = { { { ENDS, SHOW_NEW_ONLY }, { "tcpstate count 5", SHOW_COUNT } },
			       { 0 } },
	[TS_REASON_REFUSED] = { { { "tcpstate --handshakes --failed", SHOW_BAD_HANDSHAKES },
				  { "tcpstate list -l", SHOW_LISTENERS } },
				{ S(ABORT_ON_OVERFLOW) } },
	[TS_REASON_RESET_BY_PEER] = { { { RESETS, SHOW_RESETS },
					{ "tcpstate stats -P tcp", SHOW_STATS } },
				      { 0 } },
	[TS_REASON_TIMED_OUT] = { { { "tcpstate --failed -o +retrans", SHOW_FAILED },
				    { "tcpstate --handshakes --failed", SHOW_BAD_HANDSHAKES },
				    { "tcpstate stats -P tcp", SHOW_STATS } },
				  { S(SYN_RETRIES), S(SYN_LINEAR_TIMEOUTS), S(SYNACK_RETRIES),
				    S(RETRIES2), S(RTO_MAX) } },
	[TS_REASON_UNREACHABLE] = { { { "tcpstate --failed", SHOW_FAILED },
				      { "tcpstate --handshakes --failed", SHOW_BAD_HANDSHAKES } },
				    { S(RETRIES2) } },
	[TS_REASON_ABORTED_UNREAD_DATA] = { { { RESETS, SHOW_RESETS },
					      { "tcpstate list -s established", SHOW_LIST } },
					    { 0 } },
	[TS_REASON_ABORTED_LINGER] = { { { RESETS, SHOW_RESETS } }, { 0 } },
	[TS_REASON_ABORTED] = { { { RESETS, SHOW_RESETS } }, { 0 } },
	[TS_REASON_DESTROYED] = { { { "tcpstate --failed -o +by_pid,by_comm", SHOW_FAILED } },
				  { 0 } },
	[TS_REASON_LISTENER_CLOSED] = { { { "tcpstate -s 'LISTEN>CLOSED'", SHOW_THIS_CHANGE },
					  { RESETS, SHOW_RESETS } },
					{ S(MIGRATE_REQ) } },
	[TS_REASON_DROPPED] = { { { "tcpstate --handshakes", SHOW_HANDSHAKES },
				  { "tcpstate stats -P tcp", SHOW_STATS } },
				{ 0 } },
	[TS_REASON_KEEPALIVE_TIMEOUT] = { { { "tcpstate --failed", SHOW_FAILED },
					    { "tcpstate list -s established", SHOW_LIST } },
					  { S(KEEPALIVE_TIME), S(KEEPALIVE_INTVL),
					    S(KEEPALIVE_PROBES) } },
	[TS_REASON_USER_TIMEOUT] = { { { "tcpstate --failed", SHOW_FAILED } }, { S(RETRIES2) } },
	[TS_REASON_PROBE_TIMEOUT] = { { { "tcpstate --failed", SHOW_FAILED },
					{ "tcpstate list -s established", SHOW_LIST } },
				      { S(RETRIES2), S(RTO_MAX) } },
	[TS_REASON_FIN_TIMEOUT] = { { { "tcpstate -s 'FIN_WAIT_2>CLOSED'", SHOW_THIS_CHANGE },
				      { "tcpstate list -s fin-wait-2", SHOW_LIST } },
				    { S(FIN_TIMEOUT) } },
	[TS_REASON_ORPHAN_LIMIT] = { { { "tcpstate --failed", SHOW_FAILED },
				       { "tcpstate list -s fin-wait-1,last-ack,closing", SHOW_LIST },
				       { "tcpstate stats -P tcp", SHOW_STATS } },
				     { S(ORPHAN_RETRIES), S(MAX_ORPHANS) } },
	[TS_REASON_ABORTED_LATE_DATA] = { { { RESETS, SHOW_RESETS },
					    { "tcpstate -s FIN_WAIT_2", SHOW_CHANGES } },
					  { S(FIN_TIMEOUT) } },
	[TS_REASON_TIME_WAIT_OVERFLOW] = { { { "tcpstate list -s time-wait", SHOW_LIST },
					     { "tcpstate count 5", SHOW_COUNT } },
					   { S(MAX_TW_BUCKETS) } },
	[TS_REASON_REUSED] = { { { "tcpstate -s 'TIME_WAIT>'", SHOW_OLD_ONLY },
				 { "tcpstate list -s time-wait", SHOW_LIST } },
			       { S(TW_REUSE), S(TW_REUSE_DELAY), S(LOCAL_PORT_RANGE) } },
};

static const struct advice drops[TS_DROP_WHYS] = {
	[TS_DROP_ACCEPT_QUEUE] = { { { "tcpstate --handshakes", SHOW_HANDSHAKES },
				     { "tcpstate list -l", SHOW_LISTENERS },
				     { "tcpstate stats -P tcp", SHOW_STATS } },
				   { S(SOMAXCONN), S(ABORT_ON_OVERFLOW) } },
	[TS_DROP_SYN_QUEUE] = { { { "tcpstate --handshakes", SHOW_HANDSHAKES },
				  { "tcpstate list -s syn-recv", SHOW_LIST } },
				{ S(SYNCOOKIES), S(MAX_SYN_BACKLOG), S(SOMAXCONN),
				  S(SYNACK_RETRIES) } },
	[TS_DROP_COOKIE] = { { { "tcpstate --handshakes", SHOW_HANDSHAKES },
			       { "tcpstate list -s syn-recv", SHOW_LIST },
			       { "tcpstate stats -P tcp", SHOW_STATS } },
			     { S(SYNCOOKIES), S(SOMAXCONN), S(SYNACK_RETRIES) } },
	[TS_DROP_SYNACK_RETRANS] = { { { "tcpstate --handshakes", SHOW_HANDSHAKES },
				       { "tcpstate list -s syn-recv", SHOW_LIST } },
				     { S(SYNACK_RETRIES), S(ABORT_ON_OVERFLOW) } },
};

static const struct advice diagram = {
	{ { "tcpstate", SHOW_ALL }, { "tcpstate count 5", SHOW_COUNT } },
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
