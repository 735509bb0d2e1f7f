// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The columns of TCP sockets: timers, round trips, windows, counters, accept queues. */
#include <netinet/in.h>
#include <string.h>

#include "fields/field.h"
#include "lib/format.h"
#include "sockets/view.h"
#include "tcp/state.h"

ROW_TEST(is_connection, socket_is_connection(row->socket))
ROW_TEST(has_info, socket_has_info(row->socket))

static const char *timer_name(const struct ts_socket *s)
{
	static const char *const names[] = {
		[TS_TIMER_ON] = "on",
		[TS_TIMER_KEEPALIVE] = "keepalive",
		[TS_TIMER_TIMEWAIT] = "timewait",
		[TS_TIMER_PERSIST] = "persist",
	};

	return s->timer < sizeof(names) / sizeof(names[0]) ? names[s->timer] : NULL;
}

static uint64_t expires_ns(const struct row *row)
{
	int32_t ticks = row->socket->expires;

	return ticks > 0 ? (uint64_t)ticks * row->view->sockets->tick_ns : 0;
}

/* As netstat -o: the timer's name, its time, retransmissions and probes. No locale has a say. */
static bool get_timer(const struct row *row, struct value *value)
{
	const struct ts_socket *s = row->socket;
	uint64_t hundredths = (expires_ns(row) + 5000000) / 10000000;
	char *text = row->view->text, *at = text;

	if (!timer_name(s))
		return false;
	at = format_u64(format_name(format_name(at, timer_name(s)), " "), hundredths / 100);
	*at++ = '.';
	*at++ = (char)('0' + hundredths / 10 % 10);
	*at++ = (char)('0' + hundredths % 10);
	*at++ = 's';
	if (s->retransmits || s->probes) {
		at = format_u64(format_name(at, ", again "), s->retransmits);
		at = format_u64(format_name(at, ", probes "), s->probes);
	}
	return value_text(value, text, (size_t)(at - text));
}

GET_NAME(get_timer_name, timer_name(row->socket))
GET_NUMBER_IF(get_timer_us, timer_name(row->socket), expires_ns(row))

/* A request socket retransmits its SYN-ACK. */
GET_NUMBER_IF(get_retransmits, is_connection(row) || socket_is_request(row->socket),
	      row->socket->retransmits)

ROW_TEST(is_request, row->socket->listener)
GET_NUMBER_IF(get_ack_came, is_request(row), !!(row->socket->flags & TS_S_ACK_CAME))
GET_NUMBER_IF(get_deferred, is_request(row), !!(row->socket->flags & TS_S_DEFERRED))
GET_NUMBER_IF(get_probes, is_connection(row), row->socket->probes)
GET_KNOWN(get_rtt, 1000ull * row->totals.srtt_us)
GET_NUMBER_IF(get_rttvar_us, row->totals.srtt_us, row->socket->rttvar_us)
GET_NUMBER_IF(get_cwnd, has_info(row), row->socket->cwnd)

enum { INFINITE = 0x7fffffff }; /* TCP_INFINITE_SSTHRESH: no loss so far */
GET_NUMBER_IF(get_ssthresh, has_info(row) && row->socket->ssthresh < INFINITE,
	      row->socket->ssthresh)
GET_NUMBER_IF(get_retrans_out, has_info(row), row->socket->retrans_out)
GET_NUMBER_IF(get_unread, is_connection(row) || socket_is_closed(row->socket),
	      socket_unread(row->socket))
GET_NUMBER_IF(get_unsent, has_info(row), socket_unsent(row->socket))

static bool get_congestion(const struct row *row, struct value *value)
{
	const char *name = row->socket->congestion;

	return *name && value_text(value, name, strnlen(name, sizeof(row->socket->congestion)));
}

/* Before the handshake is over the kernel's times are 0, or another connection's. */
static bool set_ticks(const struct row *row, struct value *value, int32_t ticks)
{
	uint8_t state = row->socket->state;

	return has_info(row) && state != TS_SYN_SENT && state != TS_SYN_RECV && ticks >= 0 &&
	       value_number(value, (uint64_t)ticks * row->view->sockets->tick_ns);
}

/* The kernel sets this time when most connections are made, but not all: only payload proves it. */
ROW_TEST(has_received, row->totals.bytes_in)
GETTER(get_last_received, has_received(row) && set_ticks(row, value, row->socket->received))

GETTER(get_last_sent, set_ticks(row, value, row->socket->sent))
GETTER(get_last_acked, set_ticks(row, value, row->socket->acked))
GETTER(get_idle, set_ticks(row, value, socket_idle_ticks(row->socket)))
GET_NUMBER_IF(get_keepalive,
	      is_connection(row) && !(row->socket->flags & (TS_S_NO_INFO | TS_S_NO_OPTIONS)),
	      !!(row->socket->flags & TS_S_KEEPALIVE))

static bool get_notice(const struct row *row, struct value *value)
{
	uint64_t ns;

	return socket_keepalive_end(row->view->sockets, row->socket, &ns) &&
	       value_number(value, ns);
}

GET_NUMBER_IF(get_accept_queue, socket_is_listener(row->socket), row->socket->backlog)
GET_NUMBER_IF(get_accept_limit,
	      socket_is_listener(row->socket) && !(row->socket->flags & TS_S_NO_INFO),
	      row->socket->backlog_max)
