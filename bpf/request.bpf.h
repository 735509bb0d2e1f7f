/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Request sockets: the work of the hooks in request_hooks.bpf.c and kprobe.bpf.c. */
#ifndef REQUEST_BPF_H
#define REQUEST_BPF_H

#include "closed_listener.bpf.h"
#include "half_open.bpf.h"
#include "minisock.bpf.h"
#include "record.bpf.h"
#include "handshake_drop.bpf.h"

/* Fills in the entry and the change of a half-open connection. */
static __always_inline void request_describe(struct change *c, struct ts_minisock *minisock,
					     struct ts_slot *slot, struct sock *listener,
					     struct request_sock *req)
{
	struct ts_record *rec = record_peek(listener);

	if (rec)
		listener_verify(rec);
	__builtin_memset(minisock, 0, sizeof(*minisock));
	if (rec) {
		minisock->rec = *rec;
		if (rec->owner != TS_OWNER_UNKNOWN && rec->owner != TS_OWNER_KERNEL)
			minisock->rec.owner = TS_OWNER_LISTENER;
	}
	minisock->rec.id = socket_cookie(req);
	minisock->rec.syn_recv_ns = 0;
	minisock->rec.rst = minisock->rec.rst_reason = 0;
	minisock->rec.role = TS_ROLE_SERVER;
	if (!minisock->rec.cgroup)
		minisock->rec.cgroup = cgroup_id(listener);
	minisock->in_cgroup = !(cfg_filter.on & TS_BY_CGROUP) || cgroup_match(listener);
	change_clear(c, slot, &minisock->rec);
	tuple_read(&req->__req_common, &c->tuple);
	owner_refresh_comm(&minisock->rec);
	c->match = minisock_match(c, minisock->in_cgroup);
	c->since = 0;
	c->old = TS_LISTEN;
	c->new = TS_SYN_RECV;
}

static __always_inline int request_begin(struct ts_slot *slot, struct sock *listener,
					 struct request_sock *req, u8 flags)
{
	struct ts_minisock minisock;
	struct change c;

	request_describe(&c, &minisock, slot, listener, req);
	if (!c.match && !(cfg_filter.on & TS_BY_OWNER))
		return TS_CLONE_UNWANTED;
	c.now = bpf_ktime_get_ns();
	minisock.rec.flags = flags |
			     (request_needs_id(minisock.rec.id, flags) ? TS_R_UNREPORTED : 0);
	/* the kernel has forgotten the SYN of a SYN cookie */
	minisock.rec.since_ns = minisock.rec.first_seen_ns = flags & TS_R_COOKIE ? 0 : c.now;
	minisock_state_set(&minisock, TS_SYN_RECV, c.match == TS_YES);
	c.flags = (flags & TS_R_COOKIE ? TS_F_COOKIE : 0) |
		  (flags & TS_R_FAST_OPEN ? TS_F_FAST_OPEN : 0);
	if (is_unreported(&minisock.rec))
		minisock.rec.syn_recv_ns = c.now;
	if (!minisock_add(slot, (u64)req, &minisock))
		return TS_CLONE_UNKNOWN;
	if (is_unreported(&minisock.rec)) {
		if (c.match == TS_YES)
			state_count_add(slot, TS_SYN_RECV, 1);
		return TS_CLONE_TRACKED;
	}
	minisock_count_move(slot, TS_LISTEN, TS_SYN_RECV, false, c.match == TS_YES);
	change_report(&c);
	return TS_CLONE_TRACKED;
}

static __always_inline int request_add(struct sock *listener, struct request_sock *req)
{
	struct ts_slot *slot = slot_here();

	syn_queued(listener);
	if (slot && socket_is_tcp(listener))
		request_begin(slot, listener, req, 0);
	return 0;
}

/*
 * The kernel is about to make a child: its LISTEN->SYN_RECV comes next on this CPU, in the same
 * softirq. A request socket that was never hashed belongs to a SYN cookie (without a listener) or
 * to a SYN with data (TCP Fast Open).
 */
static __always_inline int request_clone(struct sock *listener, struct request_sock *req)
{
	struct ts_slot *slot = slot_here();
	struct ts_minisock *minisock;
	bool cookie, hashed;

	if (!slot || !socket_is_tcp(listener))
		return 0;
	slot->cloning = (u64)req;
	minisock = minisock_find((u64)req);
	cookie = !READ(
		req,
		__req_common.skc_listener); /* the kernel does not set its bit `syncookie` here */
	hashed = READ(req, __req_common.skc_node.pprev);
	if (minisock)
		slot->clone_fate = TS_CLONE_TRACKED;
	else if (cookie)
		slot->clone_fate = request_begin(slot, listener, req, TS_R_COOKIE);
	else if (!hashed)
		slot->clone_fate = request_begin(slot, listener, req, TS_R_FAST_OPEN);
	else /* excluded when its SYN came, or the map was full */
		slot->clone_fate = cfg_filter.on ? TS_CLONE_UNWANTED : TS_CLONE_UNKNOWN;
	return 0;
}

