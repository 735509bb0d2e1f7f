/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Resets, aborts and errors: the work of the hooks in reset_hooks.bpf.c and kprobe.bpf.c. */
#ifndef RESET_BPF_H
#define RESET_BPF_H

#include "record.bpf.h"

static __always_inline void reset_by(struct sock *sk, u32 flags)
{
	struct ts_record *rec = record_peek(sk);

	if (!rec)
		return;
	rec->rst = flags & TS_PACKET_RST ? TS_RST_RECEIVED : TS_RST_SENT;
	if (rec->rst == TS_RST_SENT)
		rec->rst_reason = rst_reason_known(TS_RST_REASON_TCP_ABORT_ON_DATA);
}

/* tcp_reset(sk, skb) */
static __always_inline int reset_with(struct sock *sk, struct sk_buff *skb)
{
	if (skb)
		reset_by(sk, packet_flags_of(skb));
	return 0;
}

/* tcp_reset(sk): for the packet that was noted before. */
static __always_inline int reset_without(struct sock *sk)
{
	struct ts_slot *slot = slot_here();

	if (slot && slot->packet == (u64)sk && READ(sk, __sk_common.skc_state) != TS_ESTABLISHED)
		reset_by(sk, slot->packet_flags);
	return 0;
}

static __always_inline int reset_note(struct sock *sk, struct sk_buff *skb)
{
	struct ts_slot *slot = slot_here();

	if (slot)
		packet_note(slot, (u64)sk, skb);
	return 0;
}

static __always_inline int error_note(struct sock *sk)
{
	struct ts_record *rec;
	u32 err = sk->sk_err;

	/* most other reports are time stamps and notices of MSG_ZEROCOPY */
	if ((!err && sk->__sk_common.skc_state != TS_SYN_SENT) || !socket_is_tcp(sk))
		return 0;
	rec = record_peek(sk);
	if (!rec)
		return 0;
	if (!err)
		err = icmp_error_queued(sk, rec->error_tail);
	if (err)
		rec->err = err;
	return 0;
}

/*
 * An ICMP error that tcp_v6_err() has for the socket. Of a client whose lock is held only sk_err_soft
 * has it, without a report: SO_ERROR removes it.
 */
static __always_inline int icmp6_error_note(struct sock *sk, u32 err)
{
	struct ts_record *rec;

	if (READ(sk, __sk_common.skc_state) != TS_SYN_SENT || !socket_is_tcp(sk))
		return 0;
	rec = record_peek(sk);
	if (rec)
		rec->err = err;
	return 0;
}

/* NULL: tcp_abort() has ended. */
static __always_inline int abort_note(struct sock *sk)
{
	struct ts_slot *slot = slot_here();

	if (slot)
		slot->aborting = (u64)sk;
	return 0;
}

#endif
