// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The field table and its getters. A new column is one row and one getter here.
 * A getter starts from a value that is all zeros, which is VALUE_NULL.
 */
#include "fields/field.h"

#include <errno.h>
#include <string.h>

#include "tcp/handshake_drop.h"
#include "fields/reason_detail.h"
#include "events/handshake.h"
#include "tcp/rst_reason.h"
#include "tcp/state.h"
#include "tcp/transition.h"

void value_set_number(struct value *value, enum value_type type, uint64_t number)
{
	value->type = type;
	value->number = number;
}

void value_set_name(struct value *value, const char *name)
{
	value->type = name ? VALUE_NAME : VALUE_NULL;
	value->text = name;
}

void value_set_text(struct value *value, const char *text, size_t length)
{
	value->type = VALUE_TEXT;
	value->text = text;
	value->length = length;
}

static bool has_owner(const struct ts_transition *t)
{
	return t->owner != TS_OWNER_UNKNOWN && t->owner != TS_OWNER_KERNEL;
}

static bool is_listening(const struct ts_transition *t)
{
	return t->old_state == TS_LISTEN || t->new_state == TS_LISTEN;
}

/* A listener has no peer; a child whose peer the kernel had not filled in shows none either. */
static bool has_peer(const struct ts_transition *t)
{
	static const uint8_t none[TS_ADDR_LEN];

	return t->rport || (!is_listening(t) && memcmp(t->raddr, none, sizeof(none)));
}

static uint64_t wall_ns(const struct row *row)
{
	return row->t->mono_ns + (uint64_t)row->clock_offset;
}

static void get_ts(const struct row *row, struct value *value)
{
	value_set_number(value, VALUE_WALL, wall_ns(row));
}

static void get_time(const struct row *row, struct value *value)
{
	value_set_number(value, VALUE_CLOCK, wall_ns(row));
}

static void get_mono_ns(const struct row *row, struct value *value)
{
	value_set_number(value, VALUE_U64, row->t->mono_ns);
}

static void get_id(const struct row *row, struct value *value)
{
	if (row->t->id)
		value_set_number(value, VALUE_U64, row->t->id);
}

static void get_sk(const struct row *row, struct value *value)
{
	if (row->t->id)
		value_set_number(value, VALUE_HEX, row->t->id);
}

static void get_family(const struct row *row, struct value *value)
{
	if (row->t->family == 4 || row->t->family == 6)
		value_set_name(value, row->t->family == 4 ? "ipv4" : "ipv6");
}

void value_set_address(struct value *value, enum value_type type, uint8_t family,
		       const uint8_t *address)
{
	if (family != 4 && family != 6)
		return;
	value->type = type;
	value->family = family;
	value->address = address;
}

static void get_laddr(const struct row *row, struct value *value)
{
	value_set_address(value, VALUE_ADDRESS, row->t->family, row->t->laddr);
}

static void get_raddr(const struct row *row, struct value *value)
{
	if (has_peer(row->t))
		value_set_address(value, VALUE_ADDRESS, row->t->family, row->t->raddr);
}

void value_set_port(struct value *value, uint16_t port)
{
	if (!port)
		return;
	value->type = VALUE_PORT;
	value->port = port;
}

static void get_lport(const struct row *row, struct value *value)
{
	value_set_port(value, row->t->lport);
}

static void get_rport(const struct row *row, struct value *value)
{
	value_set_port(value, row->t->rport);
}

static void get_local(const struct row *row, struct value *value)
{
	value_set_address(value, VALUE_ENDPOINT, row->t->family, row->t->laddr);
	value->port = row->t->lport;
}

static void get_peer(const struct row *row, struct value *value)
{
	if (!has_peer(row->t))
		return;
	value_set_address(value, VALUE_ENDPOINT, row->t->family, row->t->raddr);
	value->port = row->t->rport;
}

static void get_old(const struct row *row, struct value *value)
{
	if (!row->drop)
		value_set_name(value, state_name(row->t->old_state));
}

