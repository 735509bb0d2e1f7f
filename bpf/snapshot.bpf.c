// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The snapshot: gives sockets that are older than the trace a record and adds them to the counts.
 * Also counts the minisockets that no hook follows. These iterators write nothing.
 */
#ifdef TS_NO_STORAGE
#define TS_UNTRUSTED /* pointers reached through a file's private_data */
#endif
#include "half_open.bpf.h"
#include "minisock.bpf.h"
#include "record.bpf.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

u64 snapshot_sockets = 0;		/* sockets with a record */
u64 snapshot_minisocks[TS_STATES] = {}; /* request and timewait sockets by state */

/* An open socket of a process. */
struct descriptor {
	struct task_struct *task;
	u64 file;
	u32 fd;
};

/* Has it exited, or given the socket up? */
static __always_inline bool owner_is_gone(struct ts_record *rec, u64 file)
{
	return rec->owner == TS_OWNER_UNKNOWN || owner_has_exited(rec) ||
	       (owner_is_checked(rec) && !owner_holds(rec, file));
}

static __always_inline void descriptor_note(struct ts_record *rec, const struct task_info *info,
					    const struct descriptor *held, bool listens)
{
	struct task_struct *task = held->task, *leader = info->leader;
	/* a thread with files of its own is not found through its leader */
	bool shared = BPF_CORE_READ(task, files) == BPF_CORE_READ(leader, files);

	rec->leader = (u64)info->leader;
	rec->fd = held->fd | FD_IS_EXACT;
	rec->files = shared ? 0 : TS_FILES_THREAD;
	if (bpf_core_field_exists(task->io_uring) && BPF_CORE_READ(task, io_uring))
		rec->files |= TS_FILES_RING;
	if (!listens)
		return;
	rec->file = held->file;
	listener_pids[info->tgid & (PID_BUCKETS - 1)] = 1;
}

/* Adds the facts of the scan to a record. `stored`: other programs see the record. */
static __always_inline void adopt(struct ts_record *rec, bool stored, struct sock *sk,
				  const struct descriptor *held)
{
	bool listens = READ(sk, __sk_common.skc_state) == TS_LISTEN;
	struct task_info info;

	if (!rec->id)
		rec->id = socket_cookie(sk);
	if (listens)
		rec->role = TS_ROLE_SERVER;
	if (!held || rec->owner == TS_OWNER_KERNEL)
		return;
	task_info_read(&info, held->task);
	if (!owner_is(rec, &info)) {
		/* an exiting process may have its files still, and its exit has been noted */
		if (!owner_is_gone(rec, held->file) ||
		    !process_lives(address_of(info.leader), info.start_ns))
			return;
		owner_set(rec, &info, TS_OWNER_SNAPSHOT);
	}
	descriptor_note(rec, &info, held, listens);
	if (stored)
		state_count_owner_changed(sk, rec);
}

/*
 * A socket enters the counts once: by the first of scan and transition that sets the state word of
 * its record.
 */
static __always_inline bool seed_state_word(struct ts_record *rec, bool stored, struct sock *sk)
{
	struct ts_slot *slot = slot_here();
	u8 state = READ(sk, __sk_common.skc_state);
	bool counts = state != TS_CLOSED && state_count_wants(sk, rec);
	u32 word = state | (counts ? TS_STATE_COUNTED : 0);

	if (!record_seed(sk, rec, stored, word))
		return false;
	__sync_fetch_and_add(&snapshot_sockets, 1);
	if (slot && counts)
		state_count_add(slot, state, 1);
	return true;
}

static __always_inline void seed(struct sock *sk, const struct descriptor *held)
{
	struct ts_record blank = {}, *rec = record_get_stateless(sk);
	bool stored = rec;

	if (!stored)
		rec = &blank;
	adopt(rec, stored, sk, held);
	if (seed_state_word(rec, stored, sk) || stored)
		return;
	rec = record_peek(sk); /* a transition created it meanwhile */
	if (rec)
		adopt(rec, true, sk, held);
}

