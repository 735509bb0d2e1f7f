/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A record's place, which several may want to change: swapped atomically. Without BPF_FETCH
 * (see record.bpf.h) not so. A socket's transitions are serialized by its lock; what can come
 * in between is a new owner under a filter by owner: sockets per state may then be off by one.
 */
#ifndef PLACE_BPF_H
#define PLACE_BPF_H

#include "shared.bpf.h"

#ifndef TS_NO_STORAGE

/* Returns what it was. */
static __always_inline u32 place_swap(struct ts_record *rec, u32 place)
{
	return __sync_lock_test_and_set(&rec->place, place);
}

/* false: it is not what it `was`. */
static __always_inline bool place_replace(struct ts_record *rec, u32 was, u32 place)
{
	return __sync_val_compare_and_swap(&rec->place, was, place) == was;
}

#else

static __always_inline u32 place_swap(struct ts_record *rec, u32 place)
{
	u32 was = rec->place;

	rec->place = place;
	return was;
}

static __always_inline bool place_replace(struct ts_record *rec, u32 was, u32 place)
{
	if (*(volatile u32 *)&rec->place != was)
		return false;
	rec->place = place;
	return true;
}

#endif

#endif