static void get_new(const struct row *row, struct value *value)
{
	if (!row->drop)
		value_set_name(value, state_name(row->t->new_state));
}

static void get_transition(const struct row *row, struct value *value)
{
	if (row->drop)
		return value_set_name(value, handshake_drop_event(row->drop));
	value->type = VALUE_CHANGE;
	value->text = state_name(row->t->old_state);
	value->second = state_name(row->t->new_state);
	value->mark = row->t->frame.flags & TS_F_INFERRED ? '~' : 0;
}

/* 0 is not known; and two CPUs' clocks may differ by a little: a negative time is not a time. */
static void set_span(struct value *value, enum value_type type, uint64_t from, uint64_t to)
{
	if (from && from <= to)
		value_set_number(value, type, to - from);
}

static void get_duration_us(const struct row *row, struct value *value)
{
	set_span(value, VALUE_US, row->t->since_ns, row->t->mono_ns);
}

static void get_duration(const struct row *row, struct value *value)
{
	set_span(value, VALUE_DURATION, row->t->since_ns, row->t->mono_ns);
}

static void get_role(const struct row *row, struct value *value)
{
	value_set_name(value, role_name(row->t->role));
}

static void get_pid(const struct row *row, struct value *value)
{
	const struct ts_transition *t = row->t;

	if (!has_owner(t) || !t->pid || t->frame.flags & TS_F_PID_HIDDEN)
		return;
	value_set_number(value, VALUE_U64, t->pid);
	value->mark = t->owner == TS_OWNER_LISTENER ? '*' : 0;
}

static void get_comm(const struct row *row, struct value *value)
{
	size_t length = strnlen(row->t->comm, TS_COMM_LEN);

	if (has_owner(row->t) && length)
		value_set_text(value, row->t->comm, length);
}

static void get_uid(const struct row *row, struct value *value)
{
	if (has_owner(row->t))
		value_set_number(value, VALUE_UID, row->t->uid);
}

static void get_user(const struct row *row, struct value *value)
{
	if (has_owner(row->t))
		value_set_number(value, VALUE_USER, row->t->uid);
}

static void get_owner(const struct row *row, struct value *value)
{
	value_set_name(value, owner_name(row->t->owner));
}

static void get_netns(const struct row *row, struct value *value)
{
	if (row->t->netns)
		value_set_number(value, VALUE_U64, row->t->netns);
}

static void get_cgroup(const struct row *row, struct value *value)
{
	if (row->cgroup)
		value_set_text(value, row->cgroup, strlen(row->cgroup));
}

static void get_reason(const struct row *row, struct value *value)
{
	value_set_name(value,
		       row->drop ? handshake_drop_why(row->drop) : reason_name(row->t->reason));
}

static void get_errno(const struct row *row, struct value *value)
{
	value_set_name(value, errno_name(row->t->err));
}

static void get_by_pid(const struct row *row, struct value *value)
{
	if (row->t->frame.flags & TS_F_ACTOR && row->t->by_pid)
		value_set_number(value, VALUE_U64, row->t->by_pid);
}

static void get_by_comm(const struct row *row, struct value *value)
{
	size_t length = strnlen(row->t->by_comm, TS_COMM_LEN);

	if (row->t->frame.flags & TS_F_ACTOR && length)
		value_set_text(value, row->t->by_comm, length);
}

/* For fields that say all by being there. */
static void get_true(const struct row *row, struct value *value)
{
	(void)row;
	value->type = VALUE_TRUE;
}

static bool is_inferred(const struct row *row)
{
	return row->t->frame.flags & TS_F_INFERRED;
}

static bool is_cookie(const struct row *row)
{
	return row->t->frame.flags & TS_F_COOKIE;
}

static bool is_fast_open(const struct row *row)
{
	return row->t->frame.flags & TS_F_FAST_OPEN;
}

static bool has_retrans(const struct row *row)
{
	return transition_from_handshake(row->t) && !row->retrans_unknown;
}

