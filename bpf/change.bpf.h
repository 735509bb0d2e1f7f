/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * One transition of a full socket: its record, owner, reason and counts, then its event. For the
 * hooks of transition.bpf.c.
 */
#ifndef CHANGE_BPF_H
#define CHANGE_BPF_H

#include "closed_listener.bpf.h"
#include "conn_totals.bpf.h"
#include "emit.bpf.h"
#include "half_open.bpf.h"
#include "minisock.bpf.h"
#include "reason.bpf.h"
#include "record.bpf.h"

static __always_inline bool is_passive_open(const struct change *c)
{
	return c->old == TS_LISTEN && c->new == TS_SYN_RECV;
}

/*
 * Moves the socket from the count of its old state into that of its new state. `was`: its former
 * state word; the first one of a child is a copy of its listener's and does not count.
 */
static __always_inline void state_count_move(const struct change *c, u32 was, bool counts)
{
	bool own = (was & TS_STATE_MASK) != TS_LISTEN ||
		   (c->old == TS_LISTEN && !is_passive_open(c));
	u32 counted = was & TS_STATE_COUNTED && own ? was & TS_STATE_MASK : TS_STATE_NONE;
	u32 left = TS_STATE_NONE, entered = TS_STATE_NONE;

	if (counts_from_transitions()) { /* what user space derives from the transition */
		left = is_passive_open(c) ? TS_STATE_NONE : c->old;
		entered = c->new;
	}
	if (counted != left) {
		state_count_add(c->slot, counted, -1);
		state_count_add(c->slot, left, 1);
	}
	if ((counts ? c->new : TS_STATE_NONE) != entered)
		state_count_add(c->slot, c->new, counts ? 1 : -1);
}

/*
 * The socket's lock serializes its transitions. Only two cases need an atomic swap: the first
 * transition, which races with the snapshot, and a filter by owner, where a new owner may come in
 * between.
 */
static __always_inline void state_word_set(const struct change *c)
{
	u32 state = c->new == TS_TIME_WAIT ? TS_CLOSED : c->new;
	/* the iterator counts an inferred TIME_WAIT */
	bool counts = c->match == TS_YES && c->new != TS_TIME_WAIT;
	u32 word = state | (counts && state != TS_CLOSED ? TS_STATE_COUNTED : 0);
	u32 was = c->rec->state_word;

	if (was && !(cfg_filter.on & TS_BY_OWNER))
		c->rec->state_word = word;
	else
		was = state_word_swap(c->rec, word);
	state_count_move(c, was, counts);
}

/* Did a process that has the socket open cause it, by close, shutdown or disconnect? */
static __always_inline bool is_by_holder(const struct change *c)
{
	if (c->new == TS_FIN_WAIT_1 || c->new == TS_LAST_ACK || socket_is_closing(c->sk))
		return true;
	if (c->new != TS_CLOSED || c->sk->sk_err)
		return false;
	/* without an error, and not by a packet that closes the connection */
	return state_in(c->old, 1 << TS_LISTEN | 1 << TS_ESTABLISHED | 1 << TS_SYN_SENT |
					1 << TS_SYN_RECV | 1 << TS_CLOSE_WAIT);
}

/* A listener of MPTCP is a subflow without a file of its own. */
static __always_inline u64 listener_file(const struct change *c)
{
	struct mptcp_subflow_context *subflow;
	struct tcp_sock *tp = c->tp;

	if (!socket_is_subflow(tp))
		return (u64)socket_file(c->sk);
	subflow = BPF_CORE_READ(tp, inet_conn.icsk_ulp_data);
	return (u64)BPF_CORE_READ(subflow, conn, sk_socket, file);
}

static __always_inline void owner_update(struct change *c)
{
	struct ts_record *rec = c->rec;

	if (!c->by_task)
		return;
	if (c->old == TS_CLOSED) {
		if (c->task.is_kernel_thread || socket_is_kernels(c->sk, c->tp))
			owner_set_kernel(rec);
		else
			owner_set(rec, &c->task,
				  c->new == TS_LISTEN ? TS_OWNER_LISTEN : TS_OWNER_CONNECT);
		rec->file = c->new == TS_LISTEN ? listener_file(c) : 0;
	} else if (c->new == TS_CLOSED && c->sk->sk_err == ECONNABORTED) {
		if (!owner_is(rec, &c->task))
			actor_set(&c->actor, &c->task);
	} else if (c->old == TS_LISTEN && !socket_is_closing(c->sk)) {
		/* shutdown(), or ss -K before it sets the error: maybe not an owner */
		if (!owner_is(rec, &c->task))
			actor_set(&c->actor, &c->task);
	} else if (is_by_holder(c)) {
		owner_use(rec, c->sk, &c->task, &c->actor);
	}
}

