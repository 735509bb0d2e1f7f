/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What tcpstate knows of a socket, kept in the socket itself (SK_STORAGE).
 * Written by the kernel side, read by it and through the iterators.
 */
#ifndef TCPSTATE_RECORD_H
#define TCPSTATE_RECORD_H

#include "event.h"

enum { TS_RECORD_VERSION = 2 };

enum ts_record_mark {
	TS_M_COOKIE = 1 << 0,	 /* made from a SYN cookie */
	TS_M_FAST_OPEN = 1 << 1, /* made from a SYN with data */
	TS_M_UNTOLD = 1 << 2,	 /* its LISTEN->SYN_RECV waits for an id */
};

enum ts_record_flag {
	TS_R_COUNTED = 1 << 0, /* has a place in the sockets-per-state counts */
};

struct ts_record {
	__u64 id;	     /* cookie; in a child that was just cloned, still the listener's */
	__u64 since_ns;	     /* entry to `state`; 0: not seen */
	__u64 syn_recv_ns;   /* a LISTEN->SYN_RECV that waits for the child's identity; 0: none */
	__u64 first_seen_ns; /* its first transition: SYN sent or received, or listen; 0: not seen */
	__u64 timewait;	     /* address of the timewait socket that takes over; 0: none yet */
	__u64 owner_start_ns; /* start time of the owner's group leader: with pid, a process */
	__u64 cgroup;	      /* cgroup v2 id; a socket stays in the one it was made in */
	__u32 tgid;	      /* initial PID namespace's */
	__u32 pid;	      /* as the tracer's PID namespace sees it; 0: not visible there */
	__u32 uid;	      /* effective */
	char comm[TS_COMM_LEN];
	__u8 owner;   /* enum ts_owner */
	__u8 role;    /* enum ts_role */
	__u8 pending; /* old << 4 | new: a transition to be counted once the port is known */
	__u8 rst;     /* enum ts_rst: a RST that came before the end */
	__u8 rst_reason;
	__u8 timewait_state; /* TS_TIME_WAIT or TS_FIN_WAIT_2; TS_CLOSED: no room for one */
	__u8 marks;	     /* enum ts_record_mark */
	__u8 pad;
	__u32 retrans; /* SYN-ACKs sent again, of a request socket */
	/*
	 * State and TS_R_COUNTED in one word, swapped atomically: whoever moves a
	 * socket from one count to another does so exactly once. 0: no state yet.
	 */
	__u32 place;  /* state | flags << 8 */
	__u32 origin; /* id of the stack that it came from (stack.h); 0: not known */
};

/* A socket that waits for its local port, and the transition that it made meanwhile. */
struct ts_portless {
	__u64 address; /* of the sock, for the kernel side alone */
	__u8 old_state;
	__u8 new_state;
	__u8 pending; /* the filter's answer hangs on the port: in no counter yet */
	__u8 told;    /* user space's: the port has been told in the stream */
	__u16 lport;  /* user space's: 0 until found */
	__u16 pad;
};

/*
 * What goes on without a full socket: a request socket before it, a timewait socket after it.
 * Keyed by its address.
 */
struct ts_minisock {
	struct ts_record rec;
	/* timewait: the full socket's totals, until a transition has told them */
	__u64 bytes_in;
	__u64 bytes_out;
	__u32 segs_retrans;
	__u32 srtt_us;
	__u8 totals;	/* they are still to be told */
	__u8 in_cgroup; /* the filter's --cgroup has it */
	__u8 pad[6];
};

/*
 * A half-open connection that showed itself by a second SYN-ACK, on kernels that do not tell of
 * request sockets: by id. User space looks now and then whether it is still there.
 */
struct ts_half_open {
	__u64 begun_ns;
	__u32 round; /* the last look that met it; 0: none has */
	__u32 pad;
	struct ts_transition told; /* its LISTEN->SYN_RECV */
};

_Static_assert(sizeof(struct ts_half_open) == 184, "half-open");
_Static_assert(sizeof(struct ts_minisock) == 136, "mini");
_Static_assert(sizeof(struct ts_portless) == 16, "portless");
_Static_assert(sizeof(struct ts_record) == 104, "record");

#endif