GET_NUMBER_IF(get_mptcp,
	      row->socket->proto == IPPROTO_TCP &&
		      !(row->socket->flags & (TS_S_MINISOCK | TS_S_NO_INFO)),
	      !!(row->socket->flags & TS_S_SUBFLOW))

enum { DATA = FIELD_IN_CSV | FIELD_IN_JSON };

static const struct field fields[] = {
	{ "timer", "TIMER", get_timer, VALUE_TEXT, 14, NULL, 0, NULL,
	  "running timer and its time: on (retransmission), keepalive, timewait, persist; "
	  "retransmissions and probes so far" },
	{ "timer_name", "TIMER_NAME", get_timer_name, VALUE_NAME, 10, NULL, DATA, NULL,
	  "name of that timer" },
	{ "timer_us", "TIMER_US", get_timer_us, VALUE_US, 14, NULL, DATA, "microseconds",
	  "time until it expires" },
	{ "retransmits", "AGAIN", get_retransmits, VALUE_U64, 5, NULL, DATA, NULL,
	  "retransmission timeouts of what is unacknowledged now; half-open: retransmitted SYN-ACKs" },
	{ "ack_came", "ACK_CAME", get_ack_came, VALUE_BOOL, 8, NULL, DATA, NULL,
	  "half-open: true if the kernel received the handshake's last ACK, and dropped it" },
	{ "defer_accept", "DEFER_ACCEPT", get_deferred, VALUE_BOOL, 12, NULL, DATA, NULL,
	  "half-open: true if the listener has TCP_DEFER_ACCEPT" },
	{ "probes", "PROBES", get_probes, VALUE_U64, 6, NULL, DATA, NULL,
	  "unanswered keepalive or window probes" },
	{ "rtt", "RTT", get_rtt, VALUE_DURATION, 7, NULL, 0, NULL, "smoothed round-trip time" },
	{ "rttvar_us", "RTTVAR_US", get_rttvar_us, VALUE_U64, 9, NULL, DATA, "microseconds",
	  "variation of the round-trip time" },
	{ "cwnd", "CWND", get_cwnd, VALUE_U64, 5, NULL, DATA, "segments", "congestion window" },
	{ "ssthresh", "SSTHRESH", get_ssthresh, VALUE_U64, 8, NULL, DATA, "segments",
	  "slow start threshold; unknown before the first loss" },
	{ "retrans_out", "RETRANS_OUT", get_retrans_out, VALUE_U64, 11, NULL, DATA, "segments",
	  "retransmissions in flight" },
	{ "unread", "UNREAD", get_unread, VALUE_U64, 8, NULL, DATA, "bytes",
	  "recv_q without the FIN that the kernel counts in it" },
	{ "unsent", "UNSENT", get_unsent, VALUE_U64, 8, NULL, DATA, "bytes",
	  "part of send_q that was never sent" },
	{ "congestion", "CONGESTION", get_congestion, VALUE_TEXT, 10, NULL, DATA, NULL,
	  "congestion control algorithm" },
	{ "last_received", "RECEIVED", get_last_received, VALUE_DURATION, 8, NULL, 0, NULL,
	  "time since data was received" },
	{ "last_sent", "SENT", get_last_sent, VALUE_DURATION, 7, NULL, 0, NULL,
	  "time since data was sent, or since the connection was made" },
	{ "last_received_us", "LAST_RECEIVED_US", get_last_received, VALUE_US, 16, NULL, DATA,
	  "microseconds", "the same as last_received" },
	{ "last_sent_us", "LAST_SENT_US", get_last_sent, VALUE_US, 14, NULL, DATA, "microseconds",
	  "the same as last_sent" },
	{ "last_acked_us", "LAST_ACKED_US", get_last_acked, VALUE_US, 14, NULL, DATA,
	  "microseconds", "time since the last acknowledgement" },
	{ "idle", "IDLE", get_idle, VALUE_DURATION, 7, NULL, 0, NULL,
	  "time since data was last sent or received; a retransmission counts as sent" },
	{ "idle_us", "IDLE_US", get_idle, VALUE_US, 14, NULL, DATA, "microseconds",
	  "the same as idle" },
	{ "keepalive", "KEEPALIVE", get_keepalive, VALUE_BOOL, 9, NULL, DATA, NULL,
	  "true: SO_KEEPALIVE is on, and the kernel sends probes" },
	{ "notice", "NOTICE", get_notice, VALUE_DURATION, 7, NULL, 0, NULL,
	  "time until keepalive ends the connection if the peer does not answer" },
	{ "notice_us", "NOTICE_US", get_notice, VALUE_US, 14, NULL, DATA, "microseconds",
	  "the same as notice; null: no keepalive probe is due" },
	{ "accept_queue", "ACCEPT_QUEUE", get_accept_queue, VALUE_U64, 12, NULL, DATA, NULL,
	  "listener: connections that wait to be accepted" },
	{ "accept_limit", "ACCEPT_LIMIT", get_accept_limit, VALUE_U64, 12, NULL, DATA, NULL,
	  "listener: limit of that queue" },
	{ "mptcp", "MPTCP", get_mptcp, VALUE_BOOL, 5, NULL, DATA, NULL,
	  "true: part of an MPTCP connection" },
};

const struct field_table socket_tcp_fields = {
	.fields = fields,
	.n = sizeof(fields) / sizeof(fields[0]),
	.base = &endpoint_fields,
	.data = "timer_name,timer_us,retransmits,probes,srtt_us,rttvar_us,cwnd,ssthresh,"
		"retrans_out,segs_retrans,bytes_in,bytes_out,*",
};
