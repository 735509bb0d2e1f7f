/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Frames, as the kernel side writes them into the ring and `record` into a file, byte for byte.
 * Append-only: a reader uses the bytes it knows, treats missing ones as zero, and skips unknown
 * frame types.
 */
#ifndef TCPSTATE_EVENT_H
#define TCPSTATE_EVENT_H

#ifndef __VMLINUX_H__
#include <linux/types.h>
#include <stddef.h>
#endif

#include "state.h"

enum { TS_COMM_LEN = 16, TS_ADDR_LEN = 16, TS_DEVICE_LEN = 16 };

enum ts_frame_type {
	TS_FRAME_TRANSITION = 1,
	TS_FRAME_LOST = 2,
	TS_FRAME_PORT = 3,   /* the local port of a socket, found after its SYN_SENT */
	TS_FRAME_CLOCK = 4,  /* wall clock minus monotonic clock, from here on */
	TS_FRAME_CGROUP = 5, /* the path of a cgroup id */
	TS_FRAME_READY = 6,  /* attached, snapshot taken */
	TS_FRAME_END = 7,    /* the recording is complete */
	TS_FRAME_DROP = 8,   /* handshake drops */
};

/* How the owner is known. */
enum ts_owner {
	TS_OWNER_UNKNOWN = 0,
	TS_OWNER_CONNECT,
	TS_OWNER_LISTEN,
	TS_OWNER_ACCEPT,
	TS_OWNER_USE,
	TS_OWNER_LISTENER, /* the listener's owner; accept() has not been seen */
	TS_OWNER_SNAPSHOT,
	TS_OWNER_KERNEL,
	TS_OWNERS,
};

enum ts_role { TS_ROLE_UNKNOWN = 0, TS_ROLE_CLIENT, TS_ROLE_SERVER, TS_ROLES };

/* Why a connection ended; only on a transition to TS_TIME_WAIT or TS_CLOSED. */
enum ts_reason {
	TS_REASON_NONE = 0, /* not an end, or unknown */
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
	TS_REASON_DROPPED, /* the kernel dropped a half-open connection for lack of room */
	TS_REASON_KEEPALIVE_TIMEOUT,
	TS_REASON_USER_TIMEOUT,	 /* TCP_USER_TIMEOUT */
	TS_REASON_PROBE_TIMEOUT, /* the peer's window stayed closed, without answers to probes */
	TS_REASON_FIN_TIMEOUT,	 /* an orphan in FIN_WAIT_2: the peer never closed */
	TS_REASON_ORPHAN_LIMIT,	 /* tcp_max_orphans or memory */
	TS_REASON_ABORTED_LATE_DATA,  /* data arrived for a closed socket */
	TS_REASON_TIME_WAIT_OVERFLOW, /* closed normally, but without a TIME_WAIT socket */
	TS_REASON_REUSED,	      /* a new connection replaced TIME_WAIT */
	TS_REASON_NO_LOCAL_PORT,      /* connect(): no free port, or the four-tuple is in use */
	TS_REASONS,
};

enum ts_lost_why {
	TS_LOST_BUFFER = 0, /* the ring was full */
	TS_LOST_RECURSION,  /* a softirq interrupted both copies of the program */
	/*
	 * No room for half-open connections: not events, but connections of which nothing is
	 * reported unless their handshake completes
	 */
	TS_LOST_HALF_OPEN,
	TS_LOST_WHYS,
};

struct ts_frame {
	__u16 type;
	__u16 size; /* bytes, this header included; a multiple of 8 */
	__u32 flags;
};

