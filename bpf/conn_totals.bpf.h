/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Totals of a connection, read at the end of the full socket. */
#ifndef CONN_TOTALS_BPF_H
#define CONN_TOTALS_BPF_H

#include "emit.bpf.h"

/* A FIN takes one sequence number: has the peer acknowledged ours? */
static __always_inline bool fin_was_acked(struct tcp_sock *tp, int old)
{
	if (old == TS_FIN_WAIT_2)
		return true;
	return (old == TS_LAST_ACK || old == TS_CLOSING) &&
	       READ(tp, snd_una) == READ(tp, write_seq);
}

/* For a socket older than the trace: if more is acked than sent, one of it was the SYN. */
static __always_inline u64 without_syn(struct tcp_sock *tp, u64 acked)
{
	u64 sent = READ(tp, bytes_sent) - READ(tp, bytes_retrans);

	return acked < sent ? acked : sent;
}

/*
 * The kernel's bytes_received includes the peer's FIN (tcp_rcv_nxt_update()). Its bytes_acked
 * includes the SYN of a client and the FIN (tcp_snd_una_update()). The payload has neither.
 */
static __always_inline void totals_read(struct change *c)
{
	struct tcp_sock *tp = c->tp;
	u64 in = READ(tp, bytes_received), out = READ(tp, bytes_acked);

	if (in && socket_has_flag(c->sk, SOCK_DONE))
		in--;
	if (out && c->rec->role == TS_ROLE_CLIENT)
		out--;
	if (out && fin_was_acked(tp, c->old))
		out--;
	if (c->rec->role == TS_ROLE_UNKNOWN && !(c->rec->flags & TS_R_REPAIRED))
		out = without_syn(tp, out);
	c->totals.bytes_in = in;
	c->totals.bytes_out = out;
	c->totals.segs_retrans = READ(tp, total_retrans);
	c->totals.srtt_us = READ(tp, srtt_us) >> 3;
	c->ends = c->old != TS_LISTEN;
}

#endif
