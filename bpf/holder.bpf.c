// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Reads the file table of a process: see holder.bpf.h. Every access is a probe without a lock. */
#include "holder.bpf.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

enum {
	EXIT_DEAD = 16,
	THREADS_WALKED = 4,
	FDS_READ = 2, /* at once: callers leave little stack */
	FDS_SEARCHED = 512,
};

/*
 * A thread of a process whose leader has exited still has the files. After the last thread none has:
 * its sockets are closed a moment later, and until then they are the process's.
 */
static __always_inline struct files_struct *files_of(struct task_struct *leader)
{
	struct files_struct *files = BPF_CORE_READ(leader, files);
	struct signal_struct *signal = BPF_CORE_READ(leader, signal);
	struct list_head *node, *head;

	if (!signal || !BPF_CORE_READ(signal, live.counter))
		return NULL;
	if (files)
		return files;
	head = (void *)signal + bpf_core_field_offset(struct signal_struct, thread_head);
	node = BPF_CORE_READ(signal, thread_head.next);
	for (u32 i = 0; i < THREADS_WALKED && node && node != head; i++) {
		struct task_struct *task = (void *)node -
					   bpf_core_field_offset(struct task_struct, thread_node);

		files = BPF_CORE_READ(task, files);
		if (files)
			break;
		node = BPF_CORE_READ(node, next);
	}
	return files;
}

__noinline u32 process_lives(u64 leader, u64 start_ns)
{
	struct task_struct *task = (void *)leader;

	/* a process that is reaped may keep its memory for a while */
	if (!leader || BPF_CORE_READ(task, start_boottime) != start_ns ||
	    BPF_CORE_READ(task, exit_state) == EXIT_DEAD)
		return 0;
	return BPF_CORE_READ(task, signal, live.counter) > 0;
}

__noinline u64 file_table_of(u64 leader, u64 start_ns)
{
	struct task_struct *task = (void *)leader;
	struct files_struct *files;

	/* the memory of a process that is gone may be another one's */
	if (!leader || BPF_CORE_READ(task, start_boottime) != start_ns)
		return 0;
	files = files_of(task);
	return files ? (u64)BPF_CORE_READ(files, fdt) : 0;
}

__noinline u32 file_table_find(u64 table, u64 file, u32 hint)
{
	struct fdtable *fdt = (void *)table;
	u64 address, files[FDS_READ];
	u32 fds, fd = hint & ~FD_IS_EXACT;

	address = (u64)BPF_CORE_READ(fdt, fd);
	fds = BPF_CORE_READ(fdt, max_fds);
	if (!address || !fds)
		return FD_UNKNOWN;
	if (fd < fds &&
	    !bpf_probe_read_kernel(files, sizeof(u64), (void *)(address + fd * sizeof(u64))) &&
	    files[0] == file)
		return fd | FD_IS_EXACT;
	/* the number of entries is even */
	for (fd = 0; fd < FDS_SEARCHED; fd += FDS_READ) {
		if (fd >= fds)
			return FD_NONE;
		if (bpf_probe_read_kernel(files, sizeof(files),
					  (void *)(address + fd * sizeof(u64))))
			return FD_UNKNOWN;
		for (u32 i = 0; i < FDS_READ; i++)
			if (files[i] == file)
				return (fd + i) | FD_IS_EXACT;
	}
	/* The rest of a large table is not searched: where the socket is known to have been, counts. */
	return fds <= FDS_SEARCHED || hint & FD_IS_EXACT ? FD_NONE : FD_UNKNOWN;
}
