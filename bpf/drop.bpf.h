/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * From a handshake in trouble to its frame. In a SYN flood this runs for every SYN, so what
 * is held back costs a look into a table and an addition.
 */
#ifndef DROP_BPF_H
#define DROP_BPF_H

#include "emit.bpf.h"
#include "state_count.bpf.h"

enum {
	/* which a packet is looked into for */
	BY_ADDRESSES = TS_BY_FAMILY | TS_BY_RPORT | TS_BY_LADDR | TS_BY_RADDR,
	ETH_P_IP = 0x0800,
	DROP_PROBES = 8,
};

static const u64 DROP_FORGET_NS = 1000000000;

struct trouble {
	struct sock *listener;
	struct sock_common *request; /* NULL: there is none ... */
	struct sk_buff *packet;	     /* ... and this has the addresses that `tuple` still lacks */
	struct ts_record *rec;	     /* the listener's; may be NULL */
	u64 id;
	u64 now;
	struct tuple tuple;
	u32 queue;
	u32 limit;
	u16 retrans;
	u8 why; /* enum ts_drop_why */
	bool at_ack;
};

/* Of a packet that came: its source is the peer. Both headers are in the linear part by now. */
static __always_inline void packet_read(struct sk_buff *skb, struct sock *listener, struct tuple *t)
{
	bool is_ipv4 = READ(skb, protocol) == __builtin_bswap16(ETH_P_IP);
	unsigned char *head = READ(skb, head);
	u16 port = 0;

	bpf_probe_read_kernel(&port, sizeof(port), head + READ(skb, transport_header));
	t->rport = __builtin_bswap16(port);
	t->mapped = is_ipv4 && READ(listener, __sk_common.skc_family) == AF_INET6;
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
	}
}

