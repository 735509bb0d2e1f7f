// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The tracepoint sock:inet_sock_set_state: keeps the socket's record and the counters,
 * and has the event made. Knows nothing of how events are shown.
 */
#include "emit.bpf.h"
#include "half_open.bpf.h"
#include "minisock.bpf.h"
#include "origin.bpf.h"
#include "reason.bpf.h"
#include "record.bpf.h"
#include "conn_totals.bpf.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

static __always_inline bool is_passive_open(const struct change *c)
{
	return c->old == TS_LISTEN && c->new == TS_SYN_RECV;
}

/*
 * Takes the socket out of the count of its old state and puts it into that of its new one.
 * `was`: what its record had; a child's first is its listener's, and no place of its own.
 */
static __always_inline void state_count_move(const struct change *c, u32 was, bool counts)
{
	bool own = (was & 0xff) != TS_LISTEN || (c->old == TS_LISTEN && !is_passive_open(c));
	u32 counted = was >> 8 & TS_R_COUNTED && own ? was & 0xff : TS_STATE_NONE;
	u32 left = TS_STATE_NONE, entered = TS_STATE_NONE;

	if (counts_from_transitions()) { /* what the transition will say by itself */
		left = is_passive_open(c) ? TS_STATE_NONE : c->old;
		entered = c->new;
	}
	if (counted != left) {
		gauge_add(c->slot, counted, -1);
		gauge_add(c->slot, left, 1);
	}
	if ((counts ? c->new : TS_STATE_NONE) != entered)
		gauge_add(c->slot, c->new, counts ? 1 : -1);
}

/*
 * The socket's lock serializes its transitions, so only the first, which a snapshot may
 * precede by a moment, must swap atomically; and any that a new owner can come between.
 */
static __always_inline void place_set(const struct change *c)
{
	u32 state = c->new == TS_TIME_WAIT ? TS_CLOSED : c->new;
	/* an inferred TIME_WAIT is the iterator's to count */
	bool counts = c->match == TS_YES && c->new != TS_TIME_WAIT;
	u32 place = state | (counts && state != TS_CLOSED ? TS_R_COUNTED << 8 : 0);
	u32 was = c->rec->place;

	if (was && !(cfg_filter.on & TS_BY_OWNER))
		c->rec->place = place;
	else
		was = place_swap(c->rec, place);
	state_count_move(c, was, counts);
}

/* Transitions that a holder makes by closing, shutting down or disconnecting. */
static __always_inline bool is_holders_doing(const struct change *c)
{
	if (c->new == TS_FIN_WAIT_1 || c->new == TS_LAST_ACK || socket_is_closing(c->sk))
		return true;
	if (c->new != TS_CLOSED || c->sk->sk_err)
		return false;
	/* without an error, and not by a packet that closes in good order */
	return state_in(c->old, 1 << TS_LISTEN | 1 << TS_ESTABLISHED | 1 << TS_SYN_SENT |
					1 << TS_SYN_RECV | 1 << TS_CLOSE_WAIT);
}

static __always_inline void owner_update(struct change *c)
{
	struct ts_record *rec = c->rec;

	if (!c->operated)
		return;
	if (c->old == TS_CLOSED) {
		if (c->op.is_kernel_thread || socket_is_kernels(c->sk, c->tp))
			owner_set_kernel(rec);
		else
			owner_set(rec, &c->op,
				  c->new == TS_LISTEN ? TS_OWNER_LISTEN : TS_OWNER_CONNECT);
	} else if (c->new == TS_CLOSED && c->sk->sk_err == ECONNABORTED) {
		if (!owner_is(rec, &c->op))
			actor_set(&c->actor, &c->op);
	} else if (c->old == TS_LISTEN && !socket_is_closing(c->sk)) {
		/* shutdown(), or ss -K, whose error is not there yet: it may hold nothing */
		if (!owner_is(rec, &c->op))
			actor_set(&c->actor, &c->op);
	} else if (is_holders_doing(c)) {
		owner_use(rec, c->sk, &c->op, &c->actor);
	}
}

static __always_inline u32 handshake_flags(const struct ts_record *rec)
{
	return (rec->marks & TS_M_COOKIE ? TS_F_COOKIE : 0) |
	       (rec->marks & TS_M_FAST_OPEN ? TS_F_FAST_OPEN : 0);
}

/* A child whose request was seen and could not be numbered: the child can. */
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
	c->rec->marks &= ~TS_M_UNTOLD;
	if (counts_from_transitions()) /* it has been in the counts by itself */
		gauge_add(c->slot, TS_SYN_RECV, -1);
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
 * By the first round trip that the kernel measured, from SYN-ACK to ACK; 0: it did not, or by
 * timestamps, which count whole milliseconds: a SYN-ACK was sent again, or was a cookie and has
 * options in its low bits. (One true one of a thousand is lost with those.)
 */
