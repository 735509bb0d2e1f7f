// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The additions to a reason that text shows in its cell. */
#include "fields/reason_detail.h"

#include "tcp/handshake_drop.h"
#include "tcp/rst_reason.h"
#include "tcp/transitions.h"

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

void reason_detail_set(const struct ts_transition *t, struct reason_detail *detail)
{
	set_retrans(t, detail);
	set_rst(t, detail);
	if (t->frame.flags & TS_F_FAST_OPEN)
		detail->handshake = "fast open";
	else if (t->frame.flags & TS_F_COOKIE)
		detail->handshake = "SYN cookie";
	if (!(t->frame.flags & TS_F_ACTOR))
		return;
	detail->by_pid = t->by_pid;
	detail->by_comm = t->by_comm;
}

void reason_detail_set_drop(const struct ts_drop *drop, struct reason_detail *detail)
{
	detail->why = handshake_drop_why(drop);
	detail->more = drop->count ? drop->count - 1 : 0;
	detail->times = drop->retrans;
	if (drop->why == TS_DROP_SYNACK_RETRANS)
		return;
	detail->queue = drop->queue;
	detail->limit = drop->limit;
}
