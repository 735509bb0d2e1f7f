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

/* What a list of one criterion says of a value. */
enum ts_item { TS_EXCLUDED = -1, TS_ABSENT = 0, TS_INCLUDED = 1 };

enum { TS_FILTER_IDS = 64, TS_FILTER_BLOCKS = 32, TS_FILTER_ZONES = 16, TS_PORT_WORDS = 1024 };

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
	TS_BY_DEVICE = 1 << 11,
	TS_BY_PORT = 1 << 13, /* the local or the remote one; TS_BY_ADDR likewise */
	TS_BY_ADDR = 1 << 14,
	TS_BY_ZONE = 1 << 12, /* an address or TS_BY_DEVICE names an interface */
};

enum {
	TS_BY_OWNER = TS_BY_PID | TS_BY_COMM | TS_BY_UID,
	TS_BY_TUPLE = TS_BY_FAMILY | TS_BY_LPORT | TS_BY_RPORT | TS_BY_LADDR | TS_BY_RADDR |
		      TS_BY_NETNS | TS_BY_DEVICE | TS_BY_ZONE | TS_BY_PORT | TS_BY_ADDR,
};

/*
 * What a filter needs of a socket. An IPv6 socket that waits on all addresses takes IPv4 too, unless
 * IPV6_V6ONLY is set: it has both families, and the addresses :: and 0.0.0.0.
 */
struct ts_tuple {
	__u64 laddr[2]; /* network order; IPv4 in the first four bytes */
	__u64 raddr[2];
	__u64 net; /* kernel side: address of its struct net */
	__u32 netns;
	__u32 device; /* bound to this interface, or link-local there; 0: none */
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
	__u32 zone;   /* bit of the interface in ts_filter.zone; 0: any */
};

/* An interface, by its name in the namespace of the socket or by its index. */
struct ts_zone {
	__u64 name[TS_DEVICE_LEN / 8]; /* zeros behind it */
	__u32 index;		       /* 0: by name */
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
	__u64 refuse;	  /* the same of excluded patterns */
	__u64 loop;	  /* states whose token is `*` */
	__u64 takes[256]; /* for each byte: the states whose next token takes it */
};

/* Ports that a list excludes: kept to add more items to the list. */
struct ts_port_range {
	__u16 first;
	__u16 last;
};

/*
 * Each list has items that it includes and items that it excludes. It selects what is included, or
 * everything if it only excludes, less what is excluded. So a fact that is unknown, such as the
 * owner, or that a socket lacks, such as the peer of a listener, matches a list that only excludes.
 */
struct ts_filter {
	__u32 on;	/* enum ts_criterion */
	__u32 included; /* criteria whose lists include something */
	__u32 excluded; /* criteria whose lists exclude something */
	__u32 family;	/* 4 or 6 */
	__u32 pids;	/* entries of pid that are included; first */
	__u32 pid_nots; /* entries that are excluded; behind them */
	__u32 uids;
	__u32 uid_nots;
	__u32 laddrs; /* blocks that are included; behind those that are excluded */
	__u32 laddr_nots;
	__u32 raddrs;
	__u32 raddr_nots;
	__u32 addrs;
	__u32 addr_nots;
	__u32 netns;	    /* inode number */
	__u32 cgroup_level; /* depth of the cgroup below the root */
	__u64 cgroup;	    /* cgroup v2 id */
	__u32 pid[TS_FILTER_IDS];
	__u32 uid[TS_FILTER_IDS];
	struct ts_block laddr[TS_FILTER_BLOCKS];
	struct ts_block raddr[TS_FILTER_BLOCKS];
	struct ts_block addr[TS_FILTER_BLOCKS];
	__u32 zones;  /* entries used in zone */
	__u32 device; /* bits of the zones that TS_BY_DEVICE includes */
	__u32 device_not;
	__u32 pad;
	struct ts_zone zone[TS_FILTER_ZONES];
	__u16 pair[16];	    /* pair[old] has bit `new` where that transition is wanted */
	__u16 pair_not[16]; /* where it is excluded; contained in pair */
	struct ts_glob comm;
	__u64 lport[TS_PORT_WORDS]; /* bit p of the 65,536; without those that are excluded */
	__u64 rport[TS_PORT_WORDS];
	__u64 port[TS_PORT_WORDS];
	__u64 port_not[TS_PORT_WORDS];
	__u32 lport_nots; /* contained in lport */
	__u32 rport_nots;
	struct ts_port_range lport_not[TS_FILTER_IDS];
	struct ts_port_range rport_not[TS_FILTER_IDS];
};

#define TS_INLINE static inline __attribute__((always_inline))

TS_INLINE __u32 ts_port_bit(const volatile __u64 *ports, __u16 port)
{
	return ports[(port >> 6) & (TS_PORT_WORDS - 1)] >> (port & 63) & 1;
}

/*
 * By TS_BY_LPORT and TS_BY_PORT. The local port 0 is unknown yet, or, with `never`, never existed.
 * The remote port 0: there is no peer.
 */
TS_INLINE int ts_filter_ports(const volatile struct ts_filter *f, __u16 lport, __u16 rport,
			      __u32 never)
{
	__u32 on = f->on, included = f->included;
	int match = TS_YES;

	if (on & TS_BY_LPORT) {
		if (lport)
			match = ts_port_bit(f->lport, lport) ? TS_YES : TS_NO;
		else
			match = !never ? TS_MAYBE : included & TS_BY_LPORT ? TS_NO : TS_YES;
	}
	if (on & TS_BY_PORT) {
		__u32 in = !(included & TS_BY_PORT), out = 0;

		if (rport) {
			in |= ts_port_bit(f->port, rport);
			out |= ts_port_bit(f->port_not, rport);
		}
		if (lport) {
			in |= ts_port_bit(f->port, lport);
			out |= ts_port_bit(f->port_not, lport);
		}
		if (out || (!in && (lport || never)))
			return TS_NO;
		if (!lport && !never && (!in || f->excluded & TS_BY_PORT) && match)
			match = TS_MAYBE;
	}
	return match;
}