static __always_inline u32 handshake_us(const struct tcp_sock *tp)
{
	u32 rtt_us = tp->srtt_us >> 3;

	return rtt_us % 1000 ? rtt_us : 0;
}

/*
 * A child whose request socket nobody followed: when its handshake began the next event tells.
 * A Fast Open child is made when the SYN comes, so its own LISTEN->SYN_RECV was the beginning.
 */
static __always_inline void passive_open_report_late(struct change *c)
{
	bool fast_open = BPF_CORE_READ_BITFIELD(c->tp, syn_data_acked);
	u64 now = c->now, begun = c->rec->syn_recv_ns;
	u8 new = c->new, match = c->match, owner = c->rec->owner;
	u32 rtt_us = handshake_us(c->tp);

	c->now = begun;
	if (fast_open)
		c->rec->marks |= TS_M_FAST_OPEN;
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
	    owner != TS_OWNER_KERNEL) /* used already (Fast Open): whose it was then is gone */
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

/* The port of an unbound client is chosen after its SYN_SENT: keep where to look it up. */
static __always_inline void port_pending_note(const struct change *c)
{
	struct ts_portless entry = {
		.address = (u64)c->sk,
		.old_state = c->old,
		.new_state = c->new,
		.pending = c->match == TS_MAYBE &&pair_wanted(c->old, c->new),
	};
	u64 id = c->id;

	if (!cfg_portless || !id)
		return;
	if (!c->tuple.lport && c->match)
		bpf_map_update_elem(&portless, &id, &entry, BPF_ANY);
	else if (c->old == TS_SYN_SENT || (c->old == TS_LISTEN && c->new == TS_CLOSED))
		bpf_map_delete_elem(&portless, &id);
}

/*
 * A child whose birth was missed (see set_state_again) still has its listener's record,
 * place included.
 */
static __always_inline bool is_missed_passive_open(const struct change *c)
{
	return c->old != TS_LISTEN && (c->rec->place & 0xff) == TS_LISTEN;
}

/* A socket that is used again after a disconnect begins anew. */
static __always_inline void record_begin(struct change *c)
{
	struct ts_record *rec = c->rec;

	rec->role = c->new == TS_SYN_SENT ? TS_ROLE_CLIENT : TS_ROLE_SERVER;
	rec->first_seen_ns = c->now;
	rec->timewait_state = rec->marks = 0;
	rec->rst = rec->rst_reason = 0;
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
		c->rec->since_ns = 0; /* the listener's, not the child's */
		c->rec->first_seen_ns = 0;
		c->rec->syn_recv_ns = 0;
	}
	c->since = c->rec->since_ns;
	c->rec->since_ns = c->now;
}

/* By what the socket is; who owns it is asked later. */
static __always_inline void change_match_socket(struct change *c)
{
	c->match = TS_YES;
	if (cfg_filter.on & TS_BY_TUPLE)
		c->match = is_passive_open(c) ? TS_MAYBE : tuple_match(&c->tuple);
	if (c->match && cfg_filter.on & TS_BY_CGROUP && !cgroup_match(c->sk))
		c->match = TS_NO;
}

/*
 * A child of a request socket that was followed: nothing new is to be told, it goes on with
 * what is known of the request. So do those whose request was not wanted.
 */
static __always_inline bool passive_open_is_known(struct change *c)
{
	u32 fate = c->slot->clone_fate;
	struct ts_minisock *mini;

	if (!cfg_requests || !is_passive_open(c))
		return false;
	c->slot->clone_fate = TS_CLONE_UNKNOWN;
	if (fate == TS_CLONE_UNWANTED) {
		c->rec->place = TS_SYN_RECV;
		return true;
	}
	mini = fate == TS_CLONE_TRACKED ? mini_find(c->slot->cloning) : NULL;
	if (!mini)
		return false;
	*c->rec = mini->rec;
	mini_drop(c->slot->cloning);
	return true;
}

/* The timewait socket has told what there was to tell, and has the socket's place. */
static __always_inline bool timewait_took_over(const struct change *c)
{
	u8 state = c->rec->timewait_state;

	if (c->new != TS_CLOSED || (state != TS_TIME_WAIT && state != TS_FIN_WAIT_2))
		return false;
	c->rec->place = TS_CLOSED;
	return true;
}

/* An orphan goes on as a timewait socket that nobody sees: the full socket leaves the counts. */
static __always_inline void leave_quietly(const struct change *c)
{
	u32 was = place_swap(c->rec, TS_CLOSED);

	if (was >> 8 & TS_R_COUNTED)
		gauge_add(c->slot, was & 0xff, -1);
}

