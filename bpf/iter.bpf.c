// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Snapshots: gives sockets that are older than the trace their record and their place in
 * the counts, and counts the small sockets that make no transitions. Prints nothing.
 */
#include "mini.bpf.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

u64 snapshot_sockets = 0;	     /* records seeded or met */
u64 snapshot_small[TS_STATES] = {};  /* request and timewait sockets by state */

/*
 * A socket enters the counts once: whoever first gives its record a place, this or a
 * transition, has counted it.
 */
static __always_inline void seed_place(struct ts_record *rec, struct sock *sk)
{
	struct ts_slot *slot = slot_here();
	u8 state = sk->__sk_common.skc_state;
	bool counts = state != TS_CLOSED && gauge_wants(sk, rec);
	u32 place = state | (counts ? TS_R_COUNTED << 8 : 0);

	if (__sync_val_compare_and_swap(&rec->place, 0, place) != 0)
		return;
	__sync_fetch_and_add(&snapshot_sockets, 1);
	if (slot && counts)
		gauge_add(slot, state, 1);
}

static __always_inline struct ts_record *seed_record(struct sock *sk)
{
	struct ts_record *rec;

	rec = bpf_sk_storage_get(&records, sk, NULL, BPF_SK_STORAGE_GET_F_CREATE);
	if (!rec)
		rec = bpf_sk_storage_get(&records, sk, NULL, 0);
	if (!rec)
		return NULL;
	if (!rec->id)
		rec->id = bpf_get_socket_cookie(sk);
	if (sk->__sk_common.skc_state == TS_LISTEN)
		rec->role = TS_ROLE_SERVER;
	return rec;
}

/* Every socket that a process has open, in every network namespace. */
SEC("iter/task_file")
int snapshot_files(struct bpf_iter__task_file *ctx)
{
	struct task_struct *task = ctx->task;
	struct file *file = ctx->file;
	struct ts_record *rec;
	struct socket *socket;
	struct operator op;
	struct sock *sk;

	if (!task || !file)
		return 0;
	socket = bpf_sock_from_file(file);
	if (!socket)
		return 0;
	sk = socket->sk;
	if (!sk || !socket_is_tcp(sk))
		return 0;
	rec = seed_record(sk);
	if (!rec)
		return 0;
	if (rec->owner == TS_OWNER_UNKNOWN || owner_has_exited(rec)) {
		operator_read(&op, task);
		owner_set(rec, &op, TS_OWNER_SNAPSHOT);
		if (sk->__sk_common.skc_state == TS_LISTEN)
			listener_pids[op.tgid & (PID_BUCKETS - 1)] = 1;
		gauge_owner_changed(sk, rec);
	}
	seed_place(rec, sk);
	return 0;
}

/*
 * Small sockets that hooks follow from here on get their entry. One that ends meanwhile may do
 * so before it has one: it has left its hash chain then.
 */
static __always_inline void seed_mini(struct ts_slot *slot, struct sock_common *skc,
				      struct ts_mini *mini, u8 state)
{
	u64 address = (u64)skc;
	struct change c;

	change_clear(&c, slot, &mini->rec);
	tuple_read(skc, &c.tuple);
	c.match = mini_match(&c, mini->in_cgroup);
	mini_place(mini, state, c.match == TS_YES);
	if (bpf_map_update_elem(&minis, &address, mini, BPF_NOEXIST))
		return;
	if (c.match == TS_YES)
		gauge_add(slot, state, 1);
	__sync_fetch_and_add(&snapshot_sockets, 1);
	if (skc->skc_nulls_node.pprev || bpf_map_delete_elem(&minis, &address))
		return;
	if (c.match == TS_YES)
		gauge_add(slot, state, -1);
}

/* Its listener's record and cgroup cannot be had here: an owner is told once it has a child. */
static __always_inline void seed_request(struct sock_common *skc)
{
	struct tcp_request_sock *treq = bpf_skc_to_tcp_request_sock(skc);
	struct ts_slot *slot = slot_here();
	struct ts_mini mini;

	if (!treq || !slot)
		return;
	__builtin_memset(&mini, 0, sizeof(mini));
	mini.rec.id = bpf_get_socket_cookie(skc);
	mini.rec.since_ns = mini.rec.born_ns = treq->snt_synack * 1000;
	mini.rec.role = TS_ROLE_SERVER;
	seed_mini(slot, skc, &mini, TS_SYN_RECV);
}

static __always_inline void seed_timewait(struct sock_common *skc, u8 state)
{
	struct ts_slot *slot = slot_here();
	struct ts_mini mini;

	if (!slot)
		return;
	__builtin_memset(&mini, 0, sizeof(mini));
	mini.rec.id = bpf_get_socket_cookie(skc);
	seed_mini(slot, skc, &mini, state);
}

/* The others are counted whenever somebody asks: wanted by their tuple, nobody owns them. */
static __always_inline void count_small(struct sock_common *skc, u8 state)
{
	struct tuple tuple;

	tuple_read(skc, &tuple);
	if (tuple_match(&tuple) == TS_YES)
		__sync_fetch_and_add(&snapshot_small[state], 1);
}

/* Every TCP socket of the network namespace that made the iterator, with a file or not. */
SEC("iter/tcp")
int snapshot_tcp(struct bpf_iter__tcp *ctx)
{
	struct sock_common *skc = ctx->sk_common;
	struct tcp_timewait_sock *tw;
	struct ts_record *rec;
	struct tcp_sock *tp;
	struct sock *sk;

	if (!skc)
		return 0;
	if (skc->skc_state == TS_NEW_SYN_RECV) {
		if (cfg_requests)
			seed_request(skc);
		else
			count_small(skc, TS_SYN_RECV);
		return 0;
	}
	tw = bpf_skc_to_tcp_timewait_sock(skc);
	if (tw) {
		u8 state = tw->tw_sk.tw_substate == TS_FIN_WAIT_2 ? TS_FIN_WAIT_2 : TS_TIME_WAIT;

		if (cfg_timewaits)
			seed_timewait(skc, state);
		else
			count_small(skc, state);
		return 0;
	}
	if (counts_alone())
		return 0; /* all full sockets are in the counts */
	tp = bpf_skc_to_tcp_sock(skc);
	if (!tp)
		return 0;
	sk = &tp->inet_conn.icsk_inet.sk;
	rec = seed_record(sk);
	if (rec)
		seed_place(rec, sk);
	return 0;
}
