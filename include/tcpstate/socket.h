/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Rows that the iterators of `list` write, each with its kind and size first. The same run reads
 * them, so this format need not stay compatible.
 *
 * Times that the kernel has in ticks are ticks before or after the read.
 */
#ifndef TCPSTATE_SOCKET_H
#define TCPSTATE_SOCKET_H

#include "record.h"

enum ts_row_kind {
	TS_ROW_SOCKET = 1, /* struct ts_socket */
	TS_ROW_HOLDER,	   /* struct ts_holder: a file descriptor of a process */
	TS_ROW_CHILD,	   /* struct ts_child: a connection in the accept queue */
	TS_ROW_SLOT,  /* struct ts_holder: in the table of an io_uring, whose descriptor is fd */
	TS_ROW_NETNS, /* struct ts_netns_row: a network namespace, and what leads to it */
};

struct ts_row_head {
	__u32 kind;
	__u32 size;
};

enum ts_socket_flag {
	TS_S_MAPPED = 1 << 0,  /* IPv4 on an IPv6 socket */
	TS_S_ORPHAN = 1 << 1,  /* closed by its process, still alive */
	TS_S_KERNEL = 1 << 2,  /* the kernel's */
	TS_S_NO_FILE = 1 << 3, /* no process has a file of it */
	TS_S_SUBFLOW = 1 << 4, /* of an MPTCP connection */
	TS_S_IPV6 = 1 << 5,    /* an IPv6 socket, even if it uses IPv4 */
	TS_S_V6ONLY = 1 << 6,
	TS_S_FIN_SEEN = 1 << 7,	 /* the peer's FIN takes one byte of recv_q */
	TS_S_RECORD = 1 << 8,	 /* since_ns and owner are valid: a tracer runs */
	TS_S_MINISOCK = 1 << 9,	 /* a request or timewait socket: no queues, no counters */
	TS_S_BEGUN = 1 << 10,	 /* begun_us is known */
	TS_S_UNWANTED = 1 << 11, /* a listener that the filter excludes, but not all its children */
	TS_S_SYN_DATA = 1 << 12, /* Fast Open: data went with the SYN */
	TS_S_CONNECTION = 1 << 13, /* state and queues are those of its MPTCP connection */
	TS_S_JOINED = 1 << 14,	   /* another row shows its MPTCP connection */
	TS_S_SERVED = 1 << 15,	   /* a passive open; not known of all passive opens */
	TS_S_ACK_CAME = 1 << 16,   /* a request socket: the last ACK of the handshake has come */
	TS_S_DEFERRED = 1 << 17,   /* a request socket: its listener has TCP_DEFER_ACCEPT */
	TS_S_ENDED = 1 << 18,	   /* TS_CLOSED: it had a connection, or tried to have one */
	TS_S_KEEPALIVE = 1 << 19,  /* SO_KEEPALIVE; keep_... are valid */
	TS_S_NO_OPTIONS = 1 << 29, /* not of an iterator: SO_KEEPALIVE is unknown */
	TS_S_NO_INFO = 1 << 30,	   /* not of an iterator: times, windows and counters are unknown */
};

/* Sockets that the kernel has in no table. */
enum ts_closed {
	TS_CLOSED_TCP = 1 << 0,
	TS_CLOSED_UDP = 1 << 1,
};

enum ts_timer {
	TS_TIMER_NONE,
	TS_TIMER_ON,
	TS_TIMER_KEEPALIVE,
	TS_TIMER_TIMEWAIT,
	TS_TIMER_PERSIST
};