static __always_inline void change_end(struct change *c)
{
	u8 reason = TS_REASON_NORMAL;

	c->err = c->sk->sk_err;
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
}

/* The kernel had no memory for it: told by what the socket itself says. */
static __always_inline void change_without_record(struct change *c)
{
	struct ts_record blank;

	__builtin_memset(&blank, 0, sizeof(blank));
	c->rec = &blank;
	c->id = socket_cookie(c->key);
	c->since = 0;
	count_add(&c->slot->without_record);
	state_count_move(c, 0, false);
	if (c->match && !owner_match(c->rec))
		c->match = TS_NO;
	change_report(c);
}

static __always_inline void change_process(struct change *c)
{
	if (passive_open_is_known(c) || timewait_took_over(c))
		return;
	if (is_passive_open(c))
		record_inherit(c->rec, c->key);
	change_identify(c);
	if (is_untold(c->rec))
		passive_open_report(c);
	else if (c->rec->syn_recv_ns)
		passive_open_report_late(c);
	if (c->new == TS_CLOSED)
		c->new = opaque(timewait_infer(c->slot, c->key, c->tp, c->old, c->rec));
	if (c->new == TS_FIN_WAIT_2 && c->old == TS_FIN_WAIT_2)
		return leave_quietly(c);
	if (c->new == TS_CLOSED || c->new == TS_TIME_WAIT)
		change_end(c);
	change_handshake(c);
	c->flags = opaque(c->flags);
	c->ends = opaque(c->ends);
	owner_update(c);
	c->actor.known = opaque(c->actor.known);
	owner_refresh_comm(c->rec);
	owner_forget_dead(c->rec, c->sk);
	if (c->match && !owner_match(c->rec))
		c->match = TS_NO;
	place_set(c);
	if (is_passive_open(c)) {
		c->rec->id = 0;
		c->rec->syn_recv_ns = c->now;
		return;
	}
	port_pending_note(c);
	change_report(c);
	if (c->match == TS_MAYBE)
		c->rec->pending = c->old << 4 | c->new;
}

/* Transitions to other states are packets' doing, whoever holds the lock. */
static __always_inline bool may_be_operated(int new)
{
	return state_in(new, 1 << TS_CLOSED | 1 << TS_SYN_SENT | 1 << TS_LISTEN |
				     1 << TS_FIN_WAIT_1 | 1 << TS_LAST_ACK);
}

/* A child that is not wanted has its listener's record: its place there is not the child's. */
static __always_inline void disown_clone(const struct change *c)
{
	struct ts_record *rec;

	if (!is_passive_open(c))
		return;
	rec = record_peek(c->key);
	if (rec)
		rec->place = TS_SYN_RECV;
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
	c.operated = c.sk->sk_lock.owned && may_be_operated(new);
	if (c.operated)
		operator_read(&c.op, current_task());
	tuple_read(&c.sk->__sk_common, &c.tuple);
	c.tuple.family = opaque(c.tuple.family);
	c.tuple.mapped = opaque(c.tuple.mapped);
	if (new == TS_CLOSED) /* the port has been given back: skc_num is 0 */
		c.tuple.lport = __builtin_bswap16(c.tp->inet_conn.icsk_inet.inet_sport);
	change_match_socket(&c);
	/* a listener that is not wanted still hands its record to children that are */
	if (!c.match && new != TS_LISTEN && (old != TS_LISTEN || new != TS_CLOSED)) {
		disown_clone(&c);
		return;
	}
	c.now = bpf_ktime_get_ns();
	c.rec = record_get(sk);
	if (c.rec)
		change_process(&c);
	else
		change_without_record(&c);
}

/* By the filters that `counts_only` counting is compatible with. */
static __always_inline bool wanted_without_record(struct sock *sk)
{
	if (cfg_filter.on & TS_BY_NETNS && sk->__sk_common.skc_net.net->ns.inum != cfg_filter.netns)
		return false;
	return !(cfg_filter.on & TS_BY_CGROUP) || cgroup_match(sk);
}

/*
 * Counts by what the tracepoint says, without a record: exact once every socket is in the
 * counts, and far cheaper.
 */
static __always_inline void counts_only_run(struct ts_slot *slot, struct sock *key, int old,
					    int new)
{
	struct tcp_sock *tp = bpf_skc_to_tcp_sock(key);

	if (!tp || !wanted_without_record(&tp->inet_conn.icsk_inet.sk))
		return;
	if (new == TS_CLOSED)
		new = timewait_infer(slot, key, tp, old, NULL);
	if (new == old) { /* an orphan in FIN_WAIT_2 is a timewait socket now */
		gauge_add(slot, old, -1);
		return;
	}
	if (pair_wanted(old, new))
		count_add(&slot->transitions[old & 15][new & 15]);
	if (counts_from_transitions()) {
		if (new == TS_TIME_WAIT) /* the iterator's to count */
			gauge_add(slot, TS_TIME_WAIT, -1);
		return;
	}
	if (old != TS_LISTEN || new != TS_SYN_RECV)
		gauge_add(slot, old, -1);
	if (new != TS_TIME_WAIT)
		gauge_add(slot, new, 1);
}

