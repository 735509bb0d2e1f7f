/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a full socket did in its life, read where it ends. */
#ifndef CONN_TOTALS_BPF_H
#define CONN_TOTALS_BPF_H

#include "emit.bpf.h"

/* A FIN takes one number of the sequence: is the one we sent acknowledged? */
static __always_inline bool fin_was_acked(struct tcp_sock *tp, int old)
{
	if (old == TS_FIN_WAIT_2)
		return true;
	return (old == TS_LAST_ACK || old == TS_CLOSING) &&
	       READ(tp, snd_una) == READ(tp, write_seq);
}

/* A socket older than the trace: whether it sent a SYN shows by more being acked than was sent. */
static __always_inline u64 without_syn(struct tcp_sock *tp, u64 acked)
{
	u64 sent = READ(tp, bytes_sent) - READ(tp, bytes_retrans);

	return acked < sent ? acked : sent;
}

/*
 * The kernel's bytes_received counts the peer's FIN (tcp_rcv_nxt_update()), its bytes_acked
 * the SYN of a client and our FIN (tcp_snd_una_update()); payload is without them.
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
	if (c->rec->role == TS_ROLE_UNKNOWN)
		out = without_syn(tp, out);
	c->totals.bytes_in = in;
	c->totals.bytes_out = out;
	c->totals.segs_retrans = READ(tp, total_retrans);
	c->totals.srtt_us = READ(tp, srtt_us) >> 3;
	c->ends = c->old != TS_LISTEN;
}

#endif
