/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The record of a socket: find, create, inherit, end; and its state word. The record is kept in the
 * socket (SK_STORAGE). With TS_NO_STORAGE it is in a hash map by the socket's address: for
 * kernels whose tracing programs have no socket storage (up to 5.10).
 *
 * Those kernels also lack atomic operations that return a value (BPF_FETCH, 5.12), and refuse a
 * program that contains one anywhere. The one operation that only one caller can win there is the
 * creation of a map element. So a record there gets its state when it is created, or from the
 * transition that creates it. Later changes of the state word are not atomic. A socket's lock
 * serializes its transitions. With a filter by owner a new owner may come in between: then sockets
 * per state may be off by one.
 */
#ifndef RECORD_BPF_H
#define RECORD_BPF_H

#include "helpers.bpf.h"

#ifndef TS_NO_STORAGE

/* Returns NULL if the socket has no record. */
static __always_inline struct ts_record *record_peek(struct sock *sk)
{
	return bpf_sk_storage_get(&records, sk, NULL, 0);
}

/* Finds or creates. NULL: no memory, or a kernel that cannot allocate here (kmalloc_nolock()). */
static __always_inline struct ts_record *record_get(struct sock *sk)
{
	struct ts_record *rec;

	rec = bpf_sk_storage_get(&records, sk, NULL, BPF_SK_STORAGE_GET_F_CREATE);
	if (!rec) /* or lost the race to create it */
		rec = record_peek(sk);
	return rec;
}

/* For callers that do not know the socket's state: creates the record, the state is set later. */
static __always_inline struct ts_record *record_get_stateless(struct sock *sk)
{
	return record_get(sk);
}

/* The child has a copy of its listener's record since sk_clone_lock() (BPF_F_CLONE). */
static __always_inline void record_inherit(struct ts_record *rec, struct sock *child)
{
}

/*
 * Sets the state of a socket that is older than the trace. `rec` is its record if it is `stored`;
 * otherwise it becomes the record. Returns true if this caller set the state and not another.
 */
static __always_inline bool record_seed(struct sock *sk, struct ts_record *rec, bool stored,
					u32 word)
{
	return stored && !__sync_val_compare_and_swap(&rec->state_word, 0, word);
}

/* The kernel frees the record with the socket. */
static __always_inline void record_end(struct sock *sk)
{
}

/* Returns the old state word. */
static __always_inline u32 state_word_swap(struct ts_record *rec, u32 word)
{
	return __sync_lock_test_and_set(&rec->state_word, word);
}

/* Returns false if the state word is no longer `was`. */
static __always_inline bool state_word_replace(struct ts_record *rec, u32 was, u32 word)
{
	return __sync_val_compare_and_swap(&rec->state_word, was, word) == was;
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

/* NULL also if the snapshot has not created the record yet. */
static __always_inline struct ts_record *record_get_stateless(struct sock *sk)
{
	return record_peek(sk);
}

/*
 * Returns the listener of a child at its LISTEN->SYN_RECV. inet_csk_clone_lock() has copied all of
 * the listener and has not hashed the child yet, so the child's links are the listener's. NULL if a
 * neighbour in that list came or went at this moment.
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
					u32 word)
{
	u64 key = (u64)sk;

	if (stored)
		return false;
	rec->state_word = word;
	return bpf_map_update_elem(&records, &key, rec, BPF_NOEXIST) == 0;
}

static __always_inline void record_end(struct sock *sk)
{
	u64 key = (u64)sk;

	bpf_map_delete_elem(&records, &key);
}

static __always_inline u32 state_word_swap(struct ts_record *rec, u32 word)
{
	u32 was = rec->state_word;

	rec->state_word = word;
	return was;
}

static __always_inline bool state_word_replace(struct ts_record *rec, u32 was, u32 word)
{
	if (*(volatile u32 *)&rec->state_word != was)
		return false;
	rec->state_word = word;
	return true;
}

#endif

#endif