/* As a transition of that connection would be. States are no matter of a handshake. */
static __always_inline bool trouble_is_wanted(struct trouble *t)
{
	u32 on = cfg_filter.on;

	if (on & TS_BY_OWNER && (!t->rec || owner_match(t->rec) != TS_YES))
		return false;
	if (on & TS_BY_CGROUP && cgroup_match(t->listener) != TS_YES)
		return false;
	if (!(on & TS_BY_TUPLE))
		return true;
	if (on & BY_ADDRESSES && t->packet)
		packet_read(t->packet, t->listener, &t->tuple);
	return tuple_match(&t->tuple) == TS_YES;
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

static __always_inline void drop_fill(struct ts_drop *d, struct trouble *t)
{
	if (t->packet)
		packet_read(t->packet, t->listener, &t->tuple);
	__builtin_memset(d, 0, sizeof(*d));
	d->frame.type = TS_FRAME_DROP;
	d->frame.size = sizeof(*d);
	d->frame.flags = t->tuple.mapped ? TS_F_MAPPED : 0;
	d->mono_ns = t->now;
	d->id = t->id;
	if (t->why == TS_DROP_SYNACK_RETRANS && t->request)
		d->id = socket_cookie(t->request);
	__builtin_memcpy(d->laddr, t->tuple.laddr, sizeof(d->laddr));
	__builtin_memcpy(d->raddr, t->tuple.raddr, sizeof(d->raddr));
	d->lport = t->tuple.lport;
	d->rport = t->tuple.rport;
	d->netns = t->tuple.netns;
	d->family = t->tuple.family;
	d->count = 1;
	d->queue = t->queue;
	d->limit = t->limit;
	d->retrans = t->retrans;
	d->why = t->why;
	d->at_ack = t->at_ack;
	if (t->rec)
		drop_fill_owner(d, t->rec);
}

static __always_inline bool drop_is_due(const struct ts_drops_held *held, u64 now)
{
	return (s64)(now - held->told_ns) >= TS_DROP_EVERY_NS;
}

static __always_inline bool held_lock(u32 at)
{
	u8 yes = 1;

	return !bpf_map_update_elem(&drops_busy, &at, &yes, BPF_NOEXIST);
}

static __always_inline void held_unlock(u32 at)
{
	bpf_map_delete_elem(&drops_busy, &at);
}

static __always_inline bool is_free(const struct ts_drops_held *held, u64 now)
{
	return !held->key || (!held->count && (s64)(now - held->told_ns) > (s64)DROP_FORGET_NS);
}

/* The entry of a listener and kind, or a new one; NULL: the table has no place near its own. */
static __always_inline struct ts_drops_held *held_find(u64 key, u64 now, u32 *place)
{
	u32 home = key * 0x9e3779b97f4a7c15 >> 32, empty = TS_DROPS_HELD, at;
	struct ts_drops_held *held;

	for (u32 i = 0; i < DROP_PROBES; i++) {
		at = (home + i) & (TS_DROPS_HELD - 1);
		held = bpf_map_lookup_elem(&drops, &at);
		if (!held)
			return NULL;
		*place = at;
		if (held->key == key)
			return held;
		if (empty == TS_DROPS_HELD && is_free(held, now))
			empty = at;
	}
	held = bpf_map_lookup_elem(&drops, &empty);
	if (!held || !held_lock(empty))
		return NULL;
	if (is_free(held, now))
		held->key = key;
	held_unlock(empty);
	*place = empty;
	return held->key == key ? held : NULL;
}

/* By who has it locked. Where the ring is full they wait for the next time. */
static __always_inline void drop_tell(struct ts_slot *slot, struct ts_drops_held *held, u64 now)
{
	u32 count = *(volatile u32 *)&held->count;

	held->told_ns = now;
	held->drop.count = count;
	if (!count)
		return;
	if (bpf_ringbuf_output(&events, &held->drop, sizeof(held->drop), wake_flags(slot)))
		drops_waiting = 1;
	else
		__sync_fetch_and_add(&held->count, -count);
	if (*(volatile u32 *)&held->count) /* another CPU's came in between */
		drops_waiting = 1;
}

/* Cookies are known of all listeners but on old kernels; then their addresses are as good. */
static __always_inline u64 trouble_key(const struct trouble *t)
{
	struct sock *listener = t->listener;
	u64 number = t->id;

	if (!number) /* to the verifier the address is no number */
		bpf_probe_read_kernel(&number, sizeof(number), &listener);
	return number << 4 | (t->why + 1) << 1 | t->at_ack;
}

/* true: it is to be told, or to be described for the next frame; the caller has it locked. */
static __always_inline bool held_add(struct ts_drops_held *held, u32 at, u64 now)
{
	bool first = !held->count;

	__sync_fetch_and_add(&held->count, 1);
	held->last_ns = now;
	/* where those before it were taken off just now it is the first as well */
	if (!first && *(volatile u32 *)&held->count != 1 && !drop_is_due(held, now))
		return false;
	if (held_lock(at))
		return true;
	drops_waiting = 1;
	return false;
}

static __always_inline void trouble_report(struct trouble *t)
{
	struct ts_slot *slot = slot_here();
	struct ts_drops_held *held;
	struct ts_drop drop;
	u32 at = 0;

	if (!slot || !trouble_is_wanted(t))
		return;
	t->id = t->rec && t->rec->id ? t->rec->id : socket_cookie(t->listener);
	t->now = bpf_ktime_get_ns();
	held = held_find(trouble_key(t), t->now, &at);
	if (held && !held_add(held, at, t->now))
		return;
	drop_fill(&drop, t);
	if (!held) { /* no place in the table, or another CPU was faster: told at once */
		if (bpf_ringbuf_output(&events, &drop, sizeof(drop), wake_flags(slot)))
			loss_note(slot, t->now);
		return;
	}
	held->drop = drop;
	if (drop_is_due(held, t->now))
		drop_tell(slot, held, t->now);
	else
		drops_waiting = 1;
	held_unlock(at);
}

#endif