/* The file that shows whether the owner still holds the socket, or NULL. */
static __always_inline u64 file_to_check(const struct change *c)
{
	struct file *file = socket_file(c->sk);

	if (file)
		return file_references(file) > 0 ? address_of(file) : 0;
	return c->rec->owner == TS_OWNER_LISTENER ? c->rec->file : 0;
}

/*
 * An owner that has given the socket up and lives on is none. Its file table is read if the last
 * transition was a while ago: between transitions in quick succession little can change.
 */
static __always_inline void owner_forget_former(struct change *c)
{
	struct ts_record *rec = c->rec;
	bool held = true;
	u64 file;

	if (is_passive_open(c)) {
		held = listener_is_held(rec);
	} else if (c->now - c->since >= OWNER_CHECK_NS && owner_is_checked(rec) &&
		   !(c->by_task && owner_is(rec, &c->task))) {
		file = file_to_check(c);
		held = !file || owner_holds(rec, file);
	}
	if (!held)
		owner_forget(rec, TS_RESCAN_LEFT);
}

/*
 * The owner of the connections in its queue, which end next (inet_csk_listen_stop()), and of its
 * request sockets, which end with their timers: its file may be another one's then, so they have the
 * listener's own address, which they keep. Listeners without any need no room in the map.
 */
static __always_inline void listener_note_closed(const struct change *c)
{
	u32 requests;

	if (c->old != TS_LISTEN || c->new != TS_CLOSED)
		return;
	if (c->rec->file && c->sk->sk_ack_backlog)
		closed_listener_add(c->slot, c->rec->file, c->rec, 0);
	requests = c->tp->inet_conn.icsk_accept_queue.qlen.counter;
	if (requests && cfg_requests)
		closed_listener_add(c->slot, address_of(c->sk), c->rec, requests);
}

/* Who has the socket open, if not the owner as it was recorded. */
static __always_inline void owner_verify(struct change *c)
{
	if (c->reason == TS_REASON_LISTENER_CLOSED)
		return owner_of_closed_listener(c->rec, c->rec->file);
	owner_refresh_comm(c->rec);
	owner_forget_dead(c->rec, c->sk);
	owner_forget_former(c);
	listener_note_closed(c);
}

static __always_inline u32 handshake_flags(const struct ts_record *rec)
{
	return (rec->flags & TS_R_COOKIE ? TS_F_COOKIE : 0) |
	       (rec->flags & TS_R_FAST_OPEN ? TS_F_FAST_OPEN : 0) |
	       (rec->flags & TS_R_REPAIRED ? TS_F_REPAIRED : 0);
}

/* A child whose request socket was seen but had no cookie: the child has one. */
static __always_inline void passive_open_report(struct change *c)
{
	u64 now = c->now, since = c->since;
	u8 old = c->old, new = c->new, match = c->match;

	c->now = c->rec->syn_recv_ns;
	c->since = 0;
	c->flags = handshake_flags(c->rec);
	c->old = TS_LISTEN;
	c->new = TS_SYN_RECV;
	c->rec->syn_recv_ns = 0;
	c->rec->flags &= ~TS_R_UNREPORTED;
	if (counts_from_transitions()) /* so far it was counted directly */
		state_count_add(c->slot, TS_SYN_RECV, -1);
	if (c->match && !owner_match(c->rec))
		c->match = TS_NO;
	change_report(c);
	c->now = now;
	c->since = since;
	c->old = old;
	c->new = new;
	c->match = match;
	c->flags = 0;
}

/*
 * Duration of the handshake, by the kernel's first round trip time, from SYN-ACK to ACK. 0 if it is
 * unknown or measured by TCP timestamps, in whole milliseconds: after a retransmitted SYN-ACK, or a
 * SYN cookie. (That also drops one valid value of a thousand.)
 */
