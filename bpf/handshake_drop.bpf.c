// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Handshakes in trouble on the side of the listener: queues that are full, cookies instead
 * of a place in the queue, SYN-ACKs that nobody answers.
 */
#include "drop.bpf.h"
#include "record.bpf.h"
#include "syn.bpf.h"

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
 * What tcp_conn_request() is about to decide. At exactly the limit kernels differ (3479c7549fb1
 * "tcp/dccp: allow a connection when sk_max_ack_backlog is zero", which stable kernels have too),
 * a SYN for a socket in TIME_WAIT has no limit, and without cookies the last quarter of
 * tcp_max_syn_backlog is for known peers: what the kernel did shows when it returns.
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
int BPF_PROG(syn_comes, void *rsk_ops, void *af_ops, struct sock *sk, struct sk_buff *skb)
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
 * A SYN for which there is a place was neither dropped nor answered with a cookie; the listener
 * may have dropped another CPU's meanwhile.
 */
static __always_inline bool syn_met_it(struct tcp_sock *tp, const struct syn *syn)
{
	if (syn->placed)
		return false;
	return syn->why == TS_DROP_COOKIE ||
	       READ(tp, inet_conn.icsk_inet.sk.sk_drops.counter) != (int)syn->drops;
}

SEC("fexit/tcp_conn_request")
int BPF_PROG(syn_done, void *rsk_ops, void *af_ops, struct sock *sk, struct sk_buff *skb)
{
	struct trouble t = { .listener = sk, .packet = skb };
	struct syn *syn = syn_noted(sk);
	struct tcp_sock *tp;

	if (!syn)
		return 0;
	tp = bpf_skc_to_tcp_sock(sk);
	if (!tp || !syn_met_it(tp, syn))
		return 0;
	tuple_read(&tp->inet_conn.icsk_inet.sk.__sk_common, &t.tuple);
	t.rec = record_peek(sk);
	t.why = syn->why;
	t.queue = syn->queue;
	t.limit = syn->limit;
	trouble_report(&t);
	return 0;
}

/* The last ACK of a handshake, for which the accept queue has no place any more. */
static __always_inline void ack_report(struct sock *sk, struct request_sock *req,
				       const struct syn *met)
{
	struct trouble t = { .listener = sk, .request = &req->__req_common, .at_ack = true };

	tuple_read(t.request, &t.tuple);
	t.rec = record_peek(sk);
	t.why = TS_DROP_ACCEPT_QUEUE;
	t.queue = met->queue;
	t.limit = met->limit;
	trouble_report(&t);
}

static __always_inline bool ack_judge(struct sock *sk, struct syn *syn)
{
	syn->drops = READ(sk, sk_drops.counter);
	syn->queue = READ(sk, sk_ack_backlog);
	syn->limit = READ(sk, sk_max_ack_backlog);
	return syn->queue > syn->limit;
}

/*
 * It is dropped in tcp_v4_syn_recv_sock() and its like, which have too many arguments for
 * fentry in some kernels, and only after tests of the ACK itself. A SYN or RST never comes there.
 */
SEC("fentry/tcp_check_req")
int BPF_PROG(ack_comes, struct sock *sk, struct sk_buff *skb)
{
	struct syn syn = {};

	if (ack_judge(sk, &syn) && READ(sk, __sk_common.skc_state) == TS_LISTEN &&
	    !packet_flags((char *)READ(skb, head) + READ(skb, transport_header)))
		syn_note(sk, &syn);
	return 0;
}

SEC("fexit/tcp_check_req")
int BPF_PROG(ack_done, struct sock *sk, struct sk_buff *skb, struct request_sock *req)
{
	struct syn *syn = syn_noted(sk);

	if (syn && READ(sk, sk_drops.counter) != (int)syn->drops)
		ack_report(sk, req, syn);
	return 0;
}

/* Of a handshake that was kept in a cookie. */
SEC("fentry/tcp_get_cookie_sock")
int BPF_PROG(cookie_comes, struct sock *sk, struct sk_buff *skb, struct request_sock *req)
{
	struct syn syn = {};

	if (ack_judge(sk, &syn))
		ack_report(sk, req, &syn);
	return 0;
}

/*
 * `sk` is the listener, with TCP Fast Open the child. num_retrans is raised after this
 * (inet_rtx_syn_ack(), tcp_rtx_synack()).
 */
SEC("tp_btf/tcp_retransmit_synack")
int BPF_PROG(synack_again, struct sock *sk, struct request_sock *req)
{
	struct trouble t = { .listener = sk, .request = &req->__req_common };
	struct inet_connection_sock *icsk = (void *)BPF_CORE_READ(req, __req_common.skc_listener);

	tuple_read(t.request, &t.tuple);
	t.rec = record_peek(sk);
	t.why = TS_DROP_SYNACK_RETRANS;
	t.queue = BPF_CORE_READ(icsk, icsk_accept_queue.qlen.counter);
	t.limit = BPF_CORE_READ(icsk, icsk_inet.sk.sk_max_ack_backlog);
	t.retrans = READ(req, num_retrans) + 1;
	trouble_report(&t);
	return 0;
}
