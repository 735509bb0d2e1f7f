/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Counting without records, for `count` with filters that need no record. It is exact once the
 * snapshot has counted every older socket, and far cheaper than change.bpf.h.
 */
#ifndef COUNTS_ONLY_BPF_H
#define COUNTS_ONLY_BPF_H

#include "reason.bpf.h"
#include "state_count.bpf.h"

/* Applies the filters that need no record: see counts_only_active() in src/tracer/tracer.c. */
static __always_inline bool wanted_without_record(struct sock *sk)
{
	if (cfg_filter.on & TS_BY_NETNS && sk->__sk_common.skc_net.net->ns.inum != cfg_filter.netns)
		return false;
	return !(cfg_filter.on & TS_BY_CGROUP) || cgroup_match(sk);
}

static __always_inline void counts_only_run(struct ts_slot *slot, struct sock *key, int old,
					    int new)
{
	struct tcp_sock *tp = bpf_skc_to_tcp_sock(key);

	if (!tp || !wanted_without_record(&tp->inet_conn.icsk_inet.sk))
		return;
	if (new == TS_CLOSED)
		new = timewait_infer(slot, key, tp, old, NULL);
	if (new == old) { /* the orphan in FIN_WAIT_2 becomes a timewait socket */
		state_count_add(slot, old, -1);
		return;
	}
	if (pair_wanted(old, new))
		count_add(&slot->transitions[old & 15][new & 15]);
	if (counts_from_transitions()) {
		if (new == TS_TIME_WAIT) /* the iterator counts it */
			state_count_add(slot, TS_TIME_WAIT, -1);
		return;
	}
	if (old != TS_LISTEN || new != TS_SYN_RECV)
		state_count_add(slot, old, -1);
	if (new != TS_TIME_WAIT)
		state_count_add(slot, new, 1);
}

/* A socket ends without a transition to CLOSED. */
static __always_inline void state_count_leave(struct ts_slot *slot, struct sock *key)
{
	struct tcp_sock *tp = bpf_skc_to_tcp_sock(key);

	if (tp && wanted_without_record(&tp->inet_conn.icsk_inet.sk))
		state_count_add(slot, key->__sk_common.skc_state, -1);
}

#endif