static __always_inline void run(struct ts_slot *slot, struct sock *sk, int old, int new)
{
	if (old == new || !socket_is_tcp(sk))
		return;
	if (counts_only_active())
		counts_only_run(slot, sk, old, new);
	else
		change_run(slot, sk, old, new);
}

/* For the copies that come after this one. */
static __always_inline void mark_done(struct ts_slot *slot, struct sock *sk, int new)
{
	bool operated = sk->sk_lock.owned;

	slot->done[operated].sk = (u64)sk;
	slot->done[operated].state = new;
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
 * The kernel skips a program that is already running on this CPU, so a softirq that interrupts
 * the first copy is seen by the second alone. From 7.0 on (a46023d5616e) a task can be preempted
 * inside of it, and all that other tasks do on this CPU meanwhile is seen by the second alone; what
 * interrupts the second then needs a third, which user space adds once something was missed.
 * In all other cases an earlier copy has left its mark, in the slot or in the record.
 */
static __always_inline bool seen_before(struct ts_slot *slot, struct sock *sk, int new, bool last)
{
	bool operated = sk->sk_lock.owned;
	struct ts_record *rec;

	if (slot->done[operated].sk == (u64)sk && slot->done[operated].state == (u64) new) {
		if (last)
			slot->done[operated].sk = 0;
		return true;
	}
	/*
	 * Without records the mark must do. That of a socket without a task can only be replaced
	 * by another such socket's, and softirqs do not interrupt each other.
	 */
	if (counts_only_active())
		return operated && !slot->first_active;
	rec = record_peek(sk);
	return rec && (rec->place & 0xff) == (u32) new;
}

/* `skipped`: so were all copies before this one, of what is going on now. */
static __always_inline void run_again(struct ts_slot *slot, struct sock *sk, int old, int new,
				      bool skipped, bool last)
{
	if (old == new || !socket_is_tcp(sk)) { /* nothing to see, so nothing missed */
		if (skipped)
			count_add(&slot->rescued);
		return;
	}
	if (seen_before(slot, sk, new, last))
		return;
	count_add(&slot->rescued);
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
 * Where a client connects, in its process. A program of its own, loaded where origins are asked
 * for: those above have no room on their stack. It comes after them: a socket that is not wanted
 * has no record, and whose it is, its record says.
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
	rec->origin = 0; /* of its life before, if it had one */
	if (new == TS_SYN_SENT && rec->owner == TS_OWNER_CONNECT && sk->sk_lock.owned &&
	    (!cfg_filter.on || owner_match(rec)))
		origin_set(rec, TS_ORIGIN_CONNECT);
	return 0;
}

/* Without a record: by the state it is in, if the filter has it in the counts. */
static __always_inline void state_count_leave(struct ts_slot *slot, struct sock *key)
{
	struct tcp_sock *tp = bpf_skc_to_tcp_sock(key);

	if (tp && wanted_without_record(&tp->inet_conn.icsk_inet.sk))
		gauge_add(slot, key->__sk_common.skc_state, -1);
}

/* What ends without a transition to CLOSED leaves the counts here. */
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
	was = (rec->place & 0xff) == TS_CLOSED ? 0 : place_swap(rec, TS_CLOSED);
	/* a birth that was not told yet is in no count that is derived */
	if (was >> 8 & TS_R_COUNTED &&
	    !(counts_from_transitions() && rec->syn_recv_ns && !is_untold(rec)))
		gauge_add(slot, was & 0xff, -1);
	record_end(sk);
	return 0;
}

/*
 * Asked by user space (BPF_PROG_TEST_RUN) for one id of `portless`: the port by now, in
 * host order; 0: none yet; -1: the socket is gone.
 */
SEC("raw_tp")
int find_port(struct bpf_raw_tracepoint_args *ctx)
{
	u64 id = ctx->args[0];
	struct ts_portless *entry = bpf_map_lookup_elem(&portless, &id);
	struct sock *sk;

	if (!entry)
		return -1;
	sk = (struct sock *)entry->address;
	/* the memory of a TCP sock stays one (SLAB_TYPESAFE_BY_RCU); the cookie tells which */
	if ((u64)BPF_CORE_READ(sk, __sk_common.skc_cookie.counter) != id)
		return -1;
	return __builtin_bswap16(BPF_CORE_READ((struct inet_sock *)sk, inet_sport));
}
