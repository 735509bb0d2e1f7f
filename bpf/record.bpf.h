/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A socket's record: found, made, ended. It is kept in the socket (SK_STORAGE) or, in the
 * object built with TS_NO_STORAGE, in a hash map by the socket's address: for kernels whose
 * tracing programs have no socket storage (up to 5.10). The same calls over both.
 *
 * Those kernels have no atomic operation that returns a value either (BPF_FETCH, 5.12), and
 * refuse a program that has one in it anywhere. What must happen once is left there to making
 * an element of a map, which one caller alone can do: a record has its place from the moment
 * it is made, or gets it from the transition that makes it.
 */
#ifndef RECORD_BPF_H
#define RECORD_BPF_H

#include "shared.bpf.h"

#ifndef TS_NO_STORAGE

/* NULL: the socket has none. */
static __always_inline struct ts_record *record_peek(struct sock *sk)
{
	return bpf_sk_storage_get(&records, sk, NULL, 0);
}

/* NULL: no memory, or a kernel that cannot allocate here (kmalloc_nolock()). */
static __always_inline struct ts_record *record_get(struct sock *sk)
{
	struct ts_record *rec;

	rec = bpf_sk_storage_get(&records, sk, NULL, BPF_SK_STORAGE_GET_F_CREATE);
	if (!rec) /* or lost the race to create it */
		rec = record_peek(sk);
	return rec;
}

/* For who has no place to give it: here whoever comes next may do that. */
static __always_inline struct ts_record *record_met(struct sock *sk)
{
	return record_get(sk);
}

/* A child has had a copy of its listener's since sk_clone_lock() (BPF_F_CLONE). */
static __always_inline void record_inherit(struct ts_record *rec, struct sock *child)
{
}

/*
 * Gives a socket that is older than the trace a place; `rec` is its record, if it is `stored`,
 * or else becomes it. True: it has its place from this caller and no other.
 */
static __always_inline bool record_seed(struct sock *sk, struct ts_record *rec, bool stored,
					u32 place)
{
	return stored && !__sync_val_compare_and_swap(&rec->place, 0, place);
}

/* The kernel frees it with the socket. */
static __always_inline void record_end(struct sock *sk)
{
}

#else

static __always_inline struct ts_record *record_peek(struct sock *sk)
{
	u64 key = (u64)sk;

	return bpf_map_lookup_elem(&records, &key);
}

/* NULL: the map is full, or no memory. */
static __always_inline struct ts_record *record_get(struct sock *sk)
{
	struct ts_record *rec = record_peek(sk);
	struct ts_record blank = {};
	u64 key = (u64)sk;

	if (rec)
		return rec;
	(void)bpf_map_update_elem(&records, &key, &blank, BPF_NOEXIST);
	return record_peek(sk);
}

/* NULL too where the snapshot has yet to make it. */
static __always_inline struct ts_record *record_met(struct sock *sk)
{
	return record_peek(sk);
}

/*
 * The listener of a child at its LISTEN->SYN_RECV: inet_csk_clone_lock() has copied all of it
 * and has not put the child anywhere yet, so its links are still the listener's. NULL where a
 * neighbour in that list came or went in this very moment.
 */
static __always_inline struct sock *listener_of(struct sock *child)
{
	void *link = BPF_CORE_READ(child, __sk_common.skc_bind_node.pprev), *node = NULL;
	struct sock *listener;

	bpf_probe_read_kernel(&node, sizeof(node), link);
	if (!node)
		return NULL;
	listener = node - bpf_core_field_offset(struct sock, __sk_common.skc_bind_node);
	if (BPF_CORE_READ(listener, __sk_common.skc_state) != TS_LISTEN ||
	    BPF_CORE_READ(listener, __sk_common.skc_bind_node.next) !=
		    BPF_CORE_READ(child, __sk_common.skc_bind_node.next))
		return NULL;
	return listener;
}

/* As BPF_F_CLONE does. */
static __always_inline void record_inherit(struct ts_record *rec, struct sock *child)
{
	struct sock *listener = listener_of(child);
	struct ts_record *from = listener ? record_peek(listener) : NULL;

	if (from)
		*rec = *from;
	else
		__builtin_memset(rec, 0, sizeof(*rec));
}

static __always_inline bool record_seed(struct sock *sk, struct ts_record *rec, bool stored,
					u32 place)
{
	u64 key = (u64)sk;

	if (stored)
		return false;
	rec->place = place;
	return bpf_map_update_elem(&records, &key, rec, BPF_NOEXIST) == 0;
}

static __always_inline void record_end(struct sock *sk)
{
	u64 key = (u64)sk;

	bpf_map_delete_elem(&records, &key);
}

#endif

#endif
