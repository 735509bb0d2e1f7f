// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Handshake drops at the listener: full queues, SYN cookies instead of an entry in the SYN queue,
 * SYN-ACKs without an answer.
 */
#include "handshake_drop.bpf.h"
#include "record.bpf.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

static __always_inline bool accept_queue_is_full(struct sock *sk)
{
	return READ(sk, sk_ack_backlog) > READ(sk, sk_max_ack_backlog);
}

static __always_inline u32 syn_queue_length(struct tcp_sock *tp)
{
	return READ(tp, inet_conn.icsk_accept_queue.qlen.counter);
}

/*
 * Predicts what tcp_conn_request() does. At exactly the limit kernels differ (3479c7549fb1
 * "tcp/dccp: allow a connection when sk_max_ack_backlog is zero", also in stable kernels). A SYN
 * for a socket in TIME_WAIT has no limit, and without cookies the last quarter of
 * tcp_max_syn_backlog is for known peers. So the result is checked when the function returns.
 */
static __always_inline bool syn_judge(struct tcp_sock *tp, struct syn *syn)
{
	struct sock *sk = &tp->inet_conn.icsk_inet.sk;
	struct net *net = READ(sk, __sk_common.skc_net.net);
	u32 limit = READ(sk, sk_max_ack_backlog), queued = syn_queue_length(tp);
	int cookies = net_syncookies(net), most = READ(net, ipv4.sysctl_max_syn_backlog);
	bool few_left = most - (int)queued < most >> 2;

	syn->queue = queued;
	syn->limit = limit;
	if (accept_queue_is_full(sk) && (cookies || queued <= limit)) {
		syn->why = TS_DROP_ACCEPT_QUEUE;
		syn->queue = READ(sk, sk_ack_backlog);
		return true;
	}
	syn->why = cookies ? TS_DROP_COOKIE : TS_DROP_SYN_QUEUE;
	if (queued >= limit || cookies == 2)
		return true;
	syn->limit = most - (most >> 2);
	return !cookies && few_left;
}

SEC("fentry/tcp_conn_request")
int BPF_PROG(syn_enter, void *rsk_ops, void *af_ops, struct sock *sk, struct sk_buff *skb)
{
	struct tcp_sock *tp = bpf_skc_to_tcp_sock(sk);
	struct syn syn = {};

	if (!tp || !syn_judge(tp, &syn))
		return 0;
	syn.drops = READ(tp, inet_conn.icsk_inet.sk.sk_drops.counter);
	syn_note(sk, &syn);
	return 0;
}

/*
 * A SYN that got into the queue was neither dropped nor answered with a cookie. The listener may
 * have dropped the SYN of another CPU meanwhile.
 */
static __always_inline bool syn_was_dropped(struct tcp_sock *tp, const struct syn *syn)
{
	if (syn->queued)
		return false;
	return syn->why == TS_DROP_COOKIE ||
	       READ(tp, inet_conn.icsk_inet.sk.sk_drops.counter) != (int)syn->drops;
}

SEC("fexit/tcp_conn_request")
int BPF_PROG(syn_exit, void *rsk_ops, void *af_ops, struct sock *sk, struct sk_buff *skb)
{
	struct drop_info info = { .listener = sk, .packet = skb };
	struct syn *syn = syn_noted(sk);
	struct tcp_sock *tp;

	if (!syn)
		return 0;
	tp = bpf_skc_to_tcp_sock(sk);
	if (!tp || !syn_was_dropped(tp, syn))
		return 0;
	tuple_read(&tp->inet_conn.icsk_inet.sk.__sk_common, &info.tuple);
	info.rec = record_peek(sk);
	info.why = syn->why;
	info.queue = syn->queue;
	info.limit = syn->limit;
	drop_report(&info);
	return 0;
}

/* The accept queue is full when the last ACK of a handshake arrives. */
static __always_inline void ack_report(struct sock *sk, struct request_sock *req,
				       const struct syn *syn)
{
	struct drop_info info = { .listener = sk, .request = &req->__req_common, .at_ack = true };

	tuple_read(info.request, &info.tuple);
	info.rec = record_peek(sk);
	info.why = TS_DROP_ACCEPT_QUEUE;
	info.queue = syn->queue;
	info.limit = syn->limit;
	drop_report(&info);
}

static __always_inline bool ack_judge(struct sock *sk, struct syn *syn)
{
	syn->drops = READ(sk, sk_drops.counter);
	syn->queue = READ(sk, sk_ack_backlog);
	syn->limit = READ(sk, sk_max_ack_backlog);
	return syn->queue > syn->limit;
}

/*
 * tcp_v4_syn_recv_sock() and its IPv6 twin drop the ACK, after they have checked it. They have too
 * many arguments for fentry on some kernels. A SYN or RST never gets there.
 */
SEC("fentry/tcp_check_req")
int BPF_PROG(ack_enter, struct sock *sk, struct sk_buff *skb)
{
	struct syn syn = {};

	if (ack_judge(sk, &syn) && READ(sk, __sk_common.skc_state) == TS_LISTEN &&
	    !packet_flags((char *)READ(skb, head) + READ(skb, transport_header)))
		syn_note(sk, &syn);
	return 0;
}

SEC("fexit/tcp_check_req")
int BPF_PROG(ack_exit, struct sock *sk, struct sk_buff *skb, struct request_sock *req)
{
	struct syn *syn = syn_noted(sk);

	if (syn && READ(sk, sk_drops.counter) != (int)syn->drops)
		ack_report(sk, req, syn);
	return 0;
}

/* The last ACK of a handshake with a SYN cookie. */
SEC("fentry/tcp_get_cookie_sock")
int BPF_PROG(cookie_enter, struct sock *sk, struct sk_buff *skb, struct request_sock *req)
{
	struct syn syn = {};

	if (ack_judge(sk, &syn))
		ack_report(sk, req, &syn);
	return 0;
}

/*
 * `sk` is the listener, or with TCP Fast Open the child. The kernel increments num_retrans after
 * this (inet_rtx_syn_ack(), tcp_rtx_synack()).
 */
SEC("tp_btf/tcp_retransmit_synack")
int BPF_PROG(synack_retrans, struct sock *sk, struct request_sock *req)
{
	struct drop_info info = { .listener = sk, .request = &req->__req_common };
	struct inet_connection_sock *icsk = (void *)BPF_CORE_READ(req, __req_common.skc_listener);

	tuple_read(info.request, &info.tuple);
	info.rec = record_peek(sk);
	info.why = TS_DROP_SYNACK_RETRANS;
	info.queue = BPF_CORE_READ(icsk, icsk_accept_queue.qlen.counter);
	info.limit = BPF_CORE_READ(icsk, icsk_inet.sk.sk_max_ack_backlog);
	info.retrans = READ(req, num_retrans) + 1;
	drop_report(&info);
	return 0;
}
