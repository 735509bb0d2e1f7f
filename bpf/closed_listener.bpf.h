/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Closed listeners, for the connections in their accept queues, which end next
 * (inet_csk_listen_stop()), and for their request sockets, which end with their timers.
 */
#ifndef CLOSED_LISTENER_BPF_H
#define CLOSED_LISTENER_BPF_H

#include "emit.bpf.h"
#include "owner.bpf.h"

static __always_inline void closed_listener_add(struct ts_slot *slot, u64 key,
						struct ts_record *rec, u32 requests)
{
	struct ts_record *listener;

	listeners_closed = 1;
	if (bpf_map_update_elem(&closed_listeners, &key, rec, BPF_ANY))
		count_add(&slot->listeners_refused);
	listener = bpf_map_lookup_elem(&closed_listeners, &key);
	if (listener)
		listener->since_ns = requests;
}

/* The listener is destroyed, after the connections in its accept queue. */
static __always_inline void closed_listener_end(const struct ts_record *rec)
{
	const struct ts_record *listener;
	u64 key = rec->file;

	if (!listeners_closed || !key)
		return;
	listener = bpf_map_lookup_elem(&closed_listeners, &key);
	if (listener && listener->id == rec->id) /* children have the file, too */
		bpf_map_delete_elem(&closed_listeners, &key);
}

/* A request socket is freed. One with a child was in the accept queue. */
static __always_inline void closed_listener_release(struct request_sock *req)
{
	struct ts_record *listener;
	u64 key;

	if (!listeners_closed || READ(req, sk))
		return;
	key = (u64)BPF_CORE_READ(req, __req_common.skc_listener);
	listener = key ? bpf_map_lookup_elem(&closed_listeners, &key) : NULL;
	if (!listener)
		return;
	__sync_fetch_and_add(&listener->since_ns, -1);
	if ((s64)listener->since_ns <= 0)
		bpf_map_delete_elem(&closed_listeners, &key);
}

/* Of a connection that its listener's end ends: the owner is who closed the listener. */
static __always_inline void owner_of_closed_listener(struct ts_record *rec, u64 key)
{
	const struct ts_record *listener;

	listener = key ? bpf_map_lookup_elem(&closed_listeners, &key) : NULL;
	if (!listener)
		return;
	rec->tgid = listener->tgid;
	rec->pid = listener->pid;
	rec->uid = listener->uid;
	rec->owner_start_ns = listener->owner_start_ns;
	comm_copy(rec->comm, listener->comm);
	rec->owner = listener->owner;
	if (rec->owner != TS_OWNER_UNKNOWN && rec->owner != TS_OWNER_KERNEL)
		rec->owner = TS_OWNER_LISTENER;
}

#endif
