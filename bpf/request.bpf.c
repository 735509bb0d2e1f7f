// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Request sockets: SYN_RECV from the SYN on. The tracepoint speaks of a connection only when
 * its handshake is over; what came before is told here, and the child takes it over.
 */
#include "half_open.bpf.h"
#include "mini.bpf.h"
#include "record.bpf.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* What is told of a half-open connection; since_ns 0: when it began is not known. */
static __always_inline void request_describe(struct change *c, struct ts_mini *mini,
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
	mini->rec.birth_ns = 0;
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
	struct ts_mini mini;
	struct change c;

	request_describe(&c, &mini, slot, listener, req);
	if (!c.match && !(cfg_filter.on & TS_BY_OWNER))
		return TS_CLONE_UNWANTED;
	c.now = bpf_ktime_get_ns();
	mini.rec.marks = marks;
	/* a cookie's handshake began with a SYN that nothing was kept of */
	mini.rec.since_ns = mini.rec.born_ns = marks & TS_M_COOKIE ? 0 : c.now;
	mini_place(&mini, TS_SYN_RECV, c.match == TS_YES);
	c.flags = (marks & TS_M_COOKIE ? TS_F_COOKIE : 0) |
		  (marks & TS_M_FAST_OPEN ? TS_F_FAST_OPEN : 0);
	if (!mini_add(slot, (u64)req, &mini))
		return TS_CLONE_UNKNOWN;
	mini_gauge(slot, TS_LISTEN, TS_SYN_RECV, false, c.match == TS_YES);
	change_report(&c);
	return TS_CLONE_TRACKED;
}

static __always_inline int added(struct sock *listener, struct request_sock *req)
{
	struct ts_slot *slot = slot_here();

	if (slot && socket_is_tcp(listener))
		request_begin(slot, listener, req, 0);
	return 0;
}

/* 0: another CPU had the same SYN before. Of a bool only the low byte is defined. */
SEC("fexit/inet_csk_reqsk_queue_hash_add")
int BPF_PROG(request_added, struct sock *listener, struct request_sock *req, u8 is_new)
{
	return is_new ? added(listener, req) : 0;
}

/* With a timeout in 6.12, without in 7.3, */
SEC("fexit/inet_csk_reqsk_queue_hash_add")
int BPF_PROG(request_added_timeout, struct sock *listener, struct request_sock *req,
	     unsigned long timeout, u8 is_new)
{
	return is_new ? added(listener, req) : 0;
}

/* and without an answer until ff46e3b44219 ("Fix race for duplicate reqsk on identical SYN"). */
SEC("fentry/inet_csk_reqsk_queue_hash_add")
int BPF_PROG(request_added_void, struct sock *listener, struct request_sock *req)
{
	return added(listener, req);
}

/*
 * A child is about to be made: its LISTEN->SYN_RECV comes next on this CPU, in the same softirq.
 * A request that was never hashed comes from a SYN cookie, which has no listener attached, or
 * from a SYN with data (TCP Fast Open).
 */
