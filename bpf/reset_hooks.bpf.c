// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Notes resets, aborts and errors, for the transition that follows. */
#include "reset.bpf.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* The packet that ends a connection: a RST, or data for a closed socket. */
SEC("fentry/tcp_reset")
int BPF_PROG(reset_by_packet, struct sock *sk, struct sk_buff *skb)
{
	return reset_with(sk, skb);
}

/* Without the packet before 049fe386d353 ("tcp: parse mptcp options in reset packets"), 5.11. */
SEC("fentry/tcp_reset")
int BPF_PROG(reset_by_packet_old, struct sock *sk)
{
	return reset_without(sk);
}

/* All packets but those of established sockets, which only a RST can reset. */
SEC("fentry/tcp_rcv_state_process")
int BPF_PROG(reset_packet, struct sock *sk, struct sk_buff *skb)
{
	return reset_note(sk, skb);
}

/* Not in FIN_WAIT with reception shut down: the RST that answers late data also gets here. */
SEC("tp_btf/tcp_receive_reset")
int BPF_PROG(reset_received, struct sock *sk)
{
	struct ts_record *rec = record_peek(sk);
	u8 state = sk->__sk_common.skc_state;

	if (rec && !rec->rst &&
	    !(socket_receives_no_more(sk) && (state == TS_FIN_WAIT_1 || state == TS_FIN_WAIT_2)))
		rec->rst = TS_RST_RECEIVED;
	return 0;
}

/*
 * A RST by a timer or an administrator, before the end. One that answers a packet has an skb, and
 * may concern a listener or another connection.
 */
static __always_inline int sent(struct sock *sk, struct sk_buff *skb, u32 reason)
{
	struct ts_record *rec;

	if (!sk || skb)
		return 0;
	rec = record_peek(sk);
	if (!rec || sk->__sk_common.skc_state == TS_LISTEN)
		return 0;
	rec->rst = TS_RST_SENT;
	rec->rst_reason = cfg_rst_reasons[reason & (TS_RST_REASONS_MAX - 1)];
	return 0;
}

SEC("tp_btf/tcp_send_reset")
int BPF_PROG(reset_sent, struct sock *sk, struct sk_buff *skb)
{
	return sent(sk, skb, 0);
}

/* Since b533fb9cf4f7 ("rstreason: make it work in trace world"), 6.10. */
SEC("tp_btf/tcp_send_reset")
int BPF_PROG(reset_sent_reason, struct sock *sk, struct sk_buff *skb, u32 reason)
{
	return sent(sk, skb, reason);
}

/*
 * The kernel reports an error to the program, which may read SO_ERROR, or the error queue, before
 * the transition. Since e6a3e4434000 ("tcp: tracing of socket error reports"), 5.14.
 */
SEC("tp_btf/inet_sk_error_report")
int BPF_PROG(error_reported, struct sock *sk)
{
	return error_note(sk);
}

/* Before: sk->sk_error_report() of sockets that the kernel itself does not use. */
SEC("fentry/sock_def_error_report")
int BPF_PROG(error_reported_old, struct sock *sk)
{
	return error_note(sk);
}

/* Of TCP since 45af29ca761c ("tcp: allow traceroute -Mtcp for unpriv users"), 5.8. */
SEC("fentry/ipv6_icmp_error")
int BPF_PROG(icmp6_error, struct sock *sk, struct sk_buff *skb, int err)
{
	return icmp6_error_note(sk, err);
}

/* Attached before the next one: a return without its entry does no harm. */
SEC("fexit/tcp_abort")
int BPF_PROG(abort_end, struct sock *sk)
{
	return abort_note(NULL);
}

/* `ss -K`: a socket of any kind. */
SEC("fentry/tcp_abort")
int BPF_PROG(abort_begin, struct sock *sk)
{
	return abort_note(sk);
}
