// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The columns of a transition and of a handshake drop. A new one is an entry and a getter here. The
 * default columns of traces are here too.
 */
#include <netinet/in.h>
#include <string.h>

#include "fields/field.h"
#include "tcp/handshake_drop.h"
#include "tcp/rst_reason.h"
#include "tcp/state.h"
#include "tcp/transitions.h"
#include "events/handshake.h"

static bool has_owner(const struct ts_transition *t)
{
	return t->owner != TS_OWNER_UNKNOWN && t->owner != TS_OWNER_KERNEL;
}

/* A listener has no peer; a child whose peer the kernel has not filled in shows none either. */
static bool has_peer(const struct ts_transition *t)
{
	static const uint8_t none[TS_ADDR_LEN];

	return t->rport || (t->old_state != TS_LISTEN && t->new_state != TS_LISTEN &&
			    memcmp(t->raddr, none, sizeof(none)));
}

/* A drop has the addresses of a connection. An old recording lacks the fact. */
static enum dual_stack dual_stack_of(const struct ts_transition *t)
{
	static const uint8_t any[TS_ADDR_LEN];

	if (t->frame.flags & TS_F_DUAL_STACK)
		return DUAL_STACK_YES;
	if (t->frame.flags & TS_F_V6ONLY)
		return DUAL_STACK_NO;
	return t->family == 6 && !has_peer(t) && memcmp(t->laddr, any, sizeof(any)) ?
		       DUAL_STACK_NO :
		       DUAL_STACK_NULL;
}

void row_of_transition(struct row *row, const struct ts_transition *t, const struct ts_drop *drop)
{
	bool owner = has_owner(t);

	row->endpoint = (struct endpoint){
		.family = t->family,
		.proto = IPPROTO_TCP,
		.dual_stack = (uint8_t)dual_stack_of(t),
		.lport = t->lport,
		.rport = t->rport,
		.netns = t->netns,
		.id = t->id,
		.device = t->device,
		.device_name = t->device_name,
		.laddr = t->laddr,
		.raddr = has_peer(t) ? t->raddr : NULL,
	};
	row->process = (struct row_process){
		.comm = owner && *t->comm ? t->comm : NULL,
		.pid = owner && !(t->frame.flags & TS_F_PID_HIDDEN) ? t->pid : 0,
		.uid = t->uid,
		.has_uid = owner,
		.owner = t->owner,
	};
	row->totals.apply = t->frame.flags & TS_F_TOTALS;
	if (row->totals.apply)
		row->totals = (struct totals){
			.apply = true,
			.has_bytes = true,
			.has_retrans = true,
			.segs_retrans = t->segs_retrans,
			.srtt_us = t->srtt_us,
			.bytes_in = t->bytes_in,
			.bytes_out = t->bytes_out,
		};
	row->type = NULL;
	row->mark = 0;
	row->t = t;
	row->drop = drop;
	row->entry = NULL;
	row->view = NULL;
}

static bool has_flag(const struct row *row, unsigned flag)
{
	return row->t->frame.flags & flag;
}

static uint64_t wall_ns(const struct row *row)
{
	return row->t->mono_ns + (uint64_t)row->clock_offset;
}

GET_NUMBER(get_ts, wall_ns(row))
GET_NUMBER(get_mono_ns, row->t->mono_ns)
GETTER(get_old, !row->drop && value_name(value, state_name(row->t->old_state)))
GETTER(get_new, !row->drop && value_name(value, state_name(row->t->new_state)))

static bool get_transition(const struct row *row, struct value *value)
{
	if (row->drop) {
		value->type = VALUE_NAME;
		return value_name(value, handshake_drop_event(row->drop));
	}
	value->text = state_name(row->t->old_state);
	value->second = state_name(row->t->new_state);
	value->mark = has_flag(row, TS_F_INFERRED) ? '~' : 0;
	return true;
}

/* 0 is unknown. The clocks of two CPUs may differ a little: a negative time is not a time. */
static bool set_span(struct value *value, uint64_t from, uint64_t to)
{
	return value_number(value, to - from) && from && from <= to;
}

ROW_TEST(is_late, has_flag(row, TS_F_LATE))
GET_NUMBER(get_ts_exact, !is_late(row))

/* An upper bound if the time of the transition is one. */
static bool get_duration(const struct row *row, struct value *value)
{
	if (is_late(row) && value->type == VALUE_DURATION)
		value->mark = '<';
	return set_span(value, row->t->since_ns, row->t->mono_ns);
}

