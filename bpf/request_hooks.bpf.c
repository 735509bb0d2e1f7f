// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Request sockets: SYN_RECV from the SYN on. The tracepoint reports a connection only at the end of
 * its handshake. These hooks report the time before, and the child takes over.
 */
#include "request.bpf.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* 0: another CPU has queued the same SYN. Only the low byte of a bool is defined. */
SEC("fexit/inet_csk_reqsk_queue_hash_add")
int BPF_PROG(request_added, struct sock *listener, struct request_sock *req, u8 is_new)
{
	return is_new ? request_add(listener, req) : 0;
}

/* 6.12 has a parameter more; 7.3 does not. */
SEC("fexit/inet_csk_reqsk_queue_hash_add")
int BPF_PROG(request_added_timeout, struct sock *listener, struct request_sock *req,
	     unsigned long timeout, u8 is_new)
{
	return is_new ? request_add(listener, req) : 0;
}

/* Returns void before ff46e3b44219 ("Fix race for duplicate reqsk on identical SYN"). */
SEC("fentry/inet_csk_reqsk_queue_hash_add")
int BPF_PROG(request_added_void, struct sock *listener, struct request_sock *req)
{
	return request_add(listener, req);
}

SEC("fentry/inet_csk_clone_lock")
int BPF_PROG(request_cloning, struct sock *listener, struct request_sock *req)
{
	return request_clone(listener, req);
}

/* net.ipv4.tcp_migrate_req: another listener takes over from one that closed. */
SEC("fexit/inet_reqsk_clone")
int BPF_PROG(request_migrated, struct request_sock *req, struct sock *listener,
	     struct request_sock *copy)
{
	return request_migrate((u64)req, (u64)copy);
}

/* Attached in this order: a return without its entry does no harm. */
SEC("fexit/reqsk_timer_handler")
int BPF_PROG(request_timer_end, struct timer_list *timer)
{
	return request_timer_runs(0);
}

SEC("fentry/reqsk_timer_handler")
int BPF_PROG(request_timer, struct timer_list *timer)
{
	return request_timer_runs((u64)timer);
}

/* A packet for a half-open connection. */
SEC("fentry/tcp_check_req")
int BPF_PROG(request_packet, struct sock *listener, struct sk_buff *skb, struct request_sock *req)
{
	return request_packet_for(req, skb);
}

SEC("fentry/inet_csk_reqsk_queue_drop")
int BPF_PROG(request_dropped, struct sock *listener, struct request_sock *req)
{
	return request_drop(listener, req);
}

/* For an end by timer: the compiler inlines inet_csk_reqsk_queue_drop() there. */
SEC("fentry/tcp_v4_reqsk_destructor")
int BPF_PROG(request_freed, struct request_sock *req)
{
	return request_free(req);
}

SEC("fentry/tcp_v6_reqsk_destructor")
int BPF_PROG(request_freed_v6, struct request_sock *req)
{
	return request_free(req);
}

/*
 * Without hooks on request sockets, a retransmitted SYN-ACK is the first sign of a half-open
 * connection. The request socket has the time of the first SYN-ACK, by the clock of ktime_get().
 * With kprobes, this program assigns the missing cookie.
 */
SEC("tp_btf/tcp_retransmit_synack")
int BPF_PROG(request_retrans, struct sock *listener, struct request_sock *req)
{
	struct ts_slot *slot = slot_here();
	struct ts_minisock minisock;
	struct change c;

	/* a Fast Open child retransmits its own SYN-ACK, and has a record */
	if (!slot || !socket_is_tcp(listener) || listener->__sk_common.skc_state != TS_LISTEN)
		return 0;
	if (cfg_requests)
		return request_report_late(slot, req);
	request_describe(&c, &minisock, slot, listener, req);
	c.now = request_begun_ns(req);
	c.flags = TS_F_INFERRED;
	/* the kernel counts the SYN-ACK after the tracepoint */
	if (!c.match || !c.id || !half_open_add(&c, !READ(req, num_retrans)))
		return 0;
	half_opens_seen = 1;
	if (counts_from_transitions()) /* the iterator counts it until its child is counted */
		state_count_add(slot, TS_SYN_RECV, -1);
	change_report(&c);
	return 0;
}
