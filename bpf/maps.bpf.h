/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Maps, variables and configuration that the programs share. maps.bpf.c defines them;
 * bpftool gen object links them.
 */
#ifndef MAPS_BPF_H
#define MAPS_BPF_H

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/bpf_core_read.h>

#include <tcpstate/counters.h>
#include <tcpstate/drop.h>
#include <tcpstate/filter.h>
#include <tcpstate/record.h>

enum { MAX_CPUS = 4096, PID_BUCKETS = 65536, LISTENER_BUCKETS = 4096 };

struct records_map {
#ifndef TS_NO_STORAGE
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC | BPF_F_CLONE);
	__type(key, int);
#else
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 1 << 20); /* sockets beyond that have no record */
	__type(key, u64);	      /* address of the sock */
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

/*
 * What was seen of the processes whose PIDs have the same low bits. PIDs are reused only after an
 * exit, so a process that started later than `exited_ns` lives.
 */
struct process_note {
	u64 exited_ns;		/* start of the youngest of them that has exited */
	u64 renamed_ns;		/* start of the one that took a new name last ... */
	char comm[TS_COMM_LEN]; /* ... which is this */
};

struct process_notes_map {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, PID_BUCKETS);
	__type(key, u32);
	__type(value, struct process_note);
};

/*
 * The record of a listener that was closed, for the connections that end with it: by the address of its
 * file until it is destroyed, and by its own until its last request socket is freed. `since_ns` is
 * the number of these. Beyond the maximum it is counted as listeners_refused.
 */
struct closed_listeners_map {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 1 << 17);
	__type(key, u64);
	__type(value, struct ts_record);
};

/*
 * Sockets whose last event had no local port, by cookie. Beyond the maximum they are counted as
 * ports_refused.
 */
struct pending_ports_map {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 1 << 17);
	__type(key, u64);
	__type(value, struct ts_pending_port);
};

/*
 * Request and timewait sockets, by address. Beyond the maximum they are reported without an owner
 * and counted as without_record.
 */
struct minisocks_map {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 1 << 20);
	__type(key, u64);
	__type(value, struct ts_minisock);
};

/* See half_open.bpf.h; by cookie. Beyond the maximum they are counted as half_opens_refused. */
struct half_opens_map {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 1 << 17);
	__type(key, u64);
	__type(value, struct ts_half_open);
};

/* See handshake_drop.bpf.h. */
struct drops_map {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, TS_DROP_ENTRIES);
	__type(key, u32);
	__type(value, struct ts_pending_drops);
};

/* Locks of the entries of `drops`: an entry here is a lock that is taken. */
struct drops_busy_map {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, TS_DROP_ENTRIES);
	__type(key, u32);
	__type(value, u8);
};

/* A SYN or ACK that this CPU handles and that the listener is likely to drop. */
struct syn {
	u64 listener;
	u32 drops; /* the listener's counter before */
	u32 queue; /* length of the queue that `why` names */
	u32 limit;
	u32 why;    /* enum ts_drop_why */
	u32 queued; /* the SYN got into the SYN queue after all */
	u32 pad;
};

struct syns_map {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct syn);
};

extern struct records_map records SEC(".maps");
extern struct half_opens_map half_opens SEC(".maps");
extern struct minisocks_map minisocks SEC(".maps");
extern struct slots_map slots SEC(".maps");
extern struct events_map events SEC(".maps");
extern struct process_notes_map process_notes SEC(".maps");
extern struct closed_listeners_map closed_listeners SEC(".maps");
extern struct pending_ports_map pending_ports SEC(".maps");
extern struct drops_map drops SEC(".maps");
extern struct syns_map syns SEC(".maps");
extern struct drops_busy_map drops_busy SEC(".maps");

/* Set before the load. */
extern const volatile struct ts_filter cfg_filter;
extern const volatile u32 cfg_pid_ns; /* inode of the tracer's PID namespace; 0: the initial one */
extern const volatile u32 cfg_events; /* report events, not only counts */
extern const volatile u32 cfg_late_ports;    /* maintain `pending_ports` */
extern const volatile u32 cfg_wake_every;    /* events per CPU before it wakes the reader */
extern const volatile u32 cfg_counts_only;   /* count without records, after the snapshot */
extern const volatile u32 cfg_requests;	     /* hooks follow request sockets */
extern const volatile u32 cfg_timewaits;     /* hooks follow timewait sockets */
extern const volatile u32 cfg_cookie_helper; /* tracing programs can read cookies */
extern const volatile u32 cfg_socket_fd;     /* descriptor of any socket of the reader */
/* The kernel's enum sk_rst_reason -> enum ts_rst_reason; all 0 without that enum. */
extern const volatile u8 cfg_rst_reasons[TS_RST_REASONS_MAX];
extern const volatile u64 cfg_rst_known; /* bit r: the kernel has ts_rst_reason r */

/*
 * Always 0, which the verifier does not know. Each constant that a branch ends in is a verifier
 * state of its own. The verifier would walk the rest once for each (seconds instead of
 * milliseconds).
 */
extern u32 opaque_zero;

extern u32 counts_only;	     /* the snapshot has counted every older socket */
extern u32 third_copy;	     /* set_state_third is attached, or about to be */
extern u32 reader_idle;	     /* set by the reader when it sleeps until it is woken */
extern u32 txhash_late[2];   /* IPv4, IPv6: set after the port is chosen, see reason.bpf.h */
extern u32 half_opens_seen;  /* `half_opens` is not empty */
extern u32 listeners_closed; /* `closed_listeners` has had an entry */
extern u32 half_open_scan;   /* number of user space's current scan */
extern u32 rescan_wanted;    /* enum ts_rescan */
extern u32 drops_pending;    /* `drops` has drops for user space to report */

/* Of renamed_pids: one process with these low bits was renamed, or several that may all live. */
enum { RENAMED_ONE = 1, RENAMED_SEVERAL = 2 };

/* By the low bits of a PID: it owned a socket, owned a listener, was renamed, has exited. */
extern u8 owner_pids[PID_BUCKETS];
extern u8 listener_pids[PID_BUCKETS];
extern u8 renamed_pids[PID_BUCKETS];
extern u8 exited_pids[PID_BUCKETS];

/* By a hash of a listener and its owner: see listener_is_held(). */
extern u64 listener_checks[LISTENER_BUCKETS];

#endif
