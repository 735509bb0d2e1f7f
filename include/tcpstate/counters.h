/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * One slot per CPU in a map that user space has mapped, so that reading the counters needs no
 * system call. Softirqs interrupt other updates on the same CPU: every update is atomic. `sockets`
 * of one slot may be negative (a socket enters on one CPU and leaves on another); the sum over all
 * CPUs is not.
 */
#ifndef TCPSTATE_COUNTERS_H
#define TCPSTATE_COUNTERS_H

#include "record.h"

struct ts_slot {
	__u64 transitions[16][16]; /* [old][new], those that pass the filter */
	__s64 sockets[16];	   /* by state */
	__u64 lost_pending;	   /* lost events that the stream does not report yet */
	__u64 lost_since_ns;	   /* when the first of them was lost */
	__u64 lost;		   /* all events that did not fit into the ring */
	__u64 recovered;	   /* transitions that only a later copy of the program saw */
	__u64 without_record;	   /* transitions of sockets that got no storage */
	/*
	 * The last finished transition, for the later copies of the program: of sockets whose lock
	 * a task owns [1], and of others [0], which interrupt those.
	 */
	struct {
		__u64 sk;
		__u64 state;
	} done[2];
	__u64 first_active; /* the first copy is running on this CPU */
	__u64 unwoken;	    /* events since this CPU last woke the reader */
	/* Addresses of the objects that this CPU is handling; 0: none. */
	__u64 cloning;		       /* request socket that a child is being made from */
	__u64 aborting;		       /* socket in tcp_abort() */
	__u64 timer;		       /* in a request socket's timer */
	__u64 packet;		       /* socket that receives a packet ... */
	__u32 packet_flags;	       /* ... with these flags, enum ts_packet_flag */
	__u32 clone_fate;	       /* enum ts_clone_fate */
	struct ts_half_open half_open; /* scratch: too large for a program's stack */
	__u64 second_active;	       /* the second copy is running on this CPU */
	__u64 half_opens_refused;      /* connections that `half_opens` had no room for */
	__u64 ports_refused;	       /* sockets that `pending_ports` had no room for */
	__u64 listeners_refused;       /* that `closed_listeners` had no room for */
};

enum ts_packet_flag { TS_PACKET_RST = 1, TS_PACKET_SYN = 2 };
/* Why user space is to scan the open files again: no owner is known who holds the socket. */
enum ts_rescan { TS_RESCAN_NONE = 0, TS_RESCAN_LEFT, TS_RESCAN_EXITED };
enum ts_clone_fate { TS_CLONE_UNKNOWN = 0, TS_CLONE_TRACKED, TS_CLONE_UNWANTED };

_Static_assert(sizeof(struct ts_slot) == 2464, "slot");

#endif
