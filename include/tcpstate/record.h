/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The record of a socket, kept in the socket itself (SK_STORAGE). The kernel side writes it; user
 * space reads it through the iterators.
 */
#ifndef TCPSTATE_RECORD_H
#define TCPSTATE_RECORD_H

#include "event.h"

/* To be raised with each change of the layout: pinned maps of another version are not used. */
enum { TS_RECORD_VERSION = 6 };

enum ts_record_flag {
	TS_R_COOKIE = 1 << 0,	  /* made from a SYN cookie */
	TS_R_FAST_OPEN = 1 << 1,  /* made from a SYN with data */
	TS_R_UNREPORTED = 1 << 2, /* its LISTEN->SYN_RECV is reported once the cookie is known */
	TS_R_REPAIRED = 1 << 3,	  /* its connect() was in TCP_REPAIR mode: no SYN was sent */
};

/* About the files of the owner. */
enum ts_files {
	TS_FILES_RING = 1 << 0,	  /* it uses io_uring, which can hold files that no table has */
	TS_FILES_THREAD = 1 << 1, /* a thread has a table of its own: the process is not checked */
};

/*
 * ts_record.state_word: a state, and whether the socket is in the count of that state. One word,
 * swapped atomically, so that a socket moves between counts exactly once. 0: no state yet.
 */
enum ts_state_word {
	TS_STATE_MASK = 0xff,
	TS_STATE_COUNTED = 1 << 8,
};

struct ts_record {
	__u64 id;	      /* cookie; in a child that was just cloned, still the listener's */
	__u64 since_ns;	      /* entry to the state; 0: before the trace */
	__u64 syn_recv_ns;    /* LISTEN->SYN_RECV that is not reported yet; 0: none */
	__u64 first_seen_ns;  /* first transition: SYN sent or received, or listen; 0: unknown */
	__u64 owner_start_ns; /* start of the owner's group leader: with tgid, a process */
	/* Where the owner has the socket open, for the kernel side only: see holder.bpf.h. */
	__u64 leader; /* address of its group leader; 0: unknown */
	__u64 file;   /* address of a listener's file, in its children too; 0: unknown */
	__u64 cgroup; /* cgroup v2 id; a socket stays in the cgroup it was created in */
	__u32 tgid;   /* in the initial PID namespace */
	__u32 pid;    /* in the tracer's PID namespace; 0: not visible there */
	__u32 uid;    /* effective */
	char comm[TS_COMM_LEN];
	__u8 owner;   /* enum ts_owner */
	__u8 role;    /* enum ts_role */
	__u8 pending; /* old << 4 | new: a transition to be counted once the port is known */
	__u8 rst;     /* enum ts_rst: a RST that came before the end */
	__u8 rst_reason;
	__u8 timewait_state; /* TS_TIME_WAIT or TS_FIN_WAIT_2; TS_CLOSED: it was not allocated */
	__u8 flags;	     /* enum ts_record_flag */
	__u8 err;	     /* last error that the kernel reported to the program; 0: none */
	__u32 txhash;	     /* client: sk_txhash at CLOSED->SYN_SENT */
	__u32 fd;	     /* number of the file, see holder.bpf.h */
	__u32 state_word;    /* enum ts_state_word */
	__u32 origin;	     /* id of the stack that created the socket (stack.h); 0: unknown */
	__u8 files;	     /* enum ts_files */
	__u8 soft_err;	     /* client: sk_err_soft at CLOSED->SYN_SENT */
	__u16 error_tail;    /* client: identifies the end of the error queue at CLOSED->SYN_SENT */
};

/* A socket whose local port is not chosen yet, and its last transition. */
struct ts_pending_port {
	__u64 address; /* of the sock, for the kernel side only */
	__u8 old_state;
	__u8 new_state;
	__u8 pending;  /* the filter needs the port: the transition is not counted yet */
	__u8 reported; /* set by user space: the stream has the port */
	__u16 lport;   /* set by user space; 0: not found yet */
	__u16 rport;
};

/* A request or timewait socket, by its address. */
struct ts_minisock {
	struct ts_record rec;
	/* timewait: totals of the full socket, valid if has_totals */
	__u64 bytes_in;
	__u64 bytes_out;
	__u32 segs_retrans;
	__u32 srtt_us;
	__u8 has_totals; /* no transition has reported them yet */
	__u8 in_cgroup;	 /* the full socket or the listener is in the filter's cgroup */
	__u8 pad[6];
};

/*
 * A half-open connection, by its cookie, on kernels without hooks for request sockets: known from
 * its first retransmitted SYN-ACK on. User space scans for those that still exist.
 */
struct ts_half_open {
	__u64 begun_ns;
	__u32 scan;	/* number of the last scan that found it; 0: none */
	__u32 added_in; /* number of the scan that began last before it was added */
	/* its LISTEN->SYN_RECV: the first bytes of a struct ts_transition */
	__u64 transition[TS_TRANSITION_BASE / 8];
};

_Static_assert(sizeof(struct ts_half_open) == 128, "half-open");
_Static_assert(sizeof(struct ts_minisock) == 152, "minisock");
_Static_assert(sizeof(struct ts_pending_port) == 16, "pending port");
_Static_assert(sizeof(struct ts_record) == 120, "record");

#endif