/* Every socket that a process has open, in every network namespace. */
SEC("iter/task_file")
int snapshot_files(struct bpf_iter__task_file *ctx)
{
	struct task_struct *task = ctx->task;
	struct file *file = ctx->file;
	struct descriptor held;
	struct socket *socket;
	struct sock *sk;

	if (!task || !file)
		return 0;
	socket = socket_of_file(file);
	if (!socket)
		return 0;
	sk = READ(socket, sk);
	held.task = task;
	held.file = address_of(file);
	held.fd = ctx->fd;
	if (sk && socket_is_tcp(sk))
		seed(sk, &held);
	return 0;
}

/*
 * Creates the entry of a minisocket that hooks follow from now on. The minisocket may end before it
 * has the entry: then it is no longer hashed.
 */
static __always_inline void seed_minisock(struct ts_slot *slot, struct sock_common *skc,
					  struct ts_minisock *minisock, u8 state)
{
	u64 address = (u64)skc;
	struct change c;

	change_clear(&c, slot, &minisock->rec);
	tuple_read(skc, &c.tuple);
	c.match = minisock_match(&c, minisock->in_cgroup);
	minisock_state_set(minisock, state, c.match == TS_YES);
	if (bpf_map_update_elem(&minisocks, &address, minisock, BPF_NOEXIST))
		return;
	if (c.match == TS_YES)
		state_count_add(slot, state, 1);
	__sync_fetch_and_add(&snapshot_sockets, 1);
	if (skc->skc_nulls_node.pprev || bpf_map_delete_elem(&minisocks, &address))
		return;
	if (c.match == TS_YES)
		state_count_add(slot, state, -1);
}

/* The listener's record and cgroup are out of reach here: the owner is known from its child on. */
static __always_inline void seed_request(struct sock_common *skc)
{
	struct ts_slot *slot = slot_here();
	struct ts_minisock minisock;

	if (!slot)
		return;
	__builtin_memset(&minisock, 0, sizeof(minisock));
	minisock.rec.id = socket_cookie(skc);
	minisock.rec.since_ns = minisock.rec.first_seen_ns = request_begun_ns((void *)skc);
	minisock.rec.role = TS_ROLE_SERVER;
	seed_minisock(slot, skc, &minisock, TS_SYN_RECV);
}

static __always_inline void seed_timewait(struct sock_common *skc, u8 state)
{
	struct ts_slot *slot = slot_here();
	struct ts_minisock minisock;

	if (!slot)
		return;
	__builtin_memset(&minisock, 0, sizeof(minisock));
	minisock.rec.id = socket_cookie(skc);
	seed_minisock(slot, skc, &minisock, state);
}

/* Without hooks: each scan counts them, filtered by tuple only. They have no owner. */
static __always_inline void count_minisock(struct sock_common *skc, u8 state)
{
	struct ts_tuple tuple;

	tuple_read(skc, &tuple);
	if (tuple_match(&tuple) == TS_YES)
		__sync_fetch_and_add(&snapshot_minisocks[state], 1);
}

static __always_inline void count_half_open(struct sock_common *skc)
{
	half_open_mark(skc);
	count_minisock(skc, TS_SYN_RECV);
}

/* Every TCP socket of the network namespace that made the iterator, with a file or not. */
SEC("iter/tcp")
int snapshot_tcp(struct bpf_iter__tcp *ctx)
{
	struct sock_common *skc = ctx->sk_common;
	struct tcp_sock *tp;

	if (!skc)
		return 0;
	if (skc->skc_state == TS_NEW_SYN_RECV) {
		if (cfg_requests)
			seed_request(skc);
		else
			count_half_open(skc);
		return 0;
	}
	if (skc->skc_state == TS_TIME_WAIT) {
		u8 substate = BPF_CORE_READ((struct inet_timewait_sock *)skc, tw_substate);
		u8 state = substate == TS_FIN_WAIT_2 ? TS_FIN_WAIT_2 : TS_TIME_WAIT;

		if (cfg_timewaits)
			seed_timewait(skc, state);
		else
			count_minisock(skc, state);
		return 0;
	}
	if (counts_only_active())
		return 0; /* all full sockets are in the counts */
	tp = bpf_skc_to_tcp_sock(skc);
	if (tp)
		seed(&tp->inet_conn.icsk_inet.sk, NULL);
	return 0;
}