SEC("fentry/inet_csk_clone_lock")
int BPF_PROG(request_cloning, struct sock *listener, struct request_sock *req)
{
	struct ts_slot *slot = slot_here();
	struct ts_mini *mini;
	bool cookie, hashed;

	if (!slot || !socket_is_tcp(listener))
		return 0;
	slot->cloning = (u64)req;
	mini = mini_find((u64)req);
	cookie = !req->__req_common.skc_listener; /* its bit `syncookie` was never set here */
	hashed = req->__req_common.skc_node.pprev;
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
SEC("fexit/inet_reqsk_clone")
int BPF_PROG(request_migrated, struct request_sock *req, struct sock *listener,
	     struct request_sock *copy)
{
	struct ts_mini *mini = mini_find((u64)req);
	u64 address = (u64)copy;

	if (!mini || !copy)
		return 0;
	if (!bpf_map_update_elem(&minis, &address, mini, BPF_ANY))
		mini_drop((u64)req);
	return 0;
}

SEC("fentry/reqsk_timer_handler")
int BPF_PROG(request_timer, struct timer_list *timer)
{
	struct ts_slot *slot = slot_here();

	if (slot)
		slot->timer = (u64)timer;
	return 0;
}

SEC("fexit/reqsk_timer_handler")
int BPF_PROG(request_timer_end, struct timer_list *timer)
{
	struct ts_slot *slot = slot_here();

	if (slot)
		slot->timer = 0;
	return 0;
}

/* A packet for a half-open connection. */
SEC("fentry/tcp_check_req")
int BPF_PROG(request_packet, struct sock *listener, struct sk_buff *skb, struct request_sock *req)
{
	struct ts_slot *slot = slot_here();

	if (!slot)
		return 0;
	slot->packet = (u64)req;
	slot->packet_flags = packet_flags((char *)skb->head + skb->transport_header);
	return 0;
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
	} else if (slot->timer) {
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

/* It ends; where a child took over before, nothing is left of it. */
static __always_inline int request_end(u8 listener_state, struct request_sock *req)
{
	struct ts_slot *slot = slot_here();
	struct ts_mini *mini = mini_find((u64)req);
	struct change c;

	if (!slot || !mini)
		return 0;
	change_clear(&c, slot, &mini->rec);
	tuple_read(&req->__req_common, &c.tuple);
	owner_refresh_comm(c.rec);
	c.match = mini_match(&c, mini->in_cgroup);
	c.now = bpf_ktime_get_ns();
	c.since = c.rec->since_ns;
	c.old = TS_SYN_RECV;
	c.new = TS_CLOSED;
	c.flags = retrans_flags(req->num_retrans);
	request_why(&c, listener_state, req);
	mini_gauge(slot, TS_SYN_RECV, TS_CLOSED, mini_counted(mini), false);
	change_report(&c);
	mini_drop((u64)req);
	return 0;
}

SEC("fentry/inet_csk_reqsk_queue_drop")
int BPF_PROG(request_dropped, struct sock *listener, struct request_sock *req)
{
	return request_end(listener->__sk_common.skc_state, req);
}

/* A member of a union, which the verifier takes for a number. */
static __always_inline u8 listener_state_of(struct request_sock *req)
{
	struct sock *listener = BPF_CORE_READ(req, __req_common.skc_listener);

	return listener ? BPF_CORE_READ(listener, __sk_common.skc_state) : 0;
}

/* A timer's end is not seen there: the compiler has put that function into the timer's. */
SEC("fentry/tcp_v4_reqsk_destructor")
int BPF_PROG(request_freed, struct request_sock *req)
{
	return mini_find((u64)req) ? request_end(listener_state_of(req), req) : 0;
}

SEC("fentry/tcp_v6_reqsk_destructor")
int BPF_PROG(request_freed_v6, struct request_sock *req)
{
	return mini_find((u64)req) ? request_end(listener_state_of(req), req) : 0;
}

/*
 * Where nothing follows request sockets: a handshake shows itself by a SYN-ACK that is sent
 * again. When the first was sent the request knows, by the clock of ktime_get().
 */
SEC("tp_btf/tcp_retransmit_synack")
int BPF_PROG(request_again, struct sock *listener, struct request_sock *req)
{
	struct ts_slot *slot = slot_here();
	struct ts_mini mini;
	struct change c;

	/* a Fast Open child sends its own again, and has a record */
	if (!slot || !socket_is_tcp(listener) ||
	    listener->__sk_common.skc_state != TS_LISTEN)
		return 0;
	request_describe(&c, &mini, slot, listener, req);
	c.now = request_begun_ns(req);
	c.flags = TS_F_INFERRED;
	if (!c.match || !c.id || !half_open_add(&c))
		return 0;
	half_opens_seen = 1;
	if (gauges_derived()) /* the iterator counts it until its child does */
		gauge_add(slot, TS_SYN_RECV, -1);
	change_report(&c);
	return 0;
}