struct ts_socket {
	struct ts_row_head head;
	__u64 address;	  /* in the kernel, to join rows */
	__u64 listener;	  /* of a request socket; 0: none */
	__u64 connection; /* of an MPTCP subflow: address of the connection's socket; 0: none */
	__u64 id;	  /* cookie */
	__u64 inode;	  /* 0: none */
	__u64 cgroup;	  /* cgroup v2 id; 0: unknown */
	__u64 bytes_in;
	__u64 bytes_out;
	__u64 since_ns; /* TS_S_RECORD: entry to the state; 0: unknown */
	__u64 begun_us; /* TS_S_BEGUN: CLOCK_MONOTONIC of the SYN received or sent */
	__u8 laddr[TS_ADDR_LEN];
	__u8 raddr[TS_ADDR_LEN];
	__u32 netns;
	__u32 uid; /* of the socket's inode */
	__u32 flags;
	__u16 lport;
	__u16 rport;
	__u8 family;	  /* 4 or 6; mapped is 4 */
	__u8 proto;	  /* IPPROTO_TCP, IPPROTO_UDP */
	__u8 state;	  /* enum ts_tcp_state, never TS_NEW_SYN_RECV */
	__u8 timer;	  /* enum ts_timer */
	__u8 retransmits; /* timeouts of the first unacknowledged segment; retransmitted SYN-ACKs */
	__u8 backoff;
	__u8 probes;
	__u8 owner; /* TS_S_RECORD: enum ts_owner; of pid and comm below */
	__u32 recv_q;
	__u32 send_q;
	__u32 unsent;
	__u32 rtt_us;
	__u32 rttvar_us;
	__u32 cwnd;
	__u32 ssthresh;
	__u32 retrans_out; /* retransmitted segments in flight */
	__u32 total_retrans;
	__u32 backlog; /* accept queue of a listener */
	__u32 backlog_max;
	__s32 expires;	/* ticks until the timer; negative: overdue */
	__s32 received; /* ticks since the last segment with data arrived */
	__s32 sent;	/* ticks since the last data was sent */
	__s32 acked;	/* ticks since the last acknowledgement */
	/* CLOSE_WAIT, CLOSING, a connection's FIN_WAIT_2, TS_S_ENDED: since the last packet */
	__u32 quiet_ms;
	/* minimum of ticks since the peer acknowledged any of send_q; 0: unknown;
	 * TS_S_ENDED: a timeout */
	__s32 stalled;
	__u32 read_seq;	   /* sequence numbers: read position of the process, ... */
	__u32 acked_seq;   /* ... and end of the data that the peer has acknowledged */
	__u32 fin_timeout; /* FIN_WAIT_2: its namespace's tcp_fin_timeout, ticks */
	__u32 device;	   /* bound to this interface; 0: none */
	__u32 pid;	   /* TS_S_RECORD: of the owner, as comm */
	char comm[TS_COMM_LEN];
	char congestion[16];
	__u32 origin;	       /* TS_S_RECORD: id of the stack that created it; 0: unknown */
	__u32 error;	       /* TS_CLOSED: errno that the process has not taken yet; 0: none */
	__u32 keep_time;       /* TS_S_KEEPALIVE: ticks of silence before the first probe, ... */
	__u32 keep_interval;   /* ... and between probes */
	__u32 keep_probes;     /* as many may stay unanswered */
	__u32 user_timeout_ms; /* TCP_USER_TIMEOUT; 0: none */
	char device_name[TS_DEVICE_LEN]; /* empty: unknown */
};

struct ts_holder {
	struct ts_row_head head;
	__u64 inode;
	__u64 start_ns; /* start of the process: with tgid, identifies it */
	__u32 tgid;	/* initial PID namespace's */
	__u32 pid;	/* in the reader's PID namespace; 0: not visible there */
	__u32 fd;
	__u32 uid; /* effective */
	char comm[TS_COMM_LEN];
	__u32 more; /* descriptors that were counted, and have no row of their own */
	__u32 unused;
};

enum ts_netns_way {
	TS_NETNS_KERNEL, /* it is in the kernel's list */
	TS_NETNS_THREAD, /* thread fd of the process is in it, and its leader is not */
	TS_NETNS_SOCKET, /* the process has a socket in it as descriptor fd */
	TS_NETNS_FILE,	 /* descriptor fd may be of the namespace itself */
};

struct ts_netns_row {
	struct ts_row_head head;
	__u32 inode;
	__u32 way; /* enum ts_netns_way */
	__u32 pid; /* of the process, in the reader's PID namespace */
	__u32 fd;
};

struct ts_child {
	struct ts_row_head head;
	__u64 address;
	__u64 listener;
};

_Static_assert(sizeof(struct ts_socket) == 304, "socket");
_Static_assert(sizeof(struct ts_holder) == 64, "holder");
_Static_assert(sizeof(struct ts_netns_row) == 24, "netns");
_Static_assert(sizeof(struct ts_child) == 24, "child");

#endif
