/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Handshake drops: the SYN or ACK that a CPU is handling, and its way into a frame. In a SYN flood
 * this runs for every SYN: a drop that is not reported at once costs a lookup and an addition.
 */
#ifndef HANDSHAKE_DROP_BPF_H
#define HANDSHAKE_DROP_BPF_H

#include "emit.bpf.h"
#include "state_count.bpf.h"

enum {
	/* criteria that need the packet */
	BY_ADDRESSES = TS_BY_FAMILY | TS_BY_RPORT | TS_BY_LADDR | TS_BY_RADDR | TS_BY_DEVICE |
		       TS_BY_PORT | TS_BY_ADDR,
	ETH_P_IP = 0x0800,
	DROP_PROBES = 8,
};

static const u64 DROP_REUSE_NS = 1000000000;

/* Notes what the listener is likely to drop, on entry to the kernel function. */
static __always_inline void syn_note(struct sock *sk, struct syn *syn)
{
	u32 zero = 0;
	struct syn *noted = bpf_map_lookup_elem(&syns, &zero);

	syn->listener = (u64)sk;
	if (noted)
		*noted = *syn;
}

/* On exit: returns the note of that listener and ends it, or NULL. */
static __always_inline struct syn *syn_noted(struct sock *sk)
{
	u32 zero = 0;
	struct syn *noted = bpf_map_lookup_elem(&syns, &zero);

	if (!noted || noted->listener != (u64)sk)
		return NULL;
	noted->listener = 0;
	return noted;
}

/* The SYN got into the SYN queue. */
static __always_inline void syn_queued(struct sock *sk)
{
	u32 zero = 0;
	struct syn *noted = bpf_map_lookup_elem(&syns, &zero);

	if (noted && noted->listener == (u64)sk)
		noted->queued = 1;
}

struct drop_info {
	struct sock *listener;
	struct sock_common *request; /* NULL: does not exist ... */
	struct sk_buff *packet;	     /* ... and this has the addresses that `tuple` still lacks */
	struct ts_record *rec;	     /* of the listener; may be NULL */
	u64 id;
	u64 now;
	struct ts_tuple tuple;
	u32 queue;
	u32 limit;
	u16 retrans;
	u8 why; /* enum ts_drop_why */
	bool at_ack;
};

/* Reads a received packet: its source is the peer. Both headers are in the linear part by now. */
static __always_inline void packet_read(struct sk_buff *skb, struct sock *listener,
					struct ts_tuple *t)
{
	bool is_ipv4 = READ(skb, protocol) == __builtin_bswap16(ETH_P_IP);
	unsigned char *head = READ(skb, head);
	u16 port = 0;

	bpf_probe_read_kernel(&port, sizeof(port), head + READ(skb, transport_header));
	t->rport = __builtin_bswap16(port);
	t->flags = is_ipv4 && READ(listener, __sk_common.skc_family) == AF_INET6 ? TS_F_MAPPED : 0;
	if (is_ipv4) {
		u32 addresses[2] = {};
		u32 at = READ(skb, network_header) + __builtin_offsetof(struct iphdr, saddr);

		bpf_probe_read_kernel(addresses, sizeof(addresses), head + at);
		t->family = 4;
		t->raddr[0] = words(addresses[0], 0);
		t->laddr[0] = words(addresses[1], 0);
		t->raddr[1] = t->laddr[1] = 0;
	} else {
		u64 addresses[4] = {};
		u32 at = READ(skb, network_header) + __builtin_offsetof(struct ipv6hdr, saddr);

		bpf_probe_read_kernel(addresses, sizeof(addresses), head + at);
		t->family = 6;
		t->raddr[0] = addresses[0];
		t->raddr[1] = addresses[1];
		t->laddr[0] = addresses[2];
		t->laddr[1] = addresses[3];
		/* as tcp_v6_init_req(): a link-local peer is on the interface of its packet */
		if (!t->device && is_link_local(addresses[0]))
			t->device = READ(skb, skb_iif);
	}
}

/* As for a transition of that connection. The filter by state does not apply. */
static __always_inline bool drop_is_wanted(struct drop_info *info)
{
	u32 on = cfg_filter.on;

	if (on & TS_BY_OWNER &&
	    (info->rec ? owner_match(info->rec) != TS_YES : cfg_filter.included & TS_BY_OWNER))
		return false;
	if (on & TS_BY_CGROUP && cgroup_match(info->listener) != TS_YES)
		return false;
	if (!(on & TS_BY_TUPLE))
		return true;
	if (on & BY_ADDRESSES && info->packet)
		packet_read(info->packet, info->listener, &info->tuple);
	return tuple_match(&info->tuple) == TS_YES;
}

static __always_inline void drop_fill_owner(struct ts_drop *d, struct ts_record *rec)
{
	owner_refresh_comm(rec);
	d->frame.flags |= rec->tgid && !rec->pid ? TS_F_PID_HIDDEN : 0;
	d->cgroup = rec->cgroup;
	d->pid = rec->pid;
	d->uid = rec->uid;
	d->owner = rec->owner;
	comm_copy(d->comm, rec->comm);
}