/*
 * An id is in the list once. The loop has one end: for two, the compiler reads a register that only
 * one of them has saved, which verifiers before 6.3 refuse.
 */
static inline int ts_filter_id(const volatile __u32 *ids, __u32 n, __u32 nots, __u32 id)
{
	int item = n ? TS_ABSENT : TS_INCLUDED;

	for (__u32 i = 0; i < TS_FILTER_IDS; i++) {
		if (i >= n + nots)
			break;
		if (ids[i] == id)
			item = i < n ? TS_INCLUDED : TS_EXCLUDED;
	}
	return item;
}

/* The bits of the zones that this interface is. */
static inline __u32 ts_filter_zones(const volatile struct ts_filter *f, __u32 device, __u64 name0,
				    __u64 name1)
{
	__u32 zones = 0;

	for (__u32 i = 0; i < TS_FILTER_ZONES; i++) {
		if (i >= f->zones)
			break;
		if (f->zone[i].index ? f->zone[i].index == device :
				       f->zone[i].name[0] == name0 && f->zone[i].name[1] == name1)
			zones |= 1u << i;
	}
	return device ? zones : 0;
}

TS_INLINE __u64 ts_block_misses(const volatile struct ts_block *block, __u64 a0, __u64 a1)
{
	return ((a0 & block->mask[0]) ^ block->value[0]) |
	       ((a1 & block->mask[1]) ^ block->value[1]);
}

/*
 * By one of the addresses a and b, which may be the same. dual: an IPv6 address that stands for
 * 0.0.0.0 too.
 */
static inline int ts_filter_addr(const volatile struct ts_block *blocks, __u32 n, __u32 nots,
				 __u32 family, const __u64 *a, const __u64 *b, __u32 dual,
				 __u32 zones)
{
	for (__u32 i = 0; i < TS_FILTER_BLOCKS; i++) {
		const volatile struct ts_block *block = &blocks[i];
		int hit;

		if (i >= n + nots)
			break;
		if (block->zone & ~zones)
			continue;
		hit = block->family == family &&
		      (!ts_block_misses(block, a[0], a[1]) || !ts_block_misses(block, b[0], b[1]));
		if (hit || (dual && block->family == 4 && !block->value[0]))
			return i < nots ? TS_NO : TS_YES;
	}
	return n ? TS_NO : TS_YES;
}

/* By facts that never change once they are known; zones: those of its interface. */
TS_INLINE int ts_filter_tuple(const volatile struct ts_filter *f, const struct ts_tuple *t,
			      __u32 zones)
{
	__u32 on = f->on, included = f->included, dual = t->flags & TS_F_DUAL_STACK;

	if (on & TS_BY_FAMILY && t->family != f->family && !dual)
		return TS_NO;
	if (on & TS_BY_DEVICE &&
	    (f->device_not & zones || (included & TS_BY_DEVICE && !(f->device & zones))))
		return TS_NO;
	if (on & TS_BY_NETNS && t->netns != f->netns)
		return TS_NO;
	if (included & (TS_BY_RPORT | TS_BY_RADDR) && !t->rport)
		return TS_NO;
	if (on & TS_BY_RPORT && t->rport && !ts_port_bit(f->rport, t->rport))
		return TS_NO;
	if (on & TS_BY_LADDR && !ts_filter_addr(f->laddr, f->laddrs, f->laddr_nots, t->family,
						t->laddr, t->laddr, dual, zones))
		return TS_NO;
	if (on & TS_BY_RADDR && t->rport &&
	    !ts_filter_addr(f->raddr, f->raddrs, f->raddr_nots, t->family, t->raddr, t->raddr, 0,
			    zones))
		return TS_NO;
	if (on & TS_BY_ADDR && !ts_filter_addr(f->addr, f->addrs, f->addr_nots, t->family, t->laddr,
					       t->rport ? t->raddr : t->laddr, dual, zones))
		return TS_NO;
	return on & (TS_BY_LPORT | TS_BY_PORT) ? ts_filter_ports(f, t->lport, t->rport, 0) : TS_YES;
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
	if (at & g->refuse)
		return TS_EXCLUDED;
	return at & g->accept || !g->accept ? TS_INCLUDED : TS_ABSENT;
}

/* By the owner, which is known: an item that excludes it counts more than one that lacks it. */
TS_INLINE int ts_filter_owner(const volatile struct ts_filter *f, __u32 pid, __u32 uid,
			      const char *comm)
{
	__u32 on = f->on;
	int verdict = TS_INCLUDED, item;

	if (on & TS_BY_PID) {
		item = ts_filter_id(f->pid, f->pids, f->pid_nots, pid);
		if (item < verdict)
			verdict = item;
	}
	if (on & TS_BY_UID) {
		item = ts_filter_id(f->uid, f->uids, f->uid_nots, uid);
		if (item < verdict)
			verdict = item;
	}
	if (on & TS_BY_COMM && verdict != TS_EXCLUDED) {
		item = ts_filter_comm((const volatile struct ts_glob *)&f->comm, comm);
		if (item < verdict)
			verdict = item;
	}
	return verdict;
}

#endif