static __always_inline u32 handshake_us(const struct tcp_sock *tp)
{
	u32 rtt_us = tp->srtt_us >> 3;

	return rtt_us % 1000 ? rtt_us : 0;
}

/*
 * A child without hooks on its request socket: the start of its handshake is known only at its next
 * transition. The kernel makes a Fast Open child when the SYN arrives, so there the child's own
 * LISTEN->SYN_RECV is the start.
 */
static __always_inline void passive_open_report_late(struct change *c)
{
	bool fast_open = BPF_CORE_READ_BITFIELD(c->tp, syn_data_acked);
	u64 now = c->now, begun = c->rec->syn_recv_ns;
	u8 new = c->new, match = c->match, owner = c->rec->owner;
	u32 rtt_us = handshake_us(c->tp);

	c->now = begun;
	if (fast_open)
		c->rec->flags |= TS_R_FAST_OPEN;
	else
		begun = rtt_us ? now - rtt_us * 1000ull : 0;
	if (begun)
		c->now = begun;
	c->flags = opaque(fast_open ? TS_F_FAST_OPEN : TS_F_INFERRED);
	c->since = 0;
	c->rec->syn_recv_ns = 0;
	c->rec->first_seen_ns = begun;
	c->old = TS_LISTEN;
	c->new = TS_SYN_RECV;
	owner_refresh_comm(c->rec);
	if (owner != TS_OWNER_LISTENER &&
	    owner != TS_OWNER_KERNEL) /* in use already (Fast Open): the first owner is unknown */
		c->rec->owner = TS_OWNER_UNKNOWN;
	if (c->match && !owner_match(c->rec))
		c->match = TS_NO;
	if (!half_open_take(c)) {
		change_report(c);
		c->since = begun;
	}
	c->rec->owner = owner;
	c->now = now;
	c->old = TS_SYN_RECV;
	c->new = new;
	c->match = match;
	c->flags = 0;
}

/* The kernel chooses the port of an unbound client after SYN_SENT: note the socket for later. */
static __always_inline void pending_port_note(const struct change *c)
{
	struct ts_pending_port entry = {
		.address = (u64)c->sk,
		.old_state = c->old,
		.new_state = c->new,
		.rport = c->tuple.rport,
		.pending = c->match == TS_MAYBE &&pair_wanted(c->old, c->new),
	};
	u64 id = c->id;

	if (!cfg_late_ports || !id)
		return;
	if (!c->tuple.lport && c->match) {
		if (bpf_map_update_elem(&pending_ports, &id, &entry, BPF_ANY))
			count_add(&c->slot->ports_refused);
	} else if (c->old == TS_SYN_SENT || (c->old == TS_LISTEN && c->new == TS_CLOSED)) {
		bpf_map_delete_elem(&pending_ports, &id);
	}
}

/* A child whose LISTEN->SYN_RECV was missed (see set_state_again) has its listener's record. */
static __always_inline bool is_missed_passive_open(const struct change *c)
{
	return c->old != TS_LISTEN && (c->rec->state_word & TS_STATE_MASK) == TS_LISTEN;
}

/* A new connection, or the next one of a socket after a disconnect. */
static __always_inline void record_begin(struct change *c)
{
	struct ts_record *rec = c->rec;

	rec->role = c->new == TS_SYN_SENT ? TS_ROLE_CLIENT : TS_ROLE_SERVER;
	rec->first_seen_ns = c->now;
	rec->timewait_state = rec->flags = 0;
	rec->rst = rec->rst_reason = rec->err = 0;
	rec->txhash = c->sk->sk_txhash;
	rec->error_tail = error_tail(c->sk);
	rec->soft_err = c->sk->sk_err_soft;
	if (c->new != TS_SYN_SENT)
		return;
	if (!rec->txhash && !*txhash_late_of(c))
		*txhash_late_of(c) = 1;
	if (socket_in_repair(c->tp)) { /* either end can be restored */
		rec->role = TS_ROLE_UNKNOWN;
		rec->flags = TS_R_REPAIRED;
	}
}

