// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The verdict, by the functions that the BPF programs use too. */
#include <string.h>

#include "filter/filter.h"

static bool block_matches(const struct ts_block *blocks, __u32 count, __u8 family,
			  const __u8 *address)
{
	__u64 a[2];

	memcpy(a, address, sizeof(a));
	return ts_filter_addr(blocks, count, family, a[0], a[1]) == TS_YES;
}

static bool owner_matches(const struct ts_filter *f, const struct ts_transition *t)
{
	if (!(f->on & TS_BY_OWNER))
		return true;
	if (t->owner == TS_OWNER_UNKNOWN || t->owner == TS_OWNER_KERNEL)
		return false;
	if (f->on & TS_BY_PID && ts_filter_id(f->pid, f->pids, t->pid) != TS_YES)
		return false;
	if (f->on & TS_BY_UID && ts_filter_id(f->uid, f->uids, t->uid) != TS_YES)
		return false;
	return !(f->on & TS_BY_COMM) || ts_filter_comm(&f->comm, t->comm) == TS_YES;
}

static bool remote_matches(const struct ts_filter *f, const struct ts_transition *t)
{
	/* A listener does not have a remote address: 0.0.0.0 must not match. */
	if (f->on & (TS_BY_RPORT | TS_BY_RADDR) && !t->rport)
		return false;
	if (f->on & TS_BY_RPORT && ts_filter_port(f->rport, t->rport) != TS_YES)
		return false;
	return !(f->on & TS_BY_RADDR) || block_matches(f->raddr, f->raddrs, t->family, t->raddr);
}

enum ts_match filter_match(const struct ts_filter *f, const struct ts_transition *t,
			   bool cgroup_under)
{
	if (f->on & TS_BY_STATE && ts_filter_pair(f, t->old_state, t->new_state) != TS_YES)
		return TS_NO;
	return filter_match_socket(f, t, cgroup_under);
}

enum ts_match filter_match_socket(const struct ts_filter *f, const struct ts_transition *t,
				  bool cgroup_under)
{
	if (f->on & TS_BY_FAMILY && f->family != t->family)
		return TS_NO;
	if (f->on & TS_BY_NETNS && f->netns != t->netns)
		return TS_NO;
	if (f->on & TS_BY_CGROUP && !cgroup_under)
		return TS_NO;
	if (!owner_matches(f, t) || !remote_matches(f, t))
		return TS_NO;
	if (f->on & TS_BY_LADDR && !block_matches(f->laddr, f->laddrs, t->family, t->laddr))
		return TS_NO;
	return f->on & TS_BY_LPORT ? (enum ts_match)ts_filter_port(f->lport, t->lport) : TS_YES;
}
