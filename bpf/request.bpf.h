/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the hooks on request sockets do, for fentry and fexit (request.bpf.c) and for kprobes
 * (kprobe.bpf.c).
 */
#ifndef REQUEST_BPF_H
#define REQUEST_BPF_H

#include "half_open.bpf.h"
#include "minisock.bpf.h"
#include "record.bpf.h"
#include "syn.bpf.h"

/* What is told of a half-open connection; since_ns 0: when it began is not known. */
static __always_inline void request_describe(struct change *c, struct ts_minisock *mini,
					     struct ts_slot *slot, struct sock *listener,
					     struct request_sock *req)
{
	struct ts_record *rec = record_peek(listener);

	__builtin_memset(mini, 0, sizeof(*mini));
	if (rec) {
		mini->rec = *rec;
		if (rec->owner != TS_OWNER_UNKNOWN && rec->owner != TS_OWNER_KERNEL)
			mini->rec.owner = TS_OWNER_LISTENER;
	}
	mini->rec.id = socket_cookie(req);
	mini->rec.syn_recv_ns = 0;
	mini->rec.rst = mini->rec.rst_reason = 0;
	mini->rec.role = TS_ROLE_SERVER;
	if (!mini->rec.cgroup)
		mini->rec.cgroup = cgroup_id(listener);
	mini->in_cgroup = !(cfg_filter.on & TS_BY_CGROUP) || cgroup_match(listener);
	change_clear(c, slot, &mini->rec);
	tuple_read(&req->__req_common, &c->tuple);
	owner_refresh_comm(&mini->rec);
	c->match = mini_match(c, mini->in_cgroup);
	c->since = 0;
	c->old = TS_LISTEN;
	c->new = TS_SYN_RECV;
}

static __always_inline int request_begin(struct ts_slot *slot, struct sock *listener,
					 struct request_sock *req, u8 marks)
{
	struct ts_minisock mini;
	struct change c;

	request_describe(&c, &mini, slot, listener, req);
	if (!c.match && !(cfg_filter.on & TS_BY_OWNER))
		return TS_CLONE_UNWANTED;
	c.now = bpf_ktime_get_ns();
	mini.rec.marks = marks | (request_waits(mini.rec.id, marks) ? TS_M_UNTOLD : 0);
	/* a cookie's handshake began with a SYN that nothing was kept of */
	mini.rec.since_ns = mini.rec.first_seen_ns = marks & TS_M_COOKIE ? 0 : c.now;
	mini_place(&mini, TS_SYN_RECV, c.match == TS_YES);
	c.flags = (marks & TS_M_COOKIE ? TS_F_COOKIE : 0) |
		  (marks & TS_M_FAST_OPEN ? TS_F_FAST_OPEN : 0);
	if (is_untold(&mini.rec))
		mini.rec.syn_recv_ns = c.now;
	if (!mini_add(slot, (u64)req, &mini))
		return TS_CLONE_UNKNOWN;
	if (is_untold(&mini.rec)) {
		if (c.match == TS_YES)
			gauge_add(slot, TS_SYN_RECV, 1);
		return TS_CLONE_TRACKED;
	}
	mini_gauge(slot, TS_LISTEN, TS_SYN_RECV, false, c.match == TS_YES);
	change_report(&c);
	return TS_CLONE_TRACKED;
}

static __always_inline int request_add(struct sock *listener, struct request_sock *req)
{
	struct ts_slot *slot = slot_here();

	syn_place(listener);
	if (slot && socket_is_tcp(listener))
		request_begin(slot, listener, req, 0);
	return 0;
}

/*
 * A child is about to be made: its LISTEN->SYN_RECV comes next on this CPU, in the same softirq.
 * A request that was never hashed comes from a SYN cookie, which has no listener attached, or
 * from a SYN with data (TCP Fast Open).
 */
static __always_inline int request_clone(struct sock *listener, struct request_sock *req)
{
	struct ts_slot *slot = slot_here();
	struct ts_minisock *mini;
	bool cookie, hashed;

	if (!slot || !socket_is_tcp(listener))
		return 0;
	slot->cloning = (u64)req;
	mini = mini_find((u64)req);
	cookie = !READ(req, __req_common.skc_listener); /* its bit `syncookie` was never set here */
	hashed = READ(req, __req_common.skc_node.pprev);
	if (mini)
		slot->clone_fate = TS_CLONE_TRACKED;
	else if (cookie)
		slot->clone_fate = request_begin(slot, listener, req, TS_M_COOKIE);
	else if (!hashed)
		slot->clone_fate = request_begin(slot, listener, req, TS_M_FAST_OPEN);
	else /* not wanted when its SYN came, or there was no room to follow it */
		slot->clone_fate = cfg_filter.on ? TS_CLONE_UNWANTED : TS_CLONE_UNKNOWN;
	return 0;
}

/* net.ipv4.tcp_migrate_req: another listener takes it over from one that closed. */
static __always_inline int request_migrate(u64 req, u64 copy)
{
	struct ts_minisock *mini = mini_find(req);

	if (!mini || !copy)
		return 0;
	if (!bpf_map_update_elem(&minisocks, &copy, mini, BPF_ANY))
		mini_drop(req);
	return 0;
}