static __always_inline void change_identify(struct change *c)
{
	bool fresh = is_passive_open(c) || is_missed_passive_open(c);

	if (!c->rec->id || fresh)
		c->rec->id = socket_cookie(c->key);
	if (!c->rec->cgroup)
		c->rec->cgroup = cgroup_id(c->sk);
	c->id = c->rec->id;
	if (c->old == TS_CLOSED)
		record_begin(c);
	if (fresh) {
		if (c->rec->owner != TS_OWNER_UNKNOWN && c->rec->owner != TS_OWNER_KERNEL)
			c->rec->owner = TS_OWNER_LISTENER;
		c->rec->role = TS_ROLE_SERVER;
		c->rec->err = 0;
		c->rec->since_ns = 0; /* the listener's, not the child's */
		c->rec->first_seen_ns = 0;
		c->rec->syn_recv_ns = 0;
	}
	c->since = c->rec->since_ns;
	c->rec->since_ns = c->now;
}

/* By all criteria but the owner, which comes later. */
static __always_inline void change_match_socket(struct change *c)
{
	c->match = TS_YES;
	if (cfg_filter.on & TS_BY_TUPLE)
		c->match = is_passive_open(c) ? TS_MAYBE : tuple_match(&c->tuple);
	if (c->match == TS_MAYBE && c->new == TS_CLOSED) /* it never had a local port */
		c->match = ts_filter_ports(&cfg_filter, 0, c->tuple.rport, 1);
	if (c->match && cfg_filter.on & TS_BY_CGROUP && !cgroup_match(c->sk))
		c->match = TS_NO;
}

/*
 * Is it the child of a request socket that hooks followed, or that the filter excluded? The child
 * takes over the facts of the request socket. There is no transition to report.
 */
static __always_inline bool passive_open_is_known(struct change *c)
{
	u32 fate = c->slot->clone_fate;
	struct ts_minisock *minisock;

	if (!cfg_requests || !is_passive_open(c))
		return false;
	c->slot->clone_fate = TS_CLONE_UNKNOWN;
	if (fate == TS_CLONE_UNWANTED) {
		c->rec->state_word = TS_SYN_RECV;
		return true;
	}
	minisock = fate == TS_CLONE_TRACKED ? minisock_find(c->slot->cloning) : NULL;
	if (!minisock)
		return false;
	*c->rec = minisock->rec;
	minisock_delete(c->slot->cloning);
	return true;
}

/* The timewait socket has reported the transition and has taken over the count. */
static __always_inline bool timewait_took_over(const struct change *c)
{
	u8 state = c->rec->timewait_state;

	if (c->new != TS_CLOSED || (state != TS_TIME_WAIT && state != TS_FIN_WAIT_2))
		return false;
	c->rec->state_word = TS_CLOSED;
	c->rec->since_ns = c->now;
	return true;
}

/* An orphan continues as a timewait socket without hooks: the full socket leaves the counts. */
static __always_inline void orphan_leave_counts(const struct change *c)
{
	u32 was = state_word_swap(c->rec, TS_CLOSED);

	if (was & TS_STATE_COUNTED)
		state_count_add(c->slot, was & TS_STATE_MASK, -1);
}

static __always_inline void change_end(struct change *c)
{
	u8 reason = TS_REASON_NORMAL;

	c->err = error_of_end(c);
	if (c->new == TS_TIME_WAIT)
		c->flags |= TS_F_INFERRED;
	else
		reason = reason_of_end(c);
	c->reason = opaque(reason);
	if (c->new == TS_CLOSED)
		rst_of_end(c);
	c->rst = opaque(c->rst);
	c->rst_reason = opaque(c->rst_reason);
	totals_read(c);
}

static __always_inline void change_handshake(struct change *c)
{
	if (c->old != TS_SYN_SENT && c->old != TS_SYN_RECV)
		return;
	c->flags |= retrans_flags(c->tp->total_retrans) | handshake_flags(c->rec);
	/* a client: the SYN-ACK has acknowledged the SYN and data in it */
	if (c->old == TS_SYN_SENT && c->new == TS_ESTABLISHED && c->tp->bytes_acked > 1 &&
	    BPF_CORE_READ_BITFIELD(c->tp, syn_data))
		c->flags |= TS_F_FAST_OPEN;
}

/*
 * The kernel had no storage for a record: no memory, or the socket's share of net.core.optmem_max is
 * used up, by options that its own process has set. The event has only what the socket itself says,
 * and who acts on it.
 */
