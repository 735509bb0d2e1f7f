/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A filter, and its only implementation. The kernel side compiles these functions over its
 * read-only configuration, user space over the frames that it reads. So a live trace and the replay
 * of its recording give the same result.
 *
 * A port may be unknown until the kernel chooses it: the result is then TS_MAYBE, and the caller
 * waits for the port.
 */
#ifndef TCPSTATE_FILTER_H
#define TCPSTATE_FILTER_H

#include "event.h"

enum ts_match { TS_NO = 0, TS_MAYBE = 1, TS_YES = 2 };

enum { TS_FILTER_IDS = 64, TS_FILTER_BLOCKS = 32, TS_PORT_WORDS = 1024 };

/* Bits of ts_filter.on: which criteria were given. */
enum ts_criterion {
	TS_BY_FAMILY = 1 << 0,
	TS_BY_PID = 1 << 1,
	TS_BY_COMM = 1 << 2,
	TS_BY_UID = 1 << 3,
	TS_BY_LPORT = 1 << 4,
	TS_BY_RPORT = 1 << 5,
	TS_BY_LADDR = 1 << 6,
	TS_BY_RADDR = 1 << 7,
	TS_BY_STATE = 1 << 8,
	TS_BY_NETNS = 1 << 9,
	TS_BY_CGROUP = 1 << 10,
};

enum {
	TS_BY_OWNER = TS_BY_PID | TS_BY_COMM | TS_BY_UID,
	TS_BY_TUPLE = TS_BY_FAMILY | TS_BY_LPORT | TS_BY_RPORT | TS_BY_LADDR | TS_BY_RADDR |
		      TS_BY_NETNS,
};

/*
 * What a filter needs of a socket. An IPv6 socket that waits on all addresses takes IPv4 too, unless
 * IPV6_V6ONLY is set: it has both families, and the addresses :: and 0.0.0.0.
 */
struct ts_tuple {
	__u64 laddr[2]; /* network order; IPv4 in the first four bytes */
	__u64 raddr[2];
	__u32 netns;
	__u16 lport;  /* host order; 0: not chosen */
	__u16 rport;  /* 0: no peer */
	__u16 family; /* 4 or 6; mapped is 4 */
	__u16 flags;  /* TS_F_MAPPED, TS_F_DUAL_STACK, TS_F_V6ONLY */
};

/* A CIDR block: an address of this family matches if (address & mask) == value. */
struct ts_block {
	__u64 value[2]; /* network order, as the address lies in memory */
	__u64 mask[2];
	__u32 family; /* 4 or 6 */
	__u32 pad;
};

/*
 * Command name patterns as a bit-parallel automaton (Baeza-Yates and Gonnet's Shift-And, with
 * self-loops for `*`): 16 steps for any patterns. Bit i of the state set means that the tokens
 * before i have matched.
 */
struct ts_glob {
	__u64 start;	  /* where each pattern begins */
	__u64 accept;	  /* where each pattern is complete */
	__u64 loop;	  /* states whose token is `*` */
	__u64 takes[256]; /* for each byte: the states whose next token takes it */
};

struct ts_filter {
	__u32 on;     /* enum ts_criterion */
	__u32 family; /* 4 or 6 */
	__u32 pids;   /* entries used in pid */
	__u32 uids;
	__u32 laddrs;
	__u32 raddrs;
	__u32 netns;	    /* inode number */
	__u32 cgroup_level; /* depth of the cgroup below the root */
	__u64 cgroup;	    /* cgroup v2 id */
	__u32 pid[TS_FILTER_IDS];
	__u32 uid[TS_FILTER_IDS];
	struct ts_block laddr[TS_FILTER_BLOCKS];
	struct ts_block raddr[TS_FILTER_BLOCKS];
	__u16 pair[16]; /* pair[old] has bit `new` where that transition is wanted */
	struct ts_glob comm;
	__u64 lport[TS_PORT_WORDS]; /* bit p of the 65,536 */
	__u64 rport[TS_PORT_WORDS];
};

static inline int ts_filter_port(const volatile __u64 *ports, __u16 port)
{
	if (!port)
		return TS_MAYBE;
	return ports[(port >> 6) & (TS_PORT_WORDS - 1)] >> (port & 63) & 1 ? TS_YES : TS_NO;
}

static inline int ts_filter_id(const volatile __u32 *ids, __u32 n, __u32 id)
{
	for (__u32 i = 0; i < TS_FILTER_IDS; i++) {
		if (i >= n)
			break;
		if (ids[i] == id)
			return TS_YES;
	}
	return TS_NO;
}

/* dual: an IPv6 address that stands for 0.0.0.0 too. */
static inline int ts_filter_addr(const volatile struct ts_block *blocks, __u32 n, __u32 family,
				 __u64 a0, __u64 a1, __u32 dual)
{
	for (__u32 i = 0; i < TS_FILTER_BLOCKS; i++) {
		if (i >= n)
			break;
		if (dual && blocks[i].family == 4 && !blocks[i].value[0])
			return TS_YES;
		if (blocks[i].family == family && (a0 & blocks[i].mask[0]) == blocks[i].value[0] &&
		    (a1 & blocks[i].mask[1]) == blocks[i].value[1])
			return TS_YES;
	}
	return TS_NO;
}

/* By facts that never change once they are known. A listener has no remote address and port. */
static inline __attribute__((always_inline)) int ts_filter_tuple(const volatile struct ts_filter *f,
								 const struct ts_tuple *t)
{
	__u32 on = f->on, dual = t->flags & TS_F_DUAL_STACK;

	if (on & TS_BY_FAMILY && t->family != f->family && !dual)
		return TS_NO;
	if (on & TS_BY_NETNS && t->netns != f->netns)
		return TS_NO;
	if (on & (TS_BY_RPORT | TS_BY_RADDR) && !t->rport)
		return TS_NO;
	if (on & TS_BY_RPORT && ts_filter_port(f->rport, t->rport) != TS_YES)
		return TS_NO;
	if (on & TS_BY_LADDR &&
	    !ts_filter_addr(f->laddr, f->laddrs, t->family, t->laddr[0], t->laddr[1], dual))
		return TS_NO;
	if (on & TS_BY_RADDR &&
	    !ts_filter_addr(f->raddr, f->raddrs, t->family, t->raddr[0], t->raddr[1], 0))
		return TS_NO;
	return on & TS_BY_LPORT ? ts_filter_port(f->lport, t->lport) : TS_YES;
}

static inline int ts_filter_pair(const volatile struct ts_filter *f, __u8 old, __u8 new)
{
	return f->pair[old & 15] >> (new & 15) & 1 ? TS_YES : TS_NO;
}

static inline int ts_filter_comm(const volatile struct ts_glob *g, const char *comm)
{
	__u64 at = g->start;

	for (int i = 0; i < TS_COMM_LEN && comm[i]; i++) {
		__u64 next = (at & g->takes[(__u8)comm[i]]) << 1;

		at = next | (at & g->loop);
	}
	return at & g->accept ? TS_YES : TS_NO;
}

#endif
