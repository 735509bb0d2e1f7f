// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Request sockets: SYN_RECV from the SYN on. The tracepoint speaks of a connection only when
 * its handshake is over; what came before is told here, and the child takes it over.
 */
#include "request.bpf.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* 0: another CPU had the same SYN before. Of a bool only the low byte is defined. */
SEC("fexit/inet_csk_reqsk_queue_hash_add")
int BPF_PROG(request_added, struct sock *listener, struct request_sock *req, u8 is_new)
{
	return is_new ? request_add(listener, req) : 0;
}

/* With a timeout in 6.12, without in 7.3, */
SEC("fexit/inet_csk_reqsk_queue_hash_add")
int BPF_PROG(request_added_timeout, struct sock *listener, struct request_sock *req,
	     unsigned long timeout, u8 is_new)
{
	return is_new ? request_add(listener, req) : 0;
}

/* and without an answer until ff46e3b44219 ("Fix race for duplicate reqsk on identical SYN"). */
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

/* net.ipv4.tcp_migrate_req: another listener takes it over from one that closed. */
SEC("fexit/inet_reqsk_clone")
int BPF_PROG(request_migrated, struct request_sock *req, struct sock *listener,
	     struct request_sock *copy)
{
	return request_migrate((u64)req, (u64)copy);
}

/* Programs are attached in this order: an end without its beginning does no harm. */
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

/* A timer's end is not seen there: the compiler has put that function into the timer's. */
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
 * Where nothing follows request sockets: a handshake shows itself by a SYN-ACK that is sent
 * again. When the first was sent the request knows, by the clock of ktime_get(). Where kprobes
 * follow them, what has waited for its id has it now.
 */
SEC("tp_btf/tcp_retransmit_synack")
int BPF_PROG(request_again, struct sock *listener, struct request_sock *req)
{
	struct ts_slot *slot = slot_here();
	struct ts_minisock minisock;
	struct change c;

	/* a Fast Open child sends its own again, and has a record */
	if (!slot || !socket_is_tcp(listener) || listener->__sk_common.skc_state != TS_LISTEN)
		return 0;
	if (cfg_requests)
		return request_report_late(slot, req);
	request_describe(&c, &minisock, slot, listener, req);
	c.now = request_begun_ns(req);
	c.flags = TS_F_INFERRED;
	if (!c.match || !c.id || !half_open_add(&c))
		return 0;
	half_opens_seen = 1;
	if (counts_from_transitions()) /* the iterator counts it until its child does */
		state_count_add(slot, TS_SYN_RECV, -1);
	change_report(&c);
	return 0;
}
