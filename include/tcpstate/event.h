/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Frames: what the kernel side puts into the ring and `record` puts into a
 * file, byte for byte. Append-only: a reader takes the bytes it knows, treats
 * missing ones as zero, and skips frame types it does not know.
 */
#ifndef TCPSTATE_EVENT_H
#define TCPSTATE_EVENT_H

#ifndef __VMLINUX_H__
#include <linux/types.h>
#include <stddef.h>
#endif

#include "state.h"

enum { TS_COMM_LEN = 16, TS_ADDR_LEN = 16 };

enum ts_frame_type {
	TS_FRAME_TRANSITION = 1,
	TS_FRAME_LOST = 2,
	TS_FRAME_PORT = 3,   /* the local port of a socket, learnt after its SYN_SENT */
	TS_FRAME_CLOCK = 4,  /* wall clock minus monotonic clock, from here on */
	TS_FRAME_CGROUP = 5, /* the path of a cgroup id */
	TS_FRAME_READY = 6,  /* attached, snapshot taken */
	TS_FRAME_END = 7,    /* recording closed in good order */
};

/* How an owner is known; PRODUCT's `owner`. */
enum ts_owner {
	TS_OWNER_UNKNOWN = 0,
	TS_OWNER_CONNECT,
	TS_OWNER_LISTEN,
	TS_OWNER_ACCEPT,
	TS_OWNER_USE,
	TS_OWNER_LISTENER, /* the listener's owner; not yet accepted, or not seen accepted */
	TS_OWNER_SNAPSHOT,
	TS_OWNER_KERNEL,
	TS_OWNERS,
};

enum ts_role { TS_ROLE_UNKNOWN = 0, TS_ROLE_CLIENT, TS_ROLE_SERVER, TS_ROLES };

/* Why a connection ended; only on a transition to TS_CLOSED. */
enum ts_reason {
	TS_REASON_NONE = 0, /* not an end, or not known */
	TS_REASON_NORMAL,
	TS_REASON_REFUSED,
	TS_REASON_RESET_BY_PEER,
	TS_REASON_TIMED_OUT,
	TS_REASON_UNREACHABLE,
	TS_REASON_ABORTED_UNREAD_DATA,
	TS_REASON_ABORTED_LINGER,
	TS_REASON_ABORTED,
	TS_REASON_DESTROYED,
	TS_REASON_LISTENER_CLOSED,
	TS_REASON_DROPPED, /* the kernel gave up a child it could not keep */
	TS_REASONS,
};

enum ts_lost_why {
	TS_LOST_BUFFER = 0, /* the ring was full */
	TS_LOST_RECURSION,  /* a softirq interrupted both copies of the program */
	TS_LOST_WHYS,
};

struct ts_frame {
	__u16 type;
	__u16 size; /* bytes, this header included; a multiple of 8 */
	__u32 flags;
};

enum ts_flag {
	TS_F_INFERRED = 1 << 0, /* concluded, not seen */
	TS_F_MAPPED = 1 << 1,	/* IPv4 on an IPv6 socket */
	TS_F_ACTOR = 1 << 2,	/* by_pid and by_comm are there */
	TS_F_PID_HIDDEN = 1 << 3, /* owner lives outside the tracer's PID namespace: pid is 0 */
};

struct ts_transition {
	struct ts_frame frame;
	__u64 mono_ns;	 /* CLOCK_MONOTONIC at the transition */
	__u64 since_ns;	 /* the same at entry to the old state; 0: not seen */
	__u64 id;	 /* socket cookie */
	__u64 cgroup;	 /* cgroup v2 id of the socket; 0: none */
	__u8 laddr[TS_ADDR_LEN]; /* network order; IPv4 in the first four bytes */
	__u8 raddr[TS_ADDR_LEN];
	__u16 lport;	 /* host order; 0: not chosen yet */
	__u16 rport;	 /* host order; 0: none */
	__u32 netns;	 /* inode number */
	__u32 pid;	 /* thread group id; 0: unknown */
	__u32 uid;	 /* effective user of the owner, where the owner is known */
	char comm[TS_COMM_LEN]; /* the group leader's; not always terminated */
	__u16 err;	 /* the socket's error, an errno; 0: none */
	__u8 family;	 /* 4 or 6; a mapped address is 4 */
	__u8 old_state;
	__u8 new_state;
	__u8 owner;	 /* enum ts_owner */
	__u8 role;	 /* enum ts_role */
	__u8 reason;	 /* enum ts_reason */
	/* 112 bytes; what follows is in the frame only where size says so */
	__u32 by_pid;	 /* who acted, where that is not the owner */
	__u32 pad;
	char by_comm[TS_COMM_LEN];
};

enum { TS_TRANSITION_BASE = 112 };

struct ts_lost {
	struct ts_frame frame;
	__u64 mono_ns;	/* when it was told */
	__u64 since_ns; /* the first loss of this batch; 0: not known */
	__u64 count;	/* transitions that are not in the stream */
	__u32 cpu;
	__u32 why;	/* enum ts_lost_why */
};

struct ts_port {
	struct ts_frame frame;
	__u64 mono_ns;
	__u64 id;
	__u16 lport; /* host order; 0: the socket is gone, its port was never seen */
	__u16 pad[3];
};

struct ts_clock {
	struct ts_frame frame;
	__u64 mono_ns;
	__s64 offset_ns; /* CLOCK_REALTIME - CLOCK_MONOTONIC */
};

struct ts_cgroup {
	struct ts_frame frame;
	__u64 id;
	char path[]; /* terminated, padded with zeros to a multiple of 8 */
};

struct ts_ready {
	struct ts_frame frame;
	__u64 mono_ns;
	__u64 sockets;	    /* known from the snapshot */
	__u32 startup_us;   /* from the start of the program to ready */
	__u32 netns_missed; /* network namespaces that could not be looked into */
};

struct ts_end {
	struct ts_frame frame;
	__u64 mono_ns;
	__u64 transitions; /* frames of that type in the file */
	__u64 lost;
};

_Static_assert(sizeof(struct ts_frame) == 8, "frame header");
_Static_assert(sizeof(struct ts_transition) == 136, "transition frame");
_Static_assert(__builtin_offsetof(struct ts_transition, laddr) == 40, "transition frame");
_Static_assert(__builtin_offsetof(struct ts_transition, lport) == 72, "transition frame");
_Static_assert(__builtin_offsetof(struct ts_transition, comm) == 88, "transition frame");
_Static_assert(__builtin_offsetof(struct ts_transition, by_pid) == TS_TRANSITION_BASE,
	       "transition frame");
_Static_assert(sizeof(struct ts_lost) == 40, "lost frame");
_Static_assert(sizeof(struct ts_port) == 32, "port frame");
_Static_assert(sizeof(struct ts_clock) == 24, "clock frame");
_Static_assert(sizeof(struct ts_ready) == 32, "ready frame");
_Static_assert(sizeof(struct ts_end) == 32, "end frame");

#endif