static __always_inline void change_without_record(struct change *c)
{
	struct ts_record blank;

	__builtin_memset(&blank, 0, sizeof(blank));
	c->rec = &blank;
	c->id = blank.id = socket_cookie(c->key);
	blank.cgroup = cgroup_id(c->sk);
	if (c->old == TS_CLOSED)
		blank.role = c->new == TS_SYN_SENT ? TS_ROLE_CLIENT : TS_ROLE_SERVER;
	c->since = 0;
	c->flags = opaque(TS_F_NO_RECORD);
	count_add(&c->slot->without_record);
	owner_update(c);
	c->actor.known = opaque(c->actor.known);
	state_count_move(c, 0, false);
	if (c->match && !owner_match(c->rec))
		c->match = TS_NO;
	pending_port_note(c);
	change_report(c);
}

static __always_inline void change_process(struct change *c)
{
	if (passive_open_is_known(c) || timewait_took_over(c))
		return;
	if (is_passive_open(c))
		record_inherit(c->rec, c->key);
	change_identify(c);
	if (is_unreported(c->rec))
		passive_open_report(c);
	else if (c->rec->syn_recv_ns)
		passive_open_report_late(c);
	if (c->new == TS_CLOSED)
		c->new = opaque(timewait_infer(c->slot, c->key, c->tp, c->old, c->rec));
	if (c->new == TS_FIN_WAIT_2 && c->old == TS_FIN_WAIT_2)
		return orphan_leave_counts(c);
	if (c->new == TS_CLOSED || c->new == TS_TIME_WAIT)
		change_end(c);
	change_handshake(c);
	c->flags = opaque(c->flags);
	c->ends = opaque(c->ends);
	owner_update(c);
	c->actor.known = opaque(c->actor.known);
	owner_verify(c);
	if (c->match && !owner_match(c->rec))
		c->match = TS_NO;
	state_word_set(c);
	if (is_passive_open(c)) {
		c->rec->id = 0;
		c->rec->syn_recv_ns = c->now;
		return;
	}
	pending_port_note(c);
	change_report(c);
	if (c->match == TS_MAYBE)
		c->rec->pending = c->old << 4 | c->new;
}

/* Packets cause the transitions to all other states, whatever task owns the lock. */
static __always_inline bool may_be_by_task(int new)
{
	return state_in(new, 1 << TS_CLOSED | 1 << TS_SYN_SENT | 1 << TS_LISTEN |
				     1 << TS_FIN_WAIT_1 | 1 << TS_LAST_ACK);
}

/* A child that the filter excludes has a copy of its listener's record, with the wrong state. */
static __always_inline void child_set_state(const struct change *c)
{
	struct ts_record *rec;

	if (!is_passive_open(c))
		return;
	rec = record_peek(c->key);
	if (rec)
		rec->state_word = TS_SYN_RECV;
}

static __always_inline void change_run(struct ts_slot *slot, struct sock *sk, int old, int new)
{
	struct change c;

	c.key = sk;
	c.slot = slot;
	c.old = old;
	c.new = new;
	c.reason = TS_REASON_NONE;
	c.actor.known = c.ends = false;
	c.rst = c.rst_reason = 0;
	c.err = 0;
	c.flags = 0;
	c.tp = bpf_skc_to_tcp_sock(sk);
	if (!c.tp)
		return;
	c.sk = &c.tp->inet_conn.icsk_inet.sk;
	c.by_task = c.sk->sk_lock.owned && may_be_by_task(new);
	if (c.by_task)
		task_info_read(&c.task, current_task());
	tuple_read(&c.sk->__sk_common, &c.tuple);
	c.tuple.family = opaque(c.tuple.family);
	c.tuple.flags = opaque(c.tuple.flags);
	if (new == TS_CLOSED) /* the port is released: skc_num is 0 */
		c.tuple.lport = __builtin_bswap16(c.tp->inet_conn.icsk_inet.inet_sport);
	change_match_socket(&c);
	/* an excluded listener still passes its record to children that the filter includes */
	if (!c.match && new != TS_LISTEN && (old != TS_LISTEN || new != TS_CLOSED)) {
		child_set_state(&c);
		return;
	}
	c.now = bpf_ktime_get_ns();
	c.rec = record_get(sk);
	if (c.rec)
		change_process(&c);
	else
		change_without_record(&c);
}

#endif
