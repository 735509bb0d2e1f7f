/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Maps and configuration that the programs share. maps.bpf.c defines them, linking
 * (bpftool gen object) joins them.
 */
#ifndef SHARED_BPF_H
#define SHARED_BPF_H

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/bpf_core_read.h>

#include <tcpstate/counters.h>
#include <tcpstate/drop.h>
#include <tcpstate/filter.h>
#include <tcpstate/record.h>

#include "compat.bpf.h"

enum { AF_INET = 2, AF_INET6 = 10 };
enum { PF_KTHREAD = 0x00200000 };
enum { MAX_CPUS = 4096, PID_BUCKETS = 65536 };

struct records_map {
#ifndef TS_NO_STORAGE
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC | BPF_F_CLONE);
	__type(key, int);
#else
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 1 << 20); /* sockets with a record at a time: others are told without */
	__type(key, u64);
#endif
	__type(value, struct ts_record);
};

struct slots_map {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, MAX_CPUS); /* user space sets the number of possible CPUs */
	__type(key, u32);
	__type(value, struct ts_slot);
};

struct events_map {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 8 << 20); /* user space sets it */
};

/* A process that changed its name since it became an owner: (pid, start time) -> name. */
struct process {
	u64 start_ns;
	u64 tgid;
};

struct renamed_map {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, struct process);
	__type(value, char[TS_COMM_LEN]);
};

/* A process that ended since it became an owner. */
struct exited_map {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, struct process);
	__type(value, u8);
};

/* Sockets whose local port was not chosen yet when their last event was made, by id. */
struct portless_map {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, u64);
	__type(value, struct ts_portless);
};

/*
 * Half-open connections and timewait sockets, by address. As many as the kernel has, up to
 * the bound; more are shown without an owner and told as without_record.
 */
struct minisocks_map {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 1 << 20);
	__type(key, u64);
	__type(value, struct ts_minisock);
};

/* half_open.bpf.h: by id. */
struct half_opens_map {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, u64);
	__type(value, struct ts_half_open);
};

extern struct records_map records SEC(".maps");
extern struct half_opens_map half_opens SEC(".maps");
extern struct minisocks_map minisocks SEC(".maps");
extern struct slots_map slots SEC(".maps");
extern struct events_map events SEC(".maps");
extern struct renamed_map renamed SEC(".maps");
extern struct exited_map exited SEC(".maps");
extern struct portless_map portless SEC(".maps");

/* Set before the load. */
extern const volatile struct ts_filter cfg_filter;
extern const volatile u32 cfg_pid_ns; /* inode of the tracer's PID namespace; 0: the initial one */
extern const volatile u32 cfg_events; /* make events, not just counts */
extern const volatile u32 cfg_portless;	   /* keep `portless` */
extern const volatile u32 cfg_wake_every;  /* events a CPU makes before it wakes the reader */
extern const volatile u32 cfg_counts_only; /* counts alone, and by nothing that a record must tell */
extern const volatile u32 cfg_requests;	   /* request sockets are followed by hooks of their own */
extern const volatile u32 cfg_timewaits;   /* timewait sockets are */
/* The kernel's enum sk_rst_reason -> enum ts_rst_reason; all 0 where it has none. */
extern const volatile u8 cfg_rst_reasons[TS_RST_REASONS_MAX];
extern const volatile u64 cfg_rst_known; /* bit r: it has ts_rst_reason r */

extern u32 counts_only; /* set once the snapshot has put every older socket into the counts */
extern u32 third_copy;	/* set_state_third is attached, or about to be */
extern u32 reader_idle; /* set by the reader when it sleeps until it is woken */

/*
 * 0, which the verifier does not know: a value that many branches end in would else be a state
 * of its own for each, and what follows be verified once for each (seconds instead of ms).
 */
extern u32 opaque_zero;

static __always_inline u32 opaque(u32 value)
{
	return value | opaque_zero;
}

/* One test of a set of states; one test each would teach the verifier the state. */
static __always_inline bool state_in(u32 state, u32 set)
{
	u32 bits = set;

	barrier_var(bits);
	return bits >> (state & 15) & 1;
}

extern u32 half_opens_seen; /* `half_opens` is not empty */
extern u32 half_open_scan;  /* number of user space's present look */
extern u32 rescan_wanted;   /* an owner has gone and its sockets have not */

/* By the low bits of a PID: has it ever owned a socket, a listener; has it changed since. */
extern u8 owner_pids[PID_BUCKETS];
extern u8 listener_pids[PID_BUCKETS];
extern u8 renamed_pids[PID_BUCKETS];
extern u8 exited_pids[PID_BUCKETS];

/*
 * Without a filter a socket's way through the counts is that of its transitions: user space
 * adds those up, and `sockets` holds only what they do not say. Saves two atomic operations
 * of three on each transition.
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

/* What the kernel calls it, if it has names for these. */
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

/* What this CPU is about to do with a packet for that socket. */
static __always_inline void packet_note(struct ts_slot *slot, u64 address, struct sk_buff *skb)
{
	slot->packet = address;
	slot->packet_flags = packet_flags_of(skb);
}

static __always_inline bool socket_is_tcp(struct sock *sk)
{
	u16 family = READ(sk, __sk_common.skc_family);

	/* MPTCP and SCTP come through the same tracepoint */
	return READ(sk, sk_protocol) == IPPROTO_TCP && (family == AF_INET || family == AF_INET6);
}

static __always_inline bool socket_has_flag(struct sock *sk, int flag)
{
	return READ(sk, __sk_common.skc_flags) & 1ul << flag;
}

/* Handshakes in trouble: failure.bpf.c. */
struct drops_map {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, TS_DROPS_HELD);
	__type(key, u32);
	__type(value, struct ts_drops_held);
};

struct drops_busy_map {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, TS_DROPS_HELD);
	__type(key, u32);
	__type(value, u8);
};

/* What a SYN or ACK is to meet, if it shows that it did. */
struct syn {
	u64 listener;
	u32 drops; /* that the listener had counted */
	u32 queue; /* that `why` is about */
	u32 limit;
	u32 why;
	u32 placed; /* it met nothing of the kind */
	u32 pad;
};

struct syns_map {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct syn);
};

extern struct drops_map drops SEC(".maps");
extern struct syns_map syns SEC(".maps");
extern struct drops_busy_map drops_busy SEC(".maps");
extern u32 drops_waiting; /* some are held back in `drops`, for user space to tell */

#endif