GET_NAME(get_role, role_name(row->t->role))
GET_NAME(get_reason, row->drop ? handshake_drop_why(row->drop->why) : reason_name(row->t->reason))
GET_NAME(get_errno, errno_name(row->t->err))
GET_KNOWN(get_by_pid, has_flag(row, TS_F_ACTOR) ? row->t->by_pid : 0)
GETTER(get_by_comm,
       has_flag(row, TS_F_ACTOR) && row->t->by_comm[0] && value_comm(value, row->t->by_comm))
GET_NUMBER(get_true, 1) /* for fields whose presence says all */
ROW_TEST(is_inferred, has_flag(row, TS_F_INFERRED))
ROW_TEST(is_cookie, has_flag(row, TS_F_COOKIE))
ROW_TEST(is_fast_open, has_flag(row, TS_F_FAST_OPEN))
ROW_TEST(is_repaired, has_flag(row, TS_F_REPAIRED))
ROW_TEST(lacks_record, has_flag(row, TS_F_NO_RECORD))
ROW_TEST(has_retrans, transition_from_handshake(row->t) && !row->retrans_unknown)

/* The end of a half-open connection that was inferred from its absence has no count. */
static bool get_retrans(const struct row *row, struct value *value)
{
	if (has_flag(row, TS_F_INFERRED) && row->t->new_state == TS_CLOSED)
		return false;
	return value_number(value, row->t->frame.flags >> TS_F_RETRANS_SHIFT);
}

ROW_TEST(has_rst, row->t->rst != TS_RST_NONE)
GET_NAME(get_rst, rst_name(row->t->rst))
ROW_TEST(has_rst_reason, has_rst(row) && row->t->rst_reason != TS_RST_REASON_UNKNOWN)
GET_NAME(get_rst_reason, rst_reason_name(row->t->rst_reason))
ROW_TEST(has_totals, row->totals.apply)
GET_NUMBER(get_received, row->t->bytes_in)
GET_NUMBER(get_sent, row->t->bytes_out)
GET_KNOWN(get_srtt, 1000ull * row->t->srtt_us)
GETTER(get_lifetime, set_span(value, row->t->first_seen_ns, row->t->mono_ns))

ROW_TEST(is_drop, row->drop)
GET_NAME(get_why, handshake_drop_why(row->drop->why))
GET_NUMBER(get_count, row->drop->count)
GET_NUMBER(get_queue, row->drop->queue)
GET_NUMBER(get_limit, row->drop->limit)
ROW_TEST(has_at, is_drop(row) && handshake_drop_at(row->drop))
GET_NAME(get_at, handshake_drop_at(row->drop))
ROW_TEST(has_outcome, row->drop || handshake_is_over(row->t))
GET_NAME(get_outcome, row->drop ? handshake_drop_event(row->drop) : handshake_outcome(row->t))

enum { DATA = FIELD_IN_CSV | FIELD_IN_JSON };

