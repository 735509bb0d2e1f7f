// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Kprobes for kernels that refuse fentry and fexit. The verifier does not know the types of their
 * arguments: every access is a probe, and socket storage is not available. The kernel skips all
 * kprobes while one is running on the CPU. Where possible, these are on functions that run with
 * softirqs off. They are on entries: a kretprobe has no arguments, and is skipped if many tasks
 * are in its function.
 */
#define TS_UNTRUSTED
#include "accept.bpf.h"
#include "request.bpf.h"
#include "reset.bpf.h"
#include "timewait.bpf.h"

#ifdef __TARGET_ARCH_arm64
struct user_pt_regs { /* the registers that a program can read there; vmlinux.h is of x86 */
	u64 regs[31];
	u64 sp;
	u64 pc;
	u64 pstate;
};
#endif

/*
 * Only the object without storage is loaded for kprobes. In the other one they are empty: both have
 * the same programs, so that one skeleton serves both.
 */
#ifndef TS_NO_STORAGE
#define EMPTY_PROGRAM(name, args...)                                                               \
	name(struct pt_regs *ctx)                                                                  \
	{                                                                                          \
		return 0;                                                                          \
	}                                                                                          \
	static __always_inline                                                                     \
		__attribute__((unused)) int unused_##name(struct pt_regs *ctx, ##args)
#undef BPF_KPROBE
#define BPF_KPROBE EMPTY_PROGRAM
#undef BPF_KRETPROBE
#define BPF_KRETPROBE EMPTY_PROGRAM
#endif

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* ---- request sockets ---- */

/* Until it returns in the same softirq. No child is made meanwhile. */
SEC("kprobe/inet_csk_reqsk_queue_hash_add")
int BPF_KPROBE(kp_request_adding, struct sock *listener, struct request_sock *req)
{
	struct ts_slot *slot = slot_here();

	if (slot)
		slot->cloning = (u64)req;
	return 0;
}

/* 0: another CPU has queued the same SYN. Only the low byte of a bool is defined. */
SEC("kretprobe/inet_csk_reqsk_queue_hash_add")
int BPF_KRETPROBE(kp_request_added, u64 is_new)
{
	struct ts_slot *slot = slot_here();
	struct request_sock *req;
	struct sock *listener;

	if (!slot || !slot->cloning)
		return 0;
	req = (void *)slot->cloning;
	slot->cloning = 0;
	listener = READ(req, __req_common.skc_listener);
	return is_new & 0xff && listener ? request_add(listener, req) : 0;
}

/* For kernels where it returns void. */
SEC("kprobe/inet_csk_reqsk_queue_hash_add")
int BPF_KPROBE(kp_request_added_void, struct sock *listener, struct request_sock *req)
{
	return request_add(listener, req);
}

SEC("kprobe/inet_csk_clone_lock")
int BPF_KPROBE(kp_request_cloning, struct sock *listener, struct request_sock *req)
{
	return request_clone(listener, req);
}

SEC("kprobe/inet_reqsk_clone")
int BPF_KPROBE(kp_request_migrating, struct request_sock *req)
{
	struct ts_slot *slot = slot_here();

	if (slot)
		slot->cloning = (u64)req;
	return 0;
}

SEC("kretprobe/inet_reqsk_clone")
int BPF_KRETPROBE(kp_request_migrated, u64 copy)
{
	struct ts_slot *slot = slot_here();
	u64 req = slot ? slot->cloning : 0;

	if (slot)
		slot->cloning = 0;
	return request_migrate(req, copy);
}

SEC("kprobe/reqsk_timer_handler")
int BPF_KPROBE(kp_request_timer, struct timer_list *timer)
{
	return request_timer_runs((u64)timer);
}

SEC("kretprobe/reqsk_timer_handler")
int BPF_KPROBE(kp_request_timer_end)
{
	return request_timer_runs(0);
}

SEC("kprobe/tcp_check_req")
int BPF_KPROBE(kp_request_packet, struct sock *listener, struct sk_buff *skb,
	       struct request_sock *req)
{
	return request_packet_for(req, skb);
}

SEC("kprobe/inet_csk_reqsk_queue_drop")
int BPF_KPROBE(kp_request_dropped, struct sock *listener, struct request_sock *req)
{
	return request_drop(listener, req);
}

