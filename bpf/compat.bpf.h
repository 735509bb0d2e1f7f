/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Where kernels differ in structure: one function a fact, each naming the change.
 * Chosen by what BTF says, never by a version number.
 */
#ifndef COMPAT_BPF_H
#define COMPAT_BPF_H

#include <bpf/bpf_core_read.h>

/* 90ee6ed776c0 ("fs: port files to file_ref"), 6.13, put f_ref where f_count was. */
struct file___counted {
	atomic_long_t f_count;
} __attribute__((preserve_access_index));

/*
 * References to an open file; file_ref_t counts from 0 (FILE_REF_ONEREF) and is far below
 * that once the last has gone (FILE_REF_DEAD). 0 or less: the file is being released.
 */
static __always_inline long file_references(struct file *file)
{
	struct file___counted *counted = (void *)file;

	if (bpf_core_field_exists(counted->f_count))
		return counted->f_count.counter;
	return file->f_ref.refcnt.counter + 1;
}

/* 7f203bc89eb6 ("cgroup: Replace cgroup->ancestor_ids[] with ->ancestors[]"), 6.1. */
struct cgroup___ids {
	u64 ancestor_ids[16];
} __attribute__((preserve_access_index));

/* Id of the ancestor at `level` (0: root); the caller has checked cgroup->level >= level. */
static __always_inline u64 cgroup_ancestor_id(struct cgroup *cgroup, u32 level)
{
	struct cgroup___ids *ids = (void *)cgroup;
	struct cgroup *ancestor = NULL;
	u64 id = 0;

	if (bpf_core_field_exists(ids->ancestor_ids)) {
		bpf_probe_read_kernel(&id, sizeof(id), &ids->ancestor_ids[level & 15]);
		return id;
	}
	bpf_probe_read_kernel(&ancestor, sizeof(ancestor), &cgroup->ancestors[level & 255]);
	return BPF_CORE_READ(ancestor, kn, id);
}

/* The reference count of a network namespace, which is 0 while its sockets are thrown out. */
struct net___counted { /* 5.10 */
	refcount_t count;
} __attribute__((preserve_access_index));

struct ns_common___counted { /* from 5.11 on, __ns_ref in 6.18 */
	refcount_t count;
} __attribute__((preserve_access_index));

static __always_inline bool net_is_gone(struct net *net)
{
	struct net___counted *counted = (void *)net;
	struct ns_common___counted *ns = (void *)&net->ns;

	if (bpf_core_field_exists(counted->count))
		return !BPF_CORE_READ(counted, count.refs.counter);
	if (bpf_core_field_exists(ns->count))
		return !BPF_CORE_READ(ns, count.refs.counter);
	return !BPF_CORE_READ(net, ns.__ns_ref.refs.counter);
}

#endif
