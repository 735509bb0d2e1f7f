// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The verdict, by the functions that the BPF programs use too. */
#include <string.h>

#include "filter/filter.h"

static bool owner_matches(const struct ts_filter *f, const struct ts_transition *t)
{
	if (!(f->on & TS_BY_OWNER))
		return true;
	if (t->owner == TS_OWNER_UNKNOWN || t->owner == TS_OWNER_KERNEL)
		return !(f->included & TS_BY_OWNER);
	return ts_filter_owner(f, t->pid, t->uid, t->comm) == TS_INCLUDED;
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
	struct ts_tuple tuple = {
		.netns = t->netns,
		.lport = t->lport,
		.rport = t->rport,
		.family = t->family,
		.flags = (__u16)t->frame.flags,
	};
	__u64 name[2];

	if (f->on & TS_BY_CGROUP && !cgroup_under)
		return TS_NO;
	if (!owner_matches(f, t))
		return TS_NO;
	memcpy(tuple.laddr, t->laddr, sizeof(tuple.laddr));
	memcpy(name, t->device_name, sizeof(name));
	memcpy(tuple.raddr, t->raddr, sizeof(tuple.raddr));
	return (enum ts_match)ts_filter_tuple(f, &tuple,
					      ts_filter_zones(f, t->device, name[0], name[1]));
}
