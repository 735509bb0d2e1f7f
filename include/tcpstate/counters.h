/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * One slot a CPU in a map that user space has mapped: the counters are read
 * without a system call. A CPU's counters are interrupted by its own softirqs,
 * so every update is atomic. A single slot's `sockets` may be negative (a socket
 * enters on one CPU and leaves on another); the sum over CPUs may not.
 */
#ifndef TCPSTATE_COUNTERS_H
#define TCPSTATE_COUNTERS_H

#include "record.h"

struct ts_slot {
	__u64 transitions[16][16]; /* [old][new], what the filter lets through */
	__s64 sockets[16];	   /* by state */
	__u64 lost_pending;	   /* not yet told in the stream */
	__u64 lost_since_ns;	   /* when the first of them was lost */
	__u64 lost;		   /* all that the ring had no room for */
	__u64 rescued;		   /* seen by a later copy alone */
	__u64 without_record;	   /* transitions of sockets the kernel gave no storage for */
	/*
	 * The transition that was finished with last, for the copies that come after: of sockets
	 * whose lock a task holds [1], and of others [0], which interrupt those.
	 */
	struct {
		__u64 sk;
		__u64 state;
	} done[2];
	__u64 first_active; /* the first copy is running on this CPU */
	__u64 unwoken;	    /* events since this CPU last woke the reader */
	/* What this CPU is in the middle of, by address; 0: nothing. */
	__u64 cloning;		       /* request socket that a child is being made from */
	__u64 aborting;		       /* socket in tcp_abort() */
	__u64 timer;		       /* in a request socket's timer */
	__u64 packet;		       /* timewait socket that takes a packet ... */
	__u32 packet_flags;	       /* ... with these flags, enum ts_packet_flag */
	__u32 clone_fate;	       /* enum ts_clone_fate */
	struct ts_half_open half_open; /* in the making: too large for a program's stack */
	__u64 second_active;	       /* the second is */
};

enum ts_packet_flag { TS_PACKET_RST = 1, TS_PACKET_SYN = 2 };
enum ts_clone_fate { TS_CLONE_UNKNOWN = 0, TS_CLONE_TRACKED, TS_CLONE_UNWANTED };

_Static_assert(sizeof(struct ts_slot) == 2496, "slot");

#endif