enum ts_flag {
	TS_F_INFERRED = 1 << 0,	  /* inferred, not seen */
	TS_F_MAPPED = 1 << 1,	  /* IPv4 on an IPv6 socket */
	TS_F_ACTOR = 1 << 2,	  /* by_pid and by_comm are valid */
	TS_F_PID_HIDDEN = 1 << 3, /* owner lives outside the tracer's PID namespace: pid is 0 */
	TS_F_TOTALS = 1 << 4,	  /* the totals are valid: the full socket ends */
	TS_F_COOKIE = 1 << 5,	  /* the handshake used a SYN cookie */
	TS_F_FAST_OPEN = 1 << 6,  /* handshake by TCP Fast Open, with data in the SYN */
	/* Of an IPv6 socket without a peer, on all addresses: */
	TS_F_DUAL_STACK = 1 << 7, /* takes IPv4 too */
	TS_F_V6ONLY = 1 << 8,	  /* does not */
	TS_F_REPAIRED = 1 << 9,	  /* TCP_REPAIR made the connection, without a handshake */
	TS_F_LATE = 1 << 10,	  /* mono_ns is later than the transition */
	TS_F_NO_RECORD = 1 << 11, /* the kernel had no storage for the socket's record */
	/*
	 * Bits 16 to 31: retransmitted SYNs or SYN-ACKs, on a transition out of SYN_SENT or
	 * SYN_RECV; 0xffff: that many or more.
	 */
	TS_F_RETRANS_SHIFT = 16,
};

/* Direction of the RST that ended a connection. */
enum ts_rst { TS_RST_NONE = 0, TS_RST_RECEIVED, TS_RST_SENT, TS_RSTS };

/*
 * The kernel's enum sk_rst_reason (6.10 and later) with fixed numbers, because those of the kernel
 * differ between versions: 6.18's, with new ones at the end. src/tcp/rst_reason.h has all of them;
 * these are the ones that the kernel side infers.
 */
enum ts_rst_reason {
	TS_RST_REASON_UNKNOWN = 0, /* the kernel does not report it, or its name is unknown */
	TS_RST_REASON_TCP_ABORT_ON_DATA = 8,
	TS_RST_REASON_TCP_TIMEWAIT_SOCKET = 9,
	TS_RST_REASON_INVALID_SYN = 10,
	TS_RST_REASON_TCP_ABORT_ON_CLOSE = 11,
	TS_RST_REASON_TCP_ABORT_ON_LINGER = 12,
	TS_RST_REASON_TCP_ABORT_ON_MEMORY = 13,
	TS_RST_REASON_TCP_STATE = 14,
	TS_RST_REASON_TCP_DISCONNECT_WITH_DATA = 16,
	TS_RST_REASONS_MAX = 64,
};

struct ts_transition {
	struct ts_frame frame;
	__u64 mono_ns;		 /* CLOCK_MONOTONIC at the transition */
	__u64 since_ns;		 /* the same at entry to the old state; 0: not seen */
	__u64 id;		 /* socket cookie */
	__u64 cgroup;		 /* cgroup v2 id of the socket; 0: none */
	__u8 laddr[TS_ADDR_LEN]; /* network order; IPv4 in the first four bytes */
	__u8 raddr[TS_ADDR_LEN];
	__u16 lport;		/* host order; 0: not chosen yet */
	__u16 rport;		/* host order; 0: none */
	__u32 netns;		/* inode number */
	__u32 pid;		/* thread group id; 0: unknown */
	__u32 uid;		/* effective user of the owner, where the owner is known */
	char comm[TS_COMM_LEN]; /* the group leader's; not always terminated */
	__u16 err;		/* the socket's error, an errno; 0: none */
	__u8 family;		/* 4 or 6; a mapped address is 4 */
	__u8 old_state;
	__u8 new_state;
	__u8 owner;  /* enum ts_owner */
	__u8 role;   /* enum ts_role */
	__u8 reason; /* enum ts_reason */
	/* 112 bytes; the rest only if frame.size includes it */
	__u32 by_pid; /* the actor, if it is not the owner */
	__u8 rst;     /* enum ts_rst */
	__u8 rst_reason;
	__u16 pad;
	char by_comm[TS_COMM_LEN];
	/* 136 bytes; then the totals of the full socket, with TS_F_TOTALS */
	__u64 bytes_in;	     /* payload received in order */
	__u64 bytes_out;     /* payload that the peer acknowledged */
	__u64 first_seen_ns; /* CLOCK_MONOTONIC at its first transition; 0: not seen */
	__u32 segs_retrans;
	__u32 srtt_us; /* 0: never measured */
	/* 168 bytes; then the interface, of a socket that is bound to one */
	__u32 device; /* its index; 0: none */
	__u32 pad2;
	char device_name[TS_DEVICE_LEN]; /* empty: unknown */
};

