/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* accept(): the work of the hooks in owner_hooks.bpf.c and kprobe.bpf.c. */
#ifndef ACCEPT_BPF_H
#define ACCEPT_BPF_H

#include "state_count.bpf.h"
#include "origin.bpf.h"
#include "owner.bpf.h"
#include "record.bpf.h"

static __always_inline void accepted(struct sock *child)
{
	struct task_struct *task = current_task();
	struct files_struct *files = READ_TASK(task, files);
	struct ts_record *rec;
	struct task_info info;

	if (!child)
		return;
	task_info_read(&info, task);
	rec = record_get_stateless(child);
	if (!rec)
		return;
	if (info.is_kernel_thread)
		owner_set_kernel(rec);
	else
		owner_set(rec, &info, TS_OWNER_ACCEPT);
	if (files && READ_TASK(files, count.counter) == 1)
		rec->fd |= FD_IS_EXACT; /* one thread: it has opened nothing since accept() began */
	state_count_owner_changed(child, rec);
	if (!info.is_kernel_thread)
		origin_set_wanted(rec, TS_ORIGIN_ACCEPT);
}

#endif