/* An end that was concluded from a half-open connection's absence: nobody counted. */
static void get_retrans(const struct row *row, struct value *value)
{
	if (row->t->frame.flags & TS_F_INFERRED && row->t->new_state == TS_CLOSED)
		return;
	value_set_number(value, VALUE_U64, row->t->frame.flags >> TS_F_RETRANS_SHIFT);
}

static bool has_rst(const struct row *row)
{
	return row->t->rst != TS_RST_NONE;
}

static void get_rst(const struct row *row, struct value *value)
{
	value_set_name(value, rst_name(row->t->rst));
}

static bool has_rst_reason(const struct row *row)
{
	return has_rst(row) && row->t->rst_reason != TS_RST_REASON_UNKNOWN;
}

static void get_rst_reason(const struct row *row, struct value *value)
{
	value_set_name(value, rst_reason_name(row->t->rst_reason));
}

static bool has_totals(const struct row *row)
{
	return row->t->frame.flags & TS_F_TOTALS;
}

static void get_bytes_in(const struct row *row, struct value *value)
{
	value_set_number(value, VALUE_U64, row->t->bytes_in);
}

static void get_received(const struct row *row, struct value *value)
{
	value_set_number(value, VALUE_BYTES, row->t->bytes_in);
}

static void get_bytes_out(const struct row *row, struct value *value)
{
	value_set_number(value, VALUE_U64, row->t->bytes_out);
}

static void get_sent(const struct row *row, struct value *value)
{
	value_set_number(value, VALUE_BYTES, row->t->bytes_out);
}

static void get_segs_retrans(const struct row *row, struct value *value)
{
	value_set_number(value, VALUE_U64, row->t->segs_retrans);
}

static void get_srtt_us(const struct row *row, struct value *value)
{
	if (row->t->srtt_us)
		value_set_number(value, VALUE_U64, row->t->srtt_us);
}

static void get_srtt(const struct row *row, struct value *value)
{
	if (row->t->srtt_us)
		value_set_number(value, VALUE_DURATION, row->t->srtt_us * UINT64_C(1000));
}

static void get_lifetime_us(const struct row *row, struct value *value)
{
	set_span(value, VALUE_US, row->t->first_seen_ns, row->t->mono_ns);
}

static void get_lifetime(const struct row *row, struct value *value)
{
	set_span(value, VALUE_DURATION, row->t->first_seen_ns, row->t->mono_ns);
}

static bool is_drop(const struct row *row)
{
	return row->drop;
}

static void get_why(const struct row *row, struct value *value)
{
	value_set_name(value, handshake_drop_why(row->drop));
}

static void get_count(const struct row *row, struct value *value)
{
	value_set_number(value, VALUE_U64, row->drop->count);
}

static void get_queue(const struct row *row, struct value *value)
{
	value_set_number(value, VALUE_U64, row->drop->queue);
}

static void get_limit(const struct row *row, struct value *value)
{
	value_set_number(value, VALUE_U64, row->drop->limit);
}

static bool has_at(const struct row *row)
{
	return row->drop && handshake_drop_at(row->drop);
}

static void get_at(const struct row *row, struct value *value)
{
	value_set_name(value, handshake_drop_at(row->drop));
}

static bool has_outcome(const struct row *row)
{
	return row->drop || handshake_is_over(row->t);
}

static void get_outcome(const struct row *row, struct value *value)
{
	value_set_name(value,
		       row->drop ? handshake_drop_event(row->drop) : handshake_outcome(row->t));
}

enum {
	TEXT = FIELD_IN_TEXT,
	DATA = FIELD_IN_CSV | FIELD_IN_JSON,
};

