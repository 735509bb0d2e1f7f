/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Does the owner still hold its socket? A process can close its descriptor and live on, while
 * another one holds the socket: by fork(), SCM_RIGHTS or pidfd_getfd(). No hook that is nearly free
 * sees that, so the file table of the owner is read when the owner is about to be named.
 */
#ifndef HOLDER_BPF_H
#define HOLDER_BPF_H

#include "helpers.bpf.h"

/* ts_record.fd: a number that may be wrong, or, with this bit, where the file was seen. */
#define FD_IS_EXACT (1u << 31)
/* Instead of a number: no entry of the table has the file ... */
#define FD_NONE 0xfffffffeu
/* ... or the table could not be read, or only in part. */
#define FD_UNKNOWN 0xffffffffu

/*
 * Not static: the verifier walks a global function once, for any argument. Of scalars, as those of
 * 5.10 take no pointers.
 */
/* Returns whether a thread of the process has not exited. */
u32 process_lives(u64 leader, u64 start_ns);
/* Returns the address of a process's struct fdtable, or 0. */
u64 file_table_of(u64 leader, u64 start_ns);
/* Returns the file's number with FD_IS_EXACT, FD_NONE or FD_UNKNOWN. */
u32 file_table_find(u64 table, u64 file, u32 hint);

#endif