SEC("kprobe/tcp_v4_reqsk_destructor")
int BPF_KPROBE(kp_request_freed, struct request_sock *req)
{
	return request_free(req);
}

SEC("kprobe/tcp_v6_reqsk_destructor")
int BPF_KPROBE(kp_request_freed_v6, struct request_sock *req)
{
	return request_free(req);
}

/* ---- timewait sockets ---- */

/* TS_CLOSED remains if the allocation fails: tcp_max_tw_buckets, or no memory. */
SEC("kprobe/inet_twsk_alloc")
int BPF_KPROBE(kp_timewait_making, struct sock *sk)
{
	struct ts_record *rec = socket_is_tcp(sk) ? record_get(sk) : NULL;

	if (rec && !rec->timewait_state)
		rec->timewait_state = TS_CLOSED;
	return 0;
}

/* The timewait socket is complete now, and not hashed yet. */
SEC("kprobe/inet_twsk_hashdance")
int BPF_KPROBE(kp_timewait_made, struct inet_timewait_sock *tw, struct sock *sk)
{
	return timewait_make(sk, READ(tw, tw_substate), tw);
}

/* Since b334b924c9b7 ("net: tcp/dccp: prepare for tw_timer un-pinning"), 6.11. */
SEC("kprobe/inet_twsk_hashdance_schedule")
int BPF_KPROBE(kp_timewait_scheduled, struct inet_timewait_sock *tw, struct sock *sk)
{
	return timewait_make(sk, READ(tw, tw_substate), tw);
}

SEC("kprobe/tcp_timewait_state_process")
int BPF_KPROBE(kp_timewait_packet, struct inet_timewait_sock *tw, struct sk_buff *skb,
	       struct tcphdr *th)
{
	return timewait_packet_for(tw, th);
}

SEC("kretprobe/tcp_timewait_state_process")
int BPF_KPROBE(kp_timewait_packet_end)
{
	struct ts_slot *slot = slot_here();

	return slot ? timewait_packet_done(slot, (void *)slot->packet) : 0;
}

SEC("kprobe/inet_twsk_kill")
int BPF_KPROBE(kp_timewait_ended, struct inet_timewait_sock *tw)
{
	return timewait_end(tw);
}

/* ---- resets, aborts ---- */

SEC("kprobe/tcp_reset")
int BPF_KPROBE(kp_reset_by_packet, struct sock *sk, struct sk_buff *skb)
{
	return reset_with(sk, skb);
}

SEC("kprobe/tcp_reset")
int BPF_KPROBE(kp_reset_by_packet_old, struct sock *sk)
{
	return reset_without(sk);
}

SEC("kprobe/tcp_rcv_state_process")
int BPF_KPROBE(kp_reset_packet, struct sock *sk, struct sk_buff *skb)
{
	return reset_note(sk, skb);
}

SEC("kprobe/ipv6_icmp_error")
int BPF_KPROBE(kp_icmp6_error, struct sock *sk, struct sk_buff *skb, int err)
{
	return icmp6_error_note(sk, err);
}

SEC("kprobe/tcp_abort")
int BPF_KPROBE(kp_abort_begin, struct sock *sk)
{
	return abort_note(sk);
}

SEC("kretprobe/tcp_abort")
int BPF_KPROBE(kp_abort_end)
{
	return abort_note(NULL);
}

/* ---- accept ---- */

/* accept() gives the file to the MPTCP connection, not to its first subflow. */
static __always_inline struct sock *subflow_of(struct sock *sk)
{
	struct mptcp_sock *msk = (void *)sk;

	if (READ(sk, sk_protocol) != IPPROTO_MPTCP || !bpf_core_field_exists(msk->first))
		return sk;
	return READ(msk, first);
}

/* Called by sock_graft(), with softirqs off, when accept() gives the connection its file. */
SEC("kprobe/security_sock_graft")
int BPF_KPROBE(kp_accept, struct sock *sk)
{
	struct sock *child = subflow_of(sk);

	if (child && socket_is_tcp(child))
		accepted(child);
	return 0;
}

/* Without CONFIG_SECURITY_NETWORK. Misses some if many tasks wait in accept(). */
SEC("kretprobe/inet_csk_accept")
int BPF_KRETPROBE(kp_accept_exit, struct sock *sk)
{
	accepted(sk);
	return 0;
}
