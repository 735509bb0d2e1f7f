/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Addresses, ports and cgroup of a socket, and the filter on them. */
#ifndef TUPLE_BPF_H
#define TUPLE_BPF_H

#include "helpers.bpf.h"

static __always_inline u64 words(u32 first, u32 second)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	return (u64)second << 32 | first;
#else
	return (u64)first << 32 | second;
#endif
}

/*
 * Is it an IPv6 socket that uses IPv4? Its peer has a mapped address; without a peer, whose address
 * is all zero, its own address is mapped.
 */
static __always_inline bool is_mapped(struct sock_common *skc)
{
	const u32 mark = __builtin_bswap32(0xffff);

	if (READ(skc, skc_v6_daddr.in6_u.u6_addr32[0]) ||
	    READ(skc, skc_v6_daddr.in6_u.u6_addr32[1]))
		return false;
	if (READ(skc, skc_v6_daddr.in6_u.u6_addr32[2]))
		return READ(skc, skc_v6_daddr.in6_u.u6_addr32[2]) == mark;
	return !READ(skc, skc_v6_daddr.in6_u.u6_addr32[3]) &&
	       READ(skc, skc_v6_rcv_saddr.in6_u.u6_addr32[2]) == mark &&
	       !READ(skc, skc_v6_rcv_saddr.in6_u.u6_addr32[0]) &&
	       !READ(skc, skc_v6_rcv_saddr.in6_u.u6_addr32[1]);
}

static __always_inline bool is_v6only(struct sock_common *skc)
{
#ifdef TS_UNTRUSTED
	return BPF_CORE_READ_BITFIELD_PROBED(skc, skc_ipv6only);
#else
	return BPF_CORE_READ_BITFIELD(skc, skc_ipv6only);
#endif
}

/* Any kind of socket: full, request or timewait. */
static __always_inline void tuple_read(struct sock_common *skc, struct ts_tuple *t)
{
	u16 family = READ(skc, skc_family);

	t->netns = READ(skc, skc_net.net, ns.inum);
	t->lport = READ(skc, skc_num);
	t->rport = __builtin_bswap16(READ(skc, skc_dport));
	t->flags = family == AF_INET6 && is_mapped(skc) ? TS_F_MAPPED : 0;
	if (family == AF_INET || t->flags) {
		t->family = 4;
		t->laddr[0] = words(READ(skc, skc_rcv_saddr), 0);
		t->raddr[0] = words(READ(skc, skc_daddr), 0);
		t->laddr[1] = t->raddr[1] = 0;
		return;
	}
	t->family = 6;
	t->laddr[0] = words(READ(skc, skc_v6_rcv_saddr.in6_u.u6_addr32[0]),
			    READ(skc, skc_v6_rcv_saddr.in6_u.u6_addr32[1]));
	t->laddr[1] = words(READ(skc, skc_v6_rcv_saddr.in6_u.u6_addr32[2]),
			    READ(skc, skc_v6_rcv_saddr.in6_u.u6_addr32[3]));
	t->raddr[0] = words(READ(skc, skc_v6_daddr.in6_u.u6_addr32[0]),
			    READ(skc, skc_v6_daddr.in6_u.u6_addr32[1]));
	t->raddr[1] = words(READ(skc, skc_v6_daddr.in6_u.u6_addr32[2]),
			    READ(skc, skc_v6_daddr.in6_u.u6_addr32[3]));
	if (!t->rport && !t->laddr[0] && !t->laddr[1])
		t->flags = is_v6only(skc) ? TS_F_V6ONLY : TS_F_DUAL_STACK;
}

static __always_inline int cgroup_match(struct sock *sk)
{
	struct cgroup *cgroup = socket_cgroup(sk);

	if (!cgroup || BPF_CORE_READ(cgroup, level) < (int)cfg_filter.cgroup_level)
		return TS_NO;
	return cgroup_ancestor_id(cgroup, cfg_filter.cgroup_level) == cfg_filter.cgroup ? TS_YES :
											  TS_NO;
}

static __always_inline u64 cgroup_id(struct sock *sk)
{
	struct cgroup *cgroup = socket_cgroup(sk);

	return cgroup ? BPF_CORE_READ(cgroup, kn, id) : 0;
}

static __always_inline int tuple_match(const struct ts_tuple *t)
{
	return ts_filter_tuple(&cfg_filter, t);
}

/* By the owner, which can change. */
static __always_inline int owner_match(const struct ts_record *rec)
{
	u32 on = cfg_filter.on;

	if (!(on & TS_BY_OWNER))
		return TS_YES;
	if (rec->owner == TS_OWNER_UNKNOWN || rec->owner == TS_OWNER_KERNEL)
		return TS_NO;
	if (on & TS_BY_PID && !ts_filter_id(cfg_filter.pid, cfg_filter.pids, rec->pid))
		return TS_NO;
	if (on & TS_BY_UID && !ts_filter_id(cfg_filter.uid, cfg_filter.uids, rec->uid))
		return TS_NO;
	if (on & TS_BY_COMM && !ts_filter_comm((const void *)&cfg_filter.comm, rec->comm))
		return TS_NO;
	return TS_YES;
}

#endif
