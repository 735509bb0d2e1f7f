// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Timewait sockets: TIME_WAIT, and FIN_WAIT_2 of an orphan. The tracepoint reports the full socket
 * as CLOSED; these hooks report the timewait socket that takes over, until it ends.
 */
#include "timewait.bpf.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

SEC("fexit/inet_twsk_alloc")
int BPF_PROG(timewait_made, struct sock *sk, struct inet_timewait_death_row *row, int state,
	     struct inet_timewait_sock *tw)
{
	return timewait_make(sk, state, tw);
}

/* For a softirq that interrupts the first copy: see set_state_again. */
SEC("fexit/inet_twsk_alloc")
int BPF_PROG(timewait_made_again, struct sock *sk, struct inet_timewait_death_row *row, int state,
	     struct inet_timewait_sock *tw)
{
	return timewait_make(sk, state, tw);
}

SEC("fentry/tcp_timewait_state_process")
int BPF_PROG(timewait_packet, struct inet_timewait_sock *tw, struct sk_buff *skb, struct tcphdr *th)
{
	return timewait_packet_for(tw, th);
}

SEC("fexit/tcp_timewait_state_process")
int BPF_PROG(timewait_packet_end, struct inet_timewait_sock *tw)
{
	return timewait_packet_done(slot_here(), tw);
}

SEC("fentry/inet_twsk_kill")
int BPF_PROG(timewait_ended, struct inet_timewait_sock *tw)
{
	return timewait_end(tw);
}