static const struct field fields[] = {
	{ "ts", "TS", get_ts, VALUE_WALL, 30, NULL, DATA, NULL,
	  "wall time of the transition, UTC" },
	{ "time", "TIME", get_ts, VALUE_CLOCK, 12, NULL, 0, NULL, "local time of day" },
	{ "mono_ns", "MONO_NS", get_mono_ns, VALUE_U64, 15, NULL, DATA, "nanoseconds",
	  "the kernel's monotonic clock at the transition" },
	{ "old", "OLD", get_old, VALUE_NAME, 11, NULL, DATA, NULL, "state that was left" },
	{ "new", "NEW", get_new, VALUE_NAME, 11, NULL, DATA, NULL, "state that was entered" },
	{ "transition", "TRANSITION", get_transition, VALUE_CHANGE, 20, NULL, 0, NULL,
	  "old and new state; in text ~ marks a transition that was inferred" },
	{ "duration_us", "DURATION_US", get_duration, VALUE_US, 11, NULL, DATA, "microseconds",
	  "time spent in the old state; unknown if its beginning was not seen" },
	{ "duration", "DURATION", get_duration, VALUE_DURATION, 8, NULL, 0, NULL,
	  "the same with a unit that fits" },
	{ "role", "ROLE", get_role, VALUE_NAME, 6, NULL, DATA, NULL, "client or server" },
	{ "reason", "REASON", get_reason, VALUE_NAME, 6, NULL, DATA, NULL,
	  "why the connection ended; text adds retransmissions, RST, and the process that acted if "
	  "it is not the owner" },
	{ "errno", "ERRNO", get_errno, VALUE_NAME, 12, NULL, DATA, NULL,
	  "the socket's error by name" },
	{ "by_pid", "BY_PID", get_by_pid, VALUE_PID, 7, NULL, DATA, NULL,
	  "process that acted on the socket, if it is not the owner" },
	{ "by_comm", "BY_COMM", get_by_comm, VALUE_TEXT, 8, NULL, DATA, NULL,
	  "command name of that process" },
	{ "inferred", "INFERRED", get_true, VALUE_BOOL, 8, is_inferred, DATA, NULL,
	  "true if the transition was inferred, not seen" },
	{ "retrans", "RETRANS", get_retrans, VALUE_U64, 7, has_retrans, DATA, NULL,
	  "at the end of SYN_SENT and SYN_RECV: retransmissions of the SYN or SYN-ACK" },
	{ "cookie", "COOKIE", get_true, VALUE_BOOL, 6, is_cookie, DATA, NULL,
	  "true if the half-open connection was kept in a SYN cookie" },
	{ "fast_open", "FAST_OPEN", get_true, VALUE_BOOL, 9, is_fast_open, DATA, NULL,
	  "true if TCP Fast Open made the connection, with data in the SYN" },
	{ "rst", "RST", get_rst, VALUE_NAME, 8, has_rst, DATA, NULL,
	  "sent or received: the RST that ended the connection" },
	{ "rst_reason", "RST_REASON", get_rst_reason, VALUE_NAME, 24, has_rst_reason, DATA, NULL,
	  "why the RST was sent, by the kernel's name for it" },
	{ "lifetime_us", "LIFETIME_US", get_lifetime, VALUE_US, 14, has_totals, DATA,
	  "microseconds",
	  "at the end: time since the first transition; unknown if that was not seen" },
	{ "ts_exact", "TS_EXACT", get_ts_exact, VALUE_BOOL, 8, is_late, DATA, NULL,
	  "false if ts is later than the transition: then duration_us is an upper bound" },
	{ "repaired", "REPAIRED", get_true, VALUE_BOOL, 8, is_repaired, DATA, NULL,
	  "true if TCP_REPAIR restored the connection, without a handshake" },
	{ "record_missing", "NO_RECORD", get_true, VALUE_BOOL, 9, lacks_record, DATA, NULL,
	  "true if the kernel had no storage for what is known of the socket: the owner is who acts" },
	{ "received", "RECEIVED", get_received, VALUE_BYTES, 8, has_totals, 0, NULL,
	  "bytes_in with a unit that fits" },
	{ "sent", "SENT", get_sent, VALUE_BYTES, 8, has_totals, 0, NULL,
	  "bytes_out with a unit that fits" },
	{ "srtt", "SRTT", get_srtt, VALUE_DURATION, 8, has_totals, 0, NULL,
	  "srtt_us with a unit that fits" },
	{ "lifetime", "LIFETIME", get_lifetime, VALUE_DURATION, 8, has_totals, 0, NULL,
	  "lifetime_us with a unit that fits" },
	{ "outcome", "OUTCOME", get_outcome, VALUE_NAME, 7, has_outcome, 0, NULL,
	  "result of a handshake: established, closed, or why it failed (failed: unknown)" },
	{ "why", "WHY", get_why, VALUE_NAME, 17, is_drop, 0, NULL,
	  "handshake drops: accept-queue-full, syn-queue-full, cookie, synack-retransmitted" },
	{ "count", "COUNT", get_count, VALUE_U64, 5, is_drop, 0, NULL,
	  "handshake drops: count of that kind and listener since the last report" },
	{ "queue", "QUEUE", get_queue, VALUE_U64, 5, is_drop, 0, NULL,
	  "handshake drops: length of the queue that was full (SYN queue for retransmitted "
	  "SYN-ACKs)" },
	{ "limit", "LIMIT", get_limit, VALUE_U64, 5, is_drop, 0, NULL,
	  "handshake drops: limit of that queue" },
	{ "at", "AT", get_at, VALUE_NAME, 3, has_at, 0, NULL,
	  "handshake drops: the packet that was dropped, syn or ack" },
};

const struct field_table transition_fields = {
	.fields = fields,
	.n = sizeof(fields) / sizeof(fields[0]),
	.base = &endpoint_fields,
	.text = "time,pid,comm,local,peer,transition,duration,reason",
	.data = "ts,mono_ns,id,family,laddr,lport,raddr,rport,old,new,duration_us,role,pid,comm,"
		"uid,owner,netns,cgroup,reason,errno,by_pid,by_comm,inferred,retrans,cookie,"
		"fast_open,rst,rst_reason,bytes_in,bytes_out,segs_retrans,srtt_us,*",
};

