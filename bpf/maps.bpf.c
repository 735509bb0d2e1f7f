// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Maps and variables that several programs share. Linked first: libbpf 1.1's linker misplaces a map
 * that another object declares before this one defines it.
 */
#include "maps.bpf.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

const volatile struct ts_filter cfg_filter = {};
const volatile u32 cfg_pid_ns = 0;
const volatile u32 cfg_events = 1;
const volatile u32 cfg_late_ports = 0;
const volatile u32 cfg_wake_every = 512;
const volatile u32 cfg_counts_only = 0;
const volatile u32 cfg_requests = 0;
const volatile u32 cfg_timewaits = 0;
const volatile u32 cfg_socket_fd = 0;
const volatile u32 cfg_cookie_helper = 0;
const volatile u8 cfg_rst_reasons[TS_RST_REASONS_MAX] = {};
const volatile u64 cfg_rst_known = 0;

u32 opaque_zero = 0;
u32 counts_only = 0;
u32 third_copy = 0;
u32 reader_idle = 0;
u32 rescan_wanted = 0;
u32 half_opens_seen = 0;
u32 listeners_closed = 0;
u32 txhash_late[2] = {};
u32 half_open_scan = 0;
u8 owner_pids[PID_BUCKETS] = {};
u8 listener_pids[PID_BUCKETS] = {};
u8 renamed_pids[PID_BUCKETS] = {};
u8 exited_pids[PID_BUCKETS] = {};
u64 listener_checks[LISTENER_BUCKETS] = {};

struct records_map records SEC(".maps");
struct half_opens_map half_opens SEC(".maps");
struct minisocks_map minisocks SEC(".maps");
struct slots_map slots SEC(".maps");
struct events_map events SEC(".maps");
struct process_notes_map process_notes SEC(".maps");
struct closed_listeners_map closed_listeners SEC(".maps");
struct pending_ports_map pending_ports SEC(".maps");

struct drops_map drops SEC(".maps");
struct syns_map syns SEC(".maps");
struct drops_busy_map drops_busy SEC(".maps");
u32 drops_pending = 0;