/* JSON's order, which is PRODUCT.md's, and text's: the defaults of each come in table order. */
static const struct field fields[] = {
	{ "ts", "TS", get_ts, 30, false, NULL, DATA, "wall time of the transition, UTC" },
	{ "mono_ns", "MONO_NS", get_mono_ns, 15, true, NULL, DATA,
	  "the kernel's monotonic clock at the transition, nanoseconds" },
	{ "id", "ID", get_id, 8, true, NULL, DATA,
	  "socket cookie: one number for the whole life of a connection" },
	{ "family", "FAMILY", get_family, 6, false, NULL, DATA,
	  "ipv4 or ipv6; IPv4 on an IPv6 socket is ipv4" },
	{ "laddr", "LADDR", get_laddr, 9, false, NULL, DATA, "local address" },
	{ "lport", "LPORT", get_lport, 5, true, NULL, DATA,
	  "local port; unknown until the kernel has chosen it" },
	{ "raddr", "RADDR", get_raddr, 9, false, NULL, DATA,
	  "peer's address; a listener has none" },
	{ "rport", "RPORT", get_rport, 5, true, NULL, DATA, "peer's port; a listener has none" },
	{ "old", "OLD", get_old, 11, false, NULL, DATA, "state that was left" },
	{ "new", "NEW", get_new, 11, false, NULL, DATA, "state that was entered" },
	{ "duration_us", "DURATION_US", get_duration_us, 11, true, NULL, DATA,
	  "time spent in the old state, microseconds; unknown where its beginning was not seen" },
	{ "role", "ROLE", get_role, 6, false, NULL, DATA, "client or server" },
	{ "time", "TIME", get_time, 12, false, NULL, TEXT, "local time of day" },
	{ "pid", "PID", get_pid, 7, false, NULL, TEXT | DATA,
	  "owner's process id; * in text: it is the listener's, the connection not accepted yet" },
	{ "comm", "COMM", get_comm, 8, false, NULL, TEXT | DATA, "owner's command name" },
	{ "uid", "UID", get_uid, 5, true, NULL, DATA, "owner's effective user id" },
	{ "user", "USER", get_user, 8, false, NULL, 0, "owner's effective user by name" },
	{ "owner", "OWNER", get_owner, 8, false, NULL, DATA,
	  "how the owner is known: connect, listen, accept, use, listener, snapshot, kernel, "
	  "unknown" },
	{ "netns", "NETNS", get_netns, 10, true, NULL, DATA, "network namespace, inode number" },
	{ "cgroup", "CGROUP", get_cgroup, 20, false, NULL, DATA,
	  "control group of the socket (v2)" },
	{ "local", "LOCAL", get_local, 15, false, NULL, TEXT, "local address and port" },
	{ "peer", "PEER", get_peer, 15, false, NULL, TEXT, "peer's address and port" },
	{ "transition", "TRANSITION", get_transition, 20, false, NULL, TEXT,
	  "old and new state; ~ in text: concluded, not seen" },
	{ "duration", "DURATION", get_duration, 8, true, NULL, TEXT,
	  "time spent in the old state, for people" },
	{ "reason", "REASON", get_reason, 6, false, NULL, TEXT | DATA,
	  "why the connection ended; in text also retransmissions, RST, and who acted, where that "
	  "was not the owner" },
	{ "errno", "ERRNO", get_errno, 12, false, NULL, DATA, "the socket's error by name" },
	{ "by_pid", "BY_PID", get_by_pid, 7, false, NULL, DATA,
	  "process that acted on the socket, where that was not the owner" },
	{ "by_comm", "BY_COMM", get_by_comm, 8, false, NULL, DATA, "its command name" },
	{ "inferred", "INFERRED", get_true, 8, false, is_inferred, DATA,
	  "true where the transition was concluded, not seen" },
	{ "retrans", "RETRANS", get_retrans, 7, true, has_retrans, DATA,
	  "at the end of SYN_SENT and SYN_RECV: how often the SYN or SYN-ACK was sent again" },
	{ "cookie", "COOKIE", get_true, 6, false, is_cookie, DATA,
	  "true where the half-open connection was kept in a SYN cookie" },
	{ "fast_open", "FAST_OPEN", get_true, 9, false, is_fast_open, DATA,
	  "true where TCP Fast Open made the connection, data coming with the SYN" },
	{ "rst", "RST", get_rst, 8, false, has_rst, DATA,
	  "sent or received: the RST that ended the connection" },
	{ "rst_reason", "RST_REASON", get_rst_reason, 24, false, has_rst_reason, DATA,
	  "what it was sent for, as the kernel calls it" },
	{ "bytes_in", "BYTES_IN", get_bytes_in, 11, true, has_totals, DATA,
	  "at the end of the full socket: payload received" },
	{ "bytes_out", "BYTES_OUT", get_bytes_out, 11, true, has_totals, DATA,
	  "at the end: payload sent, and acknowledged by the peer" },
	{ "segs_retrans", "SEGS_RETRANS", get_segs_retrans, 12, true, has_totals, DATA,
	  "at the end: segments sent again" },
	{ "srtt_us", "SRTT_US", get_srtt_us, 7, true, has_totals, DATA,
	  "at the end: smoothed round-trip time, microseconds" },
	{ "lifetime_us", "LIFETIME_US", get_lifetime_us, 14, true, has_totals, DATA,
	  "at the end: time since the first transition, microseconds; unknown where that was not "
	  "seen" },
	{ "received", "RECEIVED", get_received, 8, true, has_totals, 0, "bytes_in for people" },
	{ "sent", "SENT", get_sent, 8, true, has_totals, 0, "bytes_out for people" },
	{ "srtt", "SRTT", get_srtt, 8, true, has_totals, 0, "srtt_us for people" },
	{ "lifetime", "LIFETIME", get_lifetime, 8, true, has_totals, 0, "lifetime_us for people" },
	{ "outcome", "OUTCOME", get_outcome, 7, false, has_outcome, 0,
	  "what became of a handshake: established, closed, or why it failed" },
	{ "why", "WHY", get_why, 17, false, is_drop, 0,
	  "of a handshake in trouble: accept-queue-full, syn-queue-full, cookie, "
	  "synack-retransmitted" },
	{ "count", "COUNT", get_count, 5, true, is_drop, 0,
	  "there too: how many of that kind and listener since the last was told" },
	{ "queue", "QUEUE", get_queue, 5, true, is_drop, 0,
	  "there too: length of the queue that it met, of the SYN queue where SYN-ACKs are sent "
	  "again" },
	{ "limit", "LIMIT", get_limit, 5, true, is_drop, 0, "there too: limit of that queue" },
	{ "at", "AT", get_at, 3, false, has_at, 0,
	  "there too: the packet that met it, syn or ack, the last of the handshake" },
	{ "sk", "SK", get_sk, 8, true, NULL, 0, "the id in hexadecimal, as ss -e prints it" },
};

