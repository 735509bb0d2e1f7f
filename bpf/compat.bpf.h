/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Where kernels differ in structure: one function a fact, each naming the change.
 * Chosen by what BTF says, never by a version number.
 */
#ifndef COMPAT_BPF_H
#define COMPAT_BPF_H

#include <bpf/bpf_core_read.h>

/*
 * READ(pointer, member, member of that, ...): a load where the verifier knows what the pointer
 * points to, a probe in a file that follows others: it defines TS_UNTRUSTED.
 */
#ifdef TS_UNTRUSTED
#define READ(pointer, ...) BPF_CORE_READ(pointer, __VA_ARGS__)
#else
#define READ(pointer, ...) ___arrow(pointer, __VA_ARGS__)
#endif

/* Before bpf_get_current_task_btf() (5.11) a task is a number to the verifier. */
#ifdef TS_NO_STORAGE
#define READ_TASK(task, ...) BPF_CORE_READ(task, __VA_ARGS__)
#else
#define READ_TASK(task, ...) ___arrow(task, __VA_ARGS__)
#endif

static __always_inline struct task_struct *current_task(void)
{
#ifdef TS_NO_STORAGE
	return (void *)bpf_get_current_task();
#else
	return bpf_get_current_task_btf();
#endif
}

extern const volatile u32 cfg_cookie_helper; /* tracing programs can ask for cookies */

/*
 * Any kind of socket's. 0: nobody has asked for it yet, where this program cannot: a kprobe, and
 * all before 5.12.
 */
static __always_inline u64 socket_cookie(void *sk)
{
#ifdef TS_NO_STORAGE
	struct sock_common *skc = sk;

#ifndef TS_UNTRUSTED
	if (cfg_cookie_helper)
		return bpf_get_socket_cookie(sk);
#endif
	return READ(skc, skc_cookie.counter);
#else
	return bpf_get_socket_cookie(sk);
#endif
}

/*
 * When its first SYN-ACK was sent, by the clock of ktime_get(). Not by
 * bpf_skc_to_tcp_request_sock(), which does not know those of MPTCP.
 */
static __always_inline u64 request_begun_ns(struct request_sock *req)
{
	return BPF_CORE_READ((struct tcp_request_sock *)req, snt_synack) * 1000;
}

extern const volatile u32 cfg_socket_fd; /* any socket of the reader's */

/* NULL: it is none. */
static __always_inline struct socket *socket_of_file(struct file *file)
{
#ifdef TS_NO_STORAGE
	/*
	 * bpf_sock_from_file() since 5.11. Sockets have their file operations in common; the
	 * current task, which runs the iterator, has one open.
	 */
	struct task_struct *reader = current_task();
	struct file **files = BPF_CORE_READ(reader, files, fdt, fd), *own = NULL;

	bpf_probe_read_kernel(&own, sizeof(own), files + cfg_socket_fd);
	return own && BPF_CORE_READ(own, f_op) == file->f_op ? file->private_data : NULL;
#else
	return bpf_sock_from_file(file);
#endif
}

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

/* 8520e224f547 ("bpf, cgroups: Fix cgroup v2 fallback on v1/v2 mixed mode"), 5.15. */
struct sock_cgroup_data___word {
	u64 val;
} __attribute__((preserve_access_index));

/* The socket's cgroup; NULL where it has a class of cgroup v1 in its place. */
static __always_inline struct cgroup *socket_cgroup(struct sock *sk)
{
	struct sock_cgroup_data___word *word = (void *)&sk->sk_cgrp_data;
	u64 value;

	if (bpf_core_field_exists(sk->sk_cgrp_data.cgroup))
		return READ(sk, sk_cgrp_data.cgroup);
	if (!bpf_core_field_exists(word->val)) /* without CONFIG_CGROUPS */
		return NULL;
	value = BPF_CORE_READ(word, val);
	return value & 3 ? NULL : (void *)value; /* is_data, no_refcnt */
}

/* Of an MPTCP connection, where the kernel is built with CONFIG_MPTCP. */
static __always_inline bool socket_is_subflow(struct tcp_sock *tp)
{
	return bpf_core_field_exists(tp->is_mptcp) && BPF_CORE_READ_BITFIELD(tp, is_mptcp);
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

struct netns_ipv4___wide { /* older than the byte it is now */
	int sysctl_tcp_syncookies;
} __attribute__((preserve_access_index));

/* 0: none; 1: once the SYN queue is full; 2: always. */
static __always_inline int net_syncookies(struct net *net)
{
	struct netns_ipv4___wide *wide = (void *)&net->ipv4;

	if (bpf_core_field_size(net->ipv4.sysctl_tcp_syncookies) == sizeof(int))
		return BPF_CORE_READ(wide, sysctl_tcp_syncookies);
	return READ(net, ipv4.sysctl_tcp_syncookies);
}

#endif