enum { TS_TRANSITION_BASE = 112, TS_TRANSITION_ACTOR = 136, TS_TRANSITION_TOTALS = 168 };

enum ts_drop_why {
	TS_DROP_ACCEPT_QUEUE = 0, /* accept queue full: SYN or last ACK dropped */
	TS_DROP_SYN_QUEUE,	  /* SYN queue full, no cookies: SYN dropped */
	TS_DROP_COOKIE,		  /* SYN queue full: answered with a SYN cookie */
	TS_DROP_SYNACK_RETRANS,	  /* SYN-ACK without an answer, retransmitted */
	TS_DROP_WHYS,
};

/* At most one per listener, kind and 10 ms; `count` has all drops since the last. */
struct ts_drop {
	struct ts_frame frame;
	__u64 mono_ns;
	__u64 id;     /* of the listener; SYNACK_RETRANS: of the half-open connection */
	__u64 cgroup; /* the listener's */
	__u8 laddr[TS_ADDR_LEN];
	__u8 raddr[TS_ADDR_LEN]; /* of one of them */
	__u16 lport;
	__u16 rport;
	__u32 netns;
	__u32 pid; /* the listener's owner */
	__u32 uid;
	char comm[TS_COMM_LEN];
	__u32 count;
	__u32 queue;   /* length of the queue that why names; the SYN queue for SYNACK_RETRANS */
	__u32 limit;   /* of that queue */
	__u16 retrans; /* SYNACK_RETRANS: times, this one included */
	__u8 family;
	__u8 owner;  /* enum ts_owner */
	__u8 why;    /* enum ts_drop_why */
	__u8 at_ack; /* ACCEPT_QUEUE: the handshake's last ACK, not its SYN */
	__u16 pad;
	__u32 device; /* as of a transition; 0 in old recordings */
	/* 120 bytes */
	char device_name[TS_DEVICE_LEN];
};

enum { TS_DROP_BASE = 120 };

struct ts_lost {
	struct ts_frame frame;
	__u64 mono_ns;	/* time of the report */
	__u64 since_ns; /* the first loss of this batch; 0: unknown */
	__u64 count;	/* transitions that are not in the stream */
	__u32 cpu;
	__u32 why; /* enum ts_lost_why */
};

struct ts_port {
	struct ts_frame frame;
	__u64 mono_ns;
	__u64 id;
	__u16 lport; /* host order; 0: the socket ended before its port was found */
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
	__u32 netns_missed; /* network namespaces that could not be scanned */
};

struct ts_end {
	struct ts_frame frame;
	__u64 mono_ns;
	__u64 transitions; /* frames of that type in the file */
	__u64 lost;
};

_Static_assert(sizeof(struct ts_frame) == 8, "frame header");
_Static_assert(sizeof(struct ts_transition) == 192, "transition frame");
_Static_assert(__builtin_offsetof(struct ts_transition, laddr) == 40, "transition frame");
_Static_assert(__builtin_offsetof(struct ts_transition, lport) == 72, "transition frame");
_Static_assert(__builtin_offsetof(struct ts_transition, comm) == 88, "transition frame");
_Static_assert(__builtin_offsetof(struct ts_transition, by_pid) == TS_TRANSITION_BASE,
	       "transition frame");
_Static_assert(__builtin_offsetof(struct ts_transition, bytes_in) == TS_TRANSITION_ACTOR,
	       "transition frame");
_Static_assert(__builtin_offsetof(struct ts_transition, device) == TS_TRANSITION_TOTALS,
	       "transition frame");
_Static_assert(sizeof(struct ts_drop) == 136, "drop frame");
_Static_assert(sizeof(struct ts_lost) == 40, "lost frame");
_Static_assert(sizeof(struct ts_port) == 32, "port frame");
_Static_assert(sizeof(struct ts_clock) == 24, "clock frame");
_Static_assert(sizeof(struct ts_ready) == 32, "ready frame");
_Static_assert(sizeof(struct ts_end) == 32, "end frame");

#endif
