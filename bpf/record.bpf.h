/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A socket's record: found, made. */
#ifndef RECORD_BPF_H
#define RECORD_BPF_H

#include "shared.bpf.h"

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

#endif
