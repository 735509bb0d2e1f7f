/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Small functions that several programs use, and constants of the kernel that vmlinux.h lacks. */
#ifndef HELPERS_BPF_H
#define HELPERS_BPF_H

#include "maps.bpf.h"

#include "compat.bpf.h"

enum { AF_INET = 2, AF_INET6 = 10 };
enum { PF_EXITING = 0x00000004, PF_KTHREAD = 0x00200000 };
enum { SO_EE_ORIGIN_ICMP = 2, SO_EE_ORIGIN_ICMP6 = 3 };

enum {
	EACCES = 13,
	EEXIST = 17,
	EPIPE = 32,
	ENONET = 64,
	EPROTO = 71,
	ENOPROTOOPT = 92,
	EOPNOTSUPP = 95,
	EADDRNOTAVAIL = 99,
	ENETDOWN = 100,
	ENETUNREACH = 101,
	ECONNABORTED = 103,
	ECONNRESET = 104,
	ETIMEDOUT = 110,
	ECONNREFUSED = 111,
	EHOSTDOWN = 112,
	EHOSTUNREACH = 113,
};

/* Hides a value from the verifier: see opaque_zero. */
static __always_inline u32 opaque(u32 value)
{
	return value | opaque_zero;
}

/* Tests a set of states at once: a test of each would fork the verifier's state. */
static __always_inline bool state_in(u32 state, u32 set)
{
	u32 bits = set;

	barrier_var(bits);
	return bits >> (state & 15) & 1;
}

/*
 * Without a filter, user space derives the sockets per state from the transitions, and ts_slot's
 * `sockets` has only the difference. This saves two of three atomic operations per transition.
 */
static __always_inline bool counts_from_transitions(void)
{
	return !cfg_filter.on;
}

static __always_inline bool counts_only_active(void)
{
	return cfg_counts_only && counts_only;
}

static __always_inline struct ts_slot *slot_here(void)
{
	u32 cpu = bpf_get_smp_processor_id();

	return bpf_map_lookup_elem(&slots, &cpu);
}

/* Returns the reason if the kernel has a name for it. */
static __always_inline u8 rst_reason_known(u8 reason)
{
	return cfg_rst_known >> (reason & 63) & 1 ? reason : TS_RST_REASON_UNKNOWN;
}

/* enum ts_packet_flag of a TCP header. */
static __always_inline u32 packet_flags(const void *header)
{
	u8 flags = 0; /* byte 13: FIN 1, SYN 2, RST 4, ... */

	bpf_probe_read_kernel(&flags, sizeof(flags), header + 13);
	return (flags & 4 ? TS_PACKET_RST : 0) | (flags & 2 ? TS_PACKET_SYN : 0);
}

static __always_inline u32 packet_flags_of(struct sk_buff *skb)
{
	return packet_flags((char *)READ(skb, head) + READ(skb, transport_header));
}

/* Notes the packet that this CPU is about to process for the socket at that address. */
static __always_inline void packet_note(struct ts_slot *slot, u64 address, struct sk_buff *skb)
{
	slot->packet = address;
	slot->packet_flags = packet_flags_of(skb);
}

/* As a number: the verifier refuses arithmetic on a pointer, and one as argument of a function. */
static __always_inline u64 address_of(const void *pointer)
{
	u64 address = 0;

	bpf_probe_read_kernel(&address, sizeof(address), &pointer);
	return address;
}

static __always_inline bool socket_is_tcp(struct sock *sk)
{
	u16 family = READ(sk, __sk_common.skc_family);

	/* MPTCP and SCTP use the same tracepoint */
	return READ(sk, sk_protocol) == IPPROTO_TCP && (family == AF_INET || family == AF_INET6);
}

static __always_inline bool socket_has_flag(struct sock *sk, int flag)
{
	return READ(sk, __sk_common.skc_flags) & 1ul << flag;
}

/* After close(), or shutdown() of that direction: data that comes now resets the connection. */
static __always_inline bool socket_receives_no_more(struct sock *sk)
{
	enum { RCV_SHUTDOWN = 1 };

	return READ(sk, sk_shutdown) & RCV_SHUTDOWN;
}

/* Identifies the latest entry of the socket's error queue: bits of its address, so no READ(). */
static __always_inline u16 error_tail(struct sock *sk)
{
	return (u16)((u64)BPF_CORE_READ(sk, sk_error_queue.prev) >> 6);
}

/*
 * The errno of the latest ICMP error that waits in the socket's error queue; 0: none. The entry
 * `older` is of an earlier connection: neither a disconnect nor SO_ERROR empties the queue.
 */
static __always_inline u32 icmp_error_queued(struct sock *sk, u16 older)
{
	struct sock_exterr_skb *ext;
	u8 origin;

	if (!READ(sk, sk_error_queue.qlen) || error_tail(sk) == older)
		return 0;
	ext = (void *)READ(sk, sk_error_queue.prev) + bpf_core_field_offset(struct sk_buff, cb);
	origin = BPF_CORE_READ(ext, ee.ee_origin);
	if (origin != SO_EE_ORIGIN_ICMP && origin != SO_EE_ORIGIN_ICMP6)
		return 0;
	return BPF_CORE_READ(ext, ee.ee_errno);
}

#endif
