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

/* fe80::/10, by the first half of the address. */
static __always_inline bool is_link_local(u64 first)
{
	return (__builtin_bswap64(first) >> 54) == 0xfe80 >> 6;
}

/*
 * The name of an interface; empty: unknown. As __dev_get_by_index(): a list for each of 256 parts
 * of the indices. The stack has no room: `name` takes each value that is read.
 */
static __always_inline void device_name_read(u64 address, u32 index, u64 name[TS_DEVICE_LEN / 8])
{
	enum { DEVICES_MAX = 32 };
	struct net *net = (void *)address;
	struct hlist_head *heads;
	struct hlist_node *node;

	name[0] = name[1] = 0;
	if (!bpf_core_field_exists(net->dev_index_head))
		return;
	bpf_core_read(name, sizeof(*name), &net->dev_index_head);
	heads = (void *)name[0];
	bpf_core_read(name, sizeof(*name), &heads[index & 255].first);
	for (u32 i = 0; i < DEVICES_MAX; i++) {
		struct net_device *device;

		node = (void *)name[0];
		if (!node)
			return;
		device = (void *)node - bpf_core_field_offset(struct net_device, index_hlist);
		bpf_core_read(name, sizeof(u32), &device->ifindex);
		if (*(u32 *)name == index) {
			name[0] = 0;
			bpf_probe_read_kernel_str(name, TS_DEVICE_LEN, &device->name);
			return;
		}
		bpf_core_read(name, sizeof(*name), &node->next);
	}
	name[0] = 0;
}

static __noinline __attribute__((unused)) int device_name_called(u64 net, u32 index,
								 u64 name[TS_DEVICE_LEN / 8])
{
	int result = 0;

	device_name_read(net, index, name);
	barrier_var(result);
	return result;
}

/* The same in a frame of its own. The result is used: see change_report(). */
static __always_inline void device_name_get(u64 net, u32 index, u64 name[TS_DEVICE_LEN / 8])
{
	int result = device_name_called(net, index, name);

	barrier_var(result);
}

/* Any kind of socket: full, request or timewait. */
static __always_inline void tuple_read(struct sock_common *skc, struct ts_tuple *t)
{
	u16 family = READ(skc, skc_family);

	t->netns = READ(skc, skc_net.net, ns.inum);
	t->net = (u64)READ(skc, skc_net.net);
	t->device = READ(skc, skc_bound_dev_if);
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
		t->flags = READ_BITS(skc, skc_ipv6only) ? TS_F_V6ONLY : TS_F_DUAL_STACK;
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

/* In frames of their own, one after the other: the stacks of the callers have no room. */
static __noinline __attribute__((unused)) u32 zones_of(const struct ts_tuple *t)
{
	u64 name[TS_DEVICE_LEN / 8];

	device_name_read(t->net, t->device, name);
	return ts_filter_zones(&cfg_filter, t->device, name[0], name[1]);
}

static __noinline __attribute__((unused)) int tuple_match_called(const struct ts_tuple *t,
								 u32 zones)
{
	return ts_filter_tuple(&cfg_filter, t, zones);
}

static __always_inline int tuple_match(const struct ts_tuple *t)
{
	u32 zones = 0;

	if (!(cfg_filter.on & TS_BY_TUPLE))
		return TS_YES;
	if (cfg_filter.on & TS_BY_ZONE && t->device)
		zones = zones_of(t);
	return tuple_match_called(t, zones);
}

/* By the owner, which can change. */
static __noinline __attribute__((unused)) int owner_match_called(const struct ts_record *rec)
{
	if (rec->owner == TS_OWNER_UNKNOWN || rec->owner == TS_OWNER_KERNEL)
		return cfg_filter.included & TS_BY_OWNER ? TS_NO : TS_YES;
	return ts_filter_owner(&cfg_filter, rec->pid, rec->uid, rec->comm) == TS_INCLUDED ? TS_YES :
											    TS_NO;
}

static __always_inline int owner_match(const struct ts_record *rec)
{
	return cfg_filter.on & TS_BY_OWNER ? owner_match_called(rec) : TS_YES;
}

#endif