const struct field_table handshake_fields = {
	.base = &transition_fields,
	.text = "time,pid,comm,role,local,peer,duration,outcome",
	.data = "ts,mono_ns,id,family,laddr,lport,raddr,rport,duration_us,role,pid,comm,uid,owner,"
		"netns,cgroup,errno,by_pid,by_comm,inferred,cookie,fast_open,rst,rst_reason,retrans,"
		"outcome,ts_exact",
};

const struct field_table handshake_drop_fields = {
	.base = &transition_fields,
	.text = "outcome",
	.data = "ts,mono_ns,id,family,laddr,lport,raddr,rport,pid,comm,uid,owner,netns,cgroup,why,"
		"count,queue,limit,retrans,at",
};

/*
 * In a handshake: its retransmissions. A full socket has only a count over its whole life, which says
 * something when the peer no longer answered.
 */
static void set_retrans(const struct ts_transition *t, struct reason_detail *detail)
{
	detail->retrans_before = transition_from_handshake(t);
	if (detail->retrans_before)
		detail->retrans = t->frame.flags >> TS_F_RETRANS_SHIFT;
	else if (t->frame.flags & TS_F_TOTALS &&
		 (t->reason == TS_REASON_TIMED_OUT || t->reason == TS_REASON_USER_TIMEOUT))
		detail->retrans = t->segs_retrans;
}

/* TCP_STATE only says that the state was one in which a RST is due. */
static bool is_in_reason(unsigned reason, unsigned rst_reason)
{
	switch (rst_reason) {
	case TS_RST_REASON_UNKNOWN:
	case RESET_TCP_STATE:
		return true;
	case RESET_TCP_ABORT_ON_CLOSE:
		return reason == TS_REASON_ABORTED_UNREAD_DATA;
	case RESET_TCP_ABORT_ON_LINGER:
		return reason == TS_REASON_ABORTED_LINGER;
	case RESET_TCP_ABORT_ON_DATA:
	case RESET_TCP_TIMEWAIT_SOCKET: /* the same, of an orphan in FIN_WAIT_2 */
		return reason == TS_REASON_ABORTED_LATE_DATA;
	case RESET_TCP_ABORT_ON_MEMORY:
		return reason == TS_REASON_ORPHAN_LIMIT;
	case RESET_TCP_KEEPALIVE_TIMEOUT: /* its timer looks after TCP_USER_TIMEOUT, too */
		return reason == TS_REASON_KEEPALIVE_TIMEOUT || reason == TS_REASON_USER_TIMEOUT;
	default: /* no word for a later version's number */
		return rst_reason >= RESET_REASONS;
	}
}

static void set_rst(const struct ts_transition *t, struct reason_detail *detail)
{
	detail->rst_sent = t->rst == TS_RST_SENT;
	if (detail->rst_sent && !is_in_reason(t->reason, t->rst_reason))
		detail->rst_reason = rst_reason_name(t->rst_reason);
	detail->rst_received = t->rst == TS_RST_RECEIVED && t->reason != TS_REASON_REFUSED &&
			       t->reason != TS_REASON_RESET_BY_PEER;
}

static void set_detail(const struct ts_transition *t, struct reason_detail *detail)
{
	set_retrans(t, detail);
	set_rst(t, detail);
	if (t->frame.flags & TS_F_FAST_OPEN)
		detail->handshake = "fast open";
	else if (t->frame.flags & TS_F_REPAIRED)
		detail->handshake = "TCP_REPAIR";
	else if (t->frame.flags & TS_F_COOKIE)
		detail->handshake = "SYN cookie";
	if (!(t->frame.flags & TS_F_ACTOR))
		return;
	detail->by_pid = t->by_pid;
	detail->by_comm = t->by_comm;
}

static void set_drop_detail(const struct ts_drop *drop, struct reason_detail *detail)
{
	detail->why = handshake_drop_why(drop->why);
	detail->more = drop->count ? drop->count - 1 : 0;
	detail->times = drop->retrans;
	if (drop->why == TS_DROP_SYNACK_RETRANS)
		return;
	detail->queue = drop->queue;
	detail->limit = drop->limit;
}

bool field_reason_detail(const struct field *field, const struct row *row,
			 struct reason_detail *detail)
{
	if (field->get != get_reason && field->get != get_outcome)
		return false;
	*detail = (struct reason_detail){ 0 };
	if (row->drop)
		set_drop_detail(row->drop, detail);
	else if (field->get == get_reason || has_outcome(row))
		set_detail(row->t, detail);
	if (field->get == get_reason || (row->drop && !handshake_drop_failed(row->drop)))
		detail->why = NULL; /* the value says it */
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
