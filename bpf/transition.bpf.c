// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Hooks on the tracepoints sock:inet_sock_set_state (three copies) and tcp:tcp_destroy_sock. */
#include "change.bpf.h"
#include "counts_only.bpf.h"
#include "origin.bpf.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

static __always_inline void run(struct ts_slot *slot, struct sock *sk, int old, int new)
{
	if (old == new || !socket_is_tcp(sk))
		return;
	if (counts_only_active())
		counts_only_run(slot, sk, old, new);
	else
		change_run(slot, sk, old, new);
}

/* For the later copies of the program. */
static __always_inline void mark_done(struct ts_slot *slot, struct sock *sk, int new)
{
	bool by_task = sk->sk_lock.owned;

	slot->done[by_task].sk = (u64)sk;
	slot->done[by_task].state = new;
}

SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(set_state, struct sock *sk, int old, int new)
{
	struct ts_slot *slot = slot_here();

	if (!slot)
		return 0;
	slot->first_active = 1;
	run(slot, sk, old, new);
	mark_done(slot, sk, new);
	slot->first_active = 0;
	return 0;
}

/*
 * Returns whether an earlier copy of the program has handled the transition. The kernel skips a
 * program that is already running on this CPU: only the second copy sees the transitions of a
 * softirq that interrupts the first. From 7.0 on (a46023d5616e) a task can be preempted inside the
 * first copy. Only the second then sees the transitions of other tasks on this CPU. If
 * these interrupt the second copy, a third is needed: user space adds it after the first miss.
 * Otherwise an earlier copy has left a mark, in the slot or in the record.
 */
static __always_inline bool seen_before(struct ts_slot *slot, struct sock *sk, int new, bool last)
{
	bool by_task = sk->sk_lock.owned;
	struct ts_record *rec;

	if (slot->done[by_task].sk == (u64)sk && slot->done[by_task].state == (u64) new) {
		if (last)
			slot->done[by_task].sk = 0;
		return true;
	}
	/*
	 * Without records only the mark counts. Only a softirq can replace the mark of another
	 * softirq, and softirqs do not interrupt each other.
	 */
	if (counts_only_active())
		return by_task && !slot->first_active;
	rec = record_peek(sk);
	return rec && (rec->state_word & TS_STATE_MASK) == (u32) new;
}

/* `skipped`: the kernel skipped all earlier copies for this transition. */
static __always_inline void run_again(struct ts_slot *slot, struct sock *sk, int old, int new,
				      bool skipped, bool last)
{
	if (old == new || !socket_is_tcp(sk)) { /* not a transition, so none was missed */
		if (skipped)
			count_add(&slot->recovered);
		return;
	}
	if (seen_before(slot, sk, new, last))
		return;
	count_add(&slot->recovered);
	run(slot, sk, old, new);
	if (!last)
		mark_done(slot, sk, new);
}

SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(set_state_again, struct sock *sk, int old, int new)
{
	struct ts_slot *slot = slot_here();

	if (!slot)
		return 0;
	slot->second_active = 1;
	run_again(slot, sk, old, new, slot->first_active, !third_copy);
	slot->second_active = 0;
	return 0;
}

SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(set_state_third, struct sock *sk, int old, int new)
{
	struct ts_slot *slot = slot_here();

	if (slot)
		run_again(slot, sk, old, new, slot->first_active && slot->second_active, true);
	return 0;
}

/*
 * The origin of a client's connect(). A program of its own, loaded only for origins: the programs
 * above have no stack space left. It runs after them, so the record has the owner, and a socket
 * that the filter excludes has no record.
 */
SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(connecting, struct sock *sk, int old, int new)
{
	struct ts_record *rec;

	if (old != TS_CLOSED || !socket_is_tcp(sk))
		return 0;
	rec = record_peek(sk);
	if (!rec)
		return 0;
	rec->origin = 0; /* from before a disconnect */
	if (new == TS_SYN_SENT && rec->owner == TS_OWNER_CONNECT && sk->sk_lock.owned &&
	    (!cfg_filter.on || owner_match(rec)))
		origin_set(rec, TS_ORIGIN_CONNECT);
	return 0;
}

/* A socket that ends without a transition to CLOSED leaves the counts here. */
SEC("tp_btf/tcp_destroy_sock")
int BPF_PROG(destroy_sock, struct sock *sk)
{
	struct ts_slot *slot = slot_here();
	struct ts_record *rec;
	u32 was;

	if (!slot)
		return 0;
	if (counts_only_active()) {
		if (sk->__sk_common.skc_state != TS_CLOSED)
			state_count_leave(slot, sk);
		return 0;
	}
	rec = record_peek(sk);
	if (!rec)
		return 0;
	was = (rec->state_word & TS_STATE_MASK) == TS_CLOSED ? 0 : state_word_swap(rec, TS_CLOSED);
	/* a LISTEN->SYN_RECV that is not reported yet is not in the derived counts */
	if (was & TS_STATE_COUNTED &&
	    !(counts_from_transitions() && rec->syn_recv_ns && !is_unreported(rec)))
		state_count_add(slot, was & TS_STATE_MASK, -1);
	closed_listener_end(rec);
	record_end(sk);
	return 0;
}

/*
 * User space runs this (BPF_PROG_TEST_RUN) for one entry of `pending_ports`, with its cookie and
 * address. Returns the local port in host order, 0 if it is not chosen yet, or -1 if the socket no
 * longer exists, or with a third argument, has no entry any more.
 */
SEC("raw_tp")
int find_port(struct bpf_raw_tracepoint_args *ctx)
{
	struct sock *sk = (struct sock *)ctx->args[1];
	u64 id = ctx->args[0], waits = ctx->args[2];

	/* the memory always is a TCP sock (SLAB_TYPESAFE_BY_RCU); the cookie says which one */
	if ((u64)BPF_CORE_READ(sk, __sk_common.skc_cookie.counter) != id)
		return -1;
	if (waits &&
	    !state_in(BPF_CORE_READ(sk, __sk_common.skc_state), 1 << TS_SYN_SENT | 1 << TS_LISTEN))
		return -1;
	return __builtin_bswap16(BPF_CORE_READ((struct inet_sock *)sk, inet_sport));
}