static __always_inline void drop_fill(struct ts_drop *d, struct drop_info *info)
{
	if (info->packet)
		packet_read(info->packet, info->listener, &info->tuple);
	__builtin_memset(d, 0, sizeof(*d));
	d->frame.type = TS_FRAME_DROP;
	d->frame.size = sizeof(*d);
	d->frame.flags = info->tuple.flags;
	d->mono_ns = info->now;
	d->id = info->id;
	if (info->why == TS_DROP_SYNACK_RETRANS && info->request)
		d->id = socket_cookie(info->request);
	__builtin_memcpy(d->laddr, info->tuple.laddr, sizeof(d->laddr));
	__builtin_memcpy(d->raddr, info->tuple.raddr, sizeof(d->raddr));
	d->lport = info->tuple.lport;
	d->rport = info->tuple.rport;
	d->netns = info->tuple.netns;
	d->family = info->tuple.family;
	d->count = 1;
	d->queue = info->queue;
	d->limit = info->limit;
	d->retrans = info->retrans;
	d->why = info->why;
	d->at_ack = info->at_ack;
	if (info->tuple.device) {
		d->device = info->tuple.device;
		device_name_read(info->tuple.net, d->device, (u64 *)d->device_name);
	}
	if (info->rec)
		drop_fill_owner(d, info->rec);
}

static __always_inline bool drop_is_due(const struct ts_pending_drops *entry, u64 now)
{
	return (s64)(now - entry->reported_ns) >= TS_DROP_EVERY_NS;
}

static __always_inline bool entry_lock(u32 at)
{
	u8 yes = 1;

	return !bpf_map_update_elem(&drops_busy, &at, &yes, BPF_NOEXIST);
}

static __always_inline void entry_unlock(u32 at)
{
	bpf_map_delete_elem(&drops_busy, &at);
}

static __always_inline bool entry_is_free(const struct ts_pending_drops *entry, u64 now)
{
	return !entry->key ||
	       (!entry->count && (s64)(now - entry->reported_ns) > (s64)DROP_REUSE_NS);
}

/* Finds or creates the entry of a listener and kind. NULL: no free entry near its home. */
static __always_inline struct ts_pending_drops *entry_find(u64 key, u64 now, u32 *index)
{
	u32 home = key * 0x9e3779b97f4a7c15 >> 32, empty = TS_DROP_ENTRIES, at;
	struct ts_pending_drops *entry;

	for (u32 i = 0; i < DROP_PROBES; i++) {
		at = (home + i) & (TS_DROP_ENTRIES - 1);
		entry = bpf_map_lookup_elem(&drops, &at);
		if (!entry)
			return NULL;
		*index = at;
		if (entry->key == key)
			return entry;
		if (empty == TS_DROP_ENTRIES && entry_is_free(entry, now))
			empty = at;
	}
	entry = bpf_map_lookup_elem(&drops, &empty);
	if (!entry || !entry_lock(empty))
		return NULL;
	if (entry_is_free(entry, now))
		entry->key = key;
	entry_unlock(empty);
	*index = empty;
	return entry->key == key ? entry : NULL;
}

/* The caller has locked the entry. If the ring is full its drops wait for the next frame. */
static __always_inline void entry_report(struct ts_slot *slot, struct ts_pending_drops *entry,
					 u64 now)
{
	u32 count = *(volatile u32 *)&entry->count;

	entry->reported_ns = now;
	entry->drop.count = count;
	if (!count)
		return;
	if (bpf_ringbuf_output(&events, &entry->drop, sizeof(entry->drop), wake_flags(slot)))
		drops_pending = 1;
	else
		__sync_fetch_and_add(&entry->count, -count);
	if (*(volatile u32 *)&entry->count) /* another CPU added one in between */
		drops_pending = 1;
}

/* By cookie; by address on old kernels, where a listener may not have a cookie. */
static __always_inline u64 drop_key(const struct drop_info *info)
{
	struct sock *listener = info->listener;
	u64 number = info->id;

	if (!number)
		number = address_of(listener);
	return number << 4 | (info->why + 1) << 1 | info->at_ack;
}

/* Returns true, with the entry locked, if the caller is to fill in the frame or to report it. */
static __always_inline bool entry_add(struct ts_pending_drops *entry, u32 at, u64 now)
{
	bool first = !entry->count;

	__sync_fetch_and_add(&entry->count, 1);
	entry->last_ns = now;
	/* it is also the first if the drops before it were reported just now */
	if (!first && *(volatile u32 *)&entry->count != 1 && !drop_is_due(entry, now))
		return false;
	if (entry_lock(at))
		return true;
	drops_pending = 1;
	return false;
}

static __always_inline void drop_report(struct drop_info *info)
{
	struct ts_slot *slot = slot_here();
	struct ts_pending_drops *entry;
	struct ts_drop drop;
	u32 at = 0;

	if (slot && info->rec)
		listener_verify(info->rec);
	if (!slot || !drop_is_wanted(info))
		return;
	info->id = info->rec && info->rec->id ? info->rec->id : socket_cookie(info->listener);
	info->now = bpf_ktime_get_ns();
	entry = entry_find(drop_key(info), info->now, &at);
	if (entry && !entry_add(entry, at, info->now))
		return;
	drop_fill(&drop, info);
	if (!entry) { /* the table is full, or another CPU has the lock: report this one now */
		if (bpf_ringbuf_output(&events, &drop, sizeof(drop), wake_flags(slot)))
			loss_note(slot, info->now);
		return;
	}
	entry->drop = drop;
	if (drop_is_due(entry, info->now))
		entry_report(slot, entry, info->now);
	else
		drops_pending = 1;
	entry_unlock(at);
}

#endif
