/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A row of a table: a transition, a handshake drop or a socket, from which fields get their values. */
#ifndef FIELDS_ROW_H
#define FIELDS_ROW_H

#include <stdbool.h>
#include <stdint.h>

#include <tcpstate/event.h>

struct socket_entry;
struct socket_view;
struct ts_socket;

/* Whether an IPv6 socket without a peer takes IPv4, too. */
enum dual_stack {
	DUAL_STACK_NULL,
	/* unknown, IPv4, or a connection */ DUAL_STACK_NO,
	DUAL_STACK_YES
};

/* The columns that transitions and sockets share are of this, the process and the totals. */
struct endpoint {
	uint8_t family;		 /* 4 or 6; 0: unknown */
	uint8_t proto;		 /* IPPROTO_TCP, IPPROTO_UDP */
	uint8_t dual_stack;	 /* enum dual_stack */
	uint16_t lport, rport;	 /* 0: unknown */
	uint32_t netns;		 /* inode; 0: unknown */
	uint64_t id;		 /* socket cookie; 0: unknown */
	uint32_t device;	 /* interface that it is bound to; 0: none */
	const char *device_name; /* TS_DEVICE_LEN bytes, not always terminated; empty: unknown */
	const uint8_t *laddr, *raddr; /* network order; raddr NULL: no peer */
};

/* The owner of a socket. */
struct row_process {
	const char *comm; /* TS_COMM_LEN bytes, not always terminated; NULL: unknown */
	uint32_t pid;	  /* 0: unknown */
	uint32_t uid;
	bool has_uid;
	uint8_t owner; /* enum ts_owner: how the process is known */
};

/* Counters of a whole connection. */
struct totals {
	bool apply; /* false: this row does not have them at all */
	bool has_bytes;
	bool has_retrans;
	uint32_t segs_retrans;
	uint32_t srtt_us; /* 0: unknown */
	uint64_t bytes_in, bytes_out;
};

struct row {
	struct endpoint endpoint;
	struct row_process process;
	struct totals totals;
	const char *type; /* of the JSON object; NULL: the output's */
	char mark;	  /* text: before the row, of an output with marks */

	const struct ts_transition *t; /* NULL: a socket */
	const struct ts_drop *drop;    /* NULL, or the handshake drop that `t` was made from */
	const char *cgroup;	       /* of a transition: path; NULL: unknown */
	int64_t clock_offset;	       /* wall clock minus monotonic clock, ns */
	bool retrans_unknown;	       /* the source does not count retransmissions of handshakes */

	const struct socket_entry *entry; /* NULL: not a socket */
	const struct ts_socket *socket;	  /* the entry's */
	const struct socket_view *view;
};

/* All pointers are kept; cgroup, clock_offset and retrans_unknown are left for the caller to set. */
void row_of_transition(struct row *row, const struct ts_transition *t, const struct ts_drop *drop);
void row_of_socket(struct row *row, const struct socket_view *view,
		   const struct socket_entry *entry);
/* The path of the row's cgroup; NULL: unknown. */
const char *row_cgroup(const struct row *row);

#endif