/* 0: no longer */
static __always_inline int request_timer_runs(u64 timer)
{
	struct ts_slot *slot = slot_here();

	if (slot)
		slot->timer = timer;
	return 0;
}

static __always_inline int request_packet_for(struct request_sock *req, struct sk_buff *skb)
{
	struct ts_slot *slot = slot_here();

	if (slot)
		packet_note(slot, (u64)req, skb);
	return 0;
}

/* Another's can have been left there: a timer that ran when only half of the programs was attached. */
static __always_inline bool request_timer_is(const struct ts_slot *slot, struct request_sock *req)
{
	return slot->timer == (u64)req + bpf_core_field_offset(struct request_sock, rsk_timer);
}

static __always_inline void request_why(struct change *c, u8 listener_state,
					struct request_sock *req)
{
	struct ts_slot *slot = c->slot;

	if (slot->aborting == (u64)req) {
		c->reason = TS_REASON_DESTROYED;
		change_actor(c);
	} else if (listener_state != TS_LISTEN) {
		c->reason = TS_REASON_LISTENER_CLOSED;
	} else if (request_timer_is(slot, req)) {
		c->reason = TS_REASON_TIMED_OUT;
	} else if (slot->packet != (u64)req) {
		c->reason = TS_REASON_DROPPED;
	} else if (slot->packet_flags & TS_PACKET_RST) {
		c->reason = TS_REASON_RESET_BY_PEER;
		c->rst = TS_RST_RECEIVED;
	} else { /* tcp_abort_on_overflow, or a SYN that does not fit: tcp_check_req() resets */
		c->reason = TS_REASON_ABORTED;
		c->rst = TS_RST_SENT;
		if (slot->packet_flags & TS_PACKET_SYN)
			c->rst_reason = rst_reason_known(TS_RST_REASON_INVALID_SYN);
	}
}

/* Its beginning, which has waited; `c` is its next change. */
static __always_inline void request_tell(struct change *c, struct ts_minisock *mini)
{
	if (counts_from_transitions()) /* it has been in the counts by itself */
		gauge_add(c->slot, TS_SYN_RECV, -1);
	c->now = mini->rec.syn_recv_ns;
	c->since = 0;
	c->old = TS_LISTEN;
	c->new = TS_SYN_RECV;
	mini->rec.syn_recv_ns = 0;
	mini->rec.marks &= ~TS_M_UNTOLD;
	change_report(c);
}

/* A program that can have it numbered meets it. */
static __always_inline int request_waited(struct ts_slot *slot, struct request_sock *req)
{
	struct ts_minisock *mini = mini_find((u64)req);
	struct change c;

	if (!mini || !is_untold(&mini->rec))
		return 0;
	mini->rec.id = socket_cookie(req);
	change_clear(&c, slot, &mini->rec);
	tuple_read(&req->__req_common, &c.tuple);
	c.match = mini_match(&c, mini->in_cgroup);
	request_tell(&c, mini);
	return 0;
}

/* It ends; where a child took over before, nothing is left of it. */
static __always_inline int request_end(u8 listener_state, struct request_sock *req)
{
	struct ts_slot *slot = slot_here();
	struct ts_minisock *mini = mini_find((u64)req);
	struct change c;

	if (!slot || !mini)
		return 0;
	change_clear(&c, slot, &mini->rec);
	tuple_read(&req->__req_common, &c.tuple);
	owner_refresh_comm(c.rec);
	c.match = mini_match(&c, mini->in_cgroup);
	if (is_untold(c.rec)) /* without an id, then */
		request_tell(&c, mini);
	c.now = bpf_ktime_get_ns();
	c.since = c.rec->since_ns;
	c.old = TS_SYN_RECV;
	c.new = TS_CLOSED;
	c.flags = retrans_flags(READ(req, num_retrans));
	request_why(&c, listener_state, req);
	mini_gauge(slot, TS_SYN_RECV, TS_CLOSED, mini_counted(mini), false);
	change_report(&c);
	mini_drop((u64)req);
	return 0;
}

/* A member of a union, which the verifier takes for a number. */
static __always_inline u8 listener_state_of(struct request_sock *req)
{
	struct sock *listener = BPF_CORE_READ(req, __req_common.skc_listener);

	return listener ? BPF_CORE_READ(listener, __sk_common.skc_state) : 0;
}

static __always_inline int request_drop(struct sock *listener, struct request_sock *req)
{
	return request_end(READ(listener, __sk_common.skc_state), req);
}

/*
 * Freed, and a child has it: kprobes were skipped when that took over, because a softirq came in
 * while another was running. The child has told its birth by itself.
 */
static __always_inline bool child_has(struct request_sock *req)
{
#ifdef TS_UNTRUSTED
	struct ts_minisock *mini = mini_find((u64)req);
	struct ts_slot *slot = slot_here();

	if (!mini || !READ(req, sk))
		return false;
	if (slot && mini_counted(mini))
		gauge_add(slot, TS_SYN_RECV, -1);
	mini_drop((u64)req);
	return true;
#else
	return false;
#endif
}

static __always_inline int request_free(struct request_sock *req)
{
	if (child_has(req))
		return 0;
	return mini_find((u64)req) ? request_end(listener_state_of(req), req) : 0;
}

#endif