/* net.ipv4.tcp_migrate_req: another listener takes over from one that closed. */
static __always_inline int request_migrate(u64 req, u64 copy)
{
	struct ts_minisock *minisock = minisock_find(req);

	if (!minisock || !copy)
		return 0;
	if (!bpf_map_update_elem(&minisocks, &copy, minisock, BPF_ANY))
		minisock_delete(req);
	return 0;
}

/* 0: the timer has ended. */
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

/* The note may be stale: of a timer that ran before all programs were attached. */
static __always_inline bool request_timer_is(const struct ts_slot *slot, struct request_sock *req)
{
	return slot->timer == (u64)req + bpf_core_field_offset(struct request_sock, rsk_timer);
}

static __always_inline void request_end_reason(struct change *c, u8 listener_state,
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
	} else { /* tcp_abort_on_overflow, or an invalid SYN: tcp_check_req() sends a RST */
		c->reason = TS_REASON_ABORTED;
		c->rst = TS_RST_SENT;
		if (slot->packet_flags & TS_PACKET_SYN)
			c->rst_reason = rst_reason_known(TS_RST_REASON_INVALID_SYN);
	}
}

/* Reports the pending LISTEN->SYN_RECV, by the change that is reported next. */
static __always_inline void request_report(struct change *c, struct ts_minisock *minisock)
{
	if (counts_from_transitions()) /* so far it was counted directly */
		state_count_add(c->slot, TS_SYN_RECV, -1);
	c->now = minisock->rec.syn_recv_ns;
	c->since = 0;
	c->old = TS_LISTEN;
	c->new = TS_SYN_RECV;
	minisock->rec.syn_recv_ns = 0;
	minisock->rec.flags &= ~TS_R_UNREPORTED;
	change_report(c);
}

/* For a program that can assign a cookie. */
static __always_inline int request_report_late(struct ts_slot *slot, struct request_sock *req)
{
	struct ts_minisock *minisock = minisock_find((u64)req);
	struct change c;

	if (!minisock || !is_unreported(&minisock->rec))
		return 0;
	minisock->rec.id = socket_cookie(req);
	change_clear(&c, slot, &minisock->rec);
	tuple_read(&req->__req_common, &c.tuple);
	c.match = minisock_match(&c, minisock->in_cgroup);
	request_report(&c, minisock);
	return 0;
}

/* The request socket ends. If a child has taken over, its entry is deleted already. */
static __always_inline int request_end(u8 listener_state, struct request_sock *req)
{
	struct ts_slot *slot = slot_here();
	struct ts_minisock *minisock = minisock_find((u64)req);
	struct change c;

	if (!slot || !minisock)
		return 0;
	change_clear(&c, slot, &minisock->rec);
	tuple_read(&req->__req_common, &c.tuple);
	if (listener_state != TS_LISTEN)
		owner_of_closed_listener(c.rec, (u64)BPF_CORE_READ(req, __req_common.skc_listener));
	owner_refresh_comm(c.rec);
	c.match = minisock_match(&c, minisock->in_cgroup);
	if (is_unreported(c.rec)) /* without a cookie */
		request_report(&c, minisock);
	c.now = bpf_ktime_get_ns();
	c.since = c.rec->since_ns;
	c.old = TS_SYN_RECV;
	c.new = TS_CLOSED;
	c.flags = retrans_flags(READ(req, num_retrans));
	request_end_reason(&c, listener_state, req);
	minisock_count_move(slot, TS_SYN_RECV, TS_CLOSED, minisock_counted(minisock), false);
	change_report(&c);
	minisock_delete((u64)req);
	return 0;
}

/* skc_listener is in a union, which the verifier takes for a number. */
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
 * The request socket is freed, and no kprobe ran when its child took over: the kernel skips kprobes
 * while another one runs on the CPU. The child has reported its LISTEN->SYN_RECV itself.
 */
static __always_inline bool child_took_over(struct request_sock *req)
{
#ifdef TS_UNTRUSTED
	struct ts_minisock *minisock = minisock_find((u64)req);
	struct ts_slot *slot = slot_here();

	if (!minisock || !READ(req, sk))
		return false;
	if (slot && minisock_counted(minisock))
		state_count_add(slot, TS_SYN_RECV, -1);
	minisock_delete((u64)req);
	return true;
#else
	return false;
#endif
}

static __always_inline int request_free(struct request_sock *req)
{
	if (child_took_over(req))
		return 0;
	if (minisock_find((u64)req))
		request_end(listener_state_of(req), req);
	closed_listener_release(req);
	return 0;
}

#endif