_Static_assert(sizeof(fields) / sizeof(fields[0]) <= FIELDS_MAX, "FIELDS_MAX");

const struct field_table transition_fields = { fields, sizeof(fields) / sizeof(fields[0]), NULL };

bool field_reason_detail(const struct field *field, const struct row *row,
			 struct reason_detail *story)
{
	if (field->get != get_reason && field->get != get_outcome)
		return false;
	*story = (struct reason_detail){ 0 };
	if (row->drop)
		reason_detail_set_drop(row->drop, story);
	else if (field->get == get_reason || has_outcome(row))
		reason_detail_set(row->t, story);
	if (field->get == get_reason || (row->drop && !handshake_drop_failed(row->drop)))
		story->why = NULL; /* the value says it */
	return true;
}

bool field_shows_drop(const struct field *field)
{
	return field->get == get_transition || field->get == get_reason ||
	       field->get == get_outcome || field->get == get_why;
}

enum row_color field_row_color(const struct row *row)
{
	const struct ts_transition *t = row->t;

	if (!t) /* a socket */
		return ROW_PLAIN;
	if (row->drop)
		return handshake_drop_failed(row->drop) ? ROW_BAD : ROW_WAITING;
	if (transition_failed(t))
		return ROW_BAD;
	switch (t->new_state) {
	case TS_ESTABLISHED:
		return ROW_GOOD;
	case TS_CLOSE_WAIT:
		return ROW_WAITING;
	case TS_CLOSED:
	case TS_TIME_WAIT:
		return ROW_DONE;
	default:
		return ROW_PLAIN;
	}
}
