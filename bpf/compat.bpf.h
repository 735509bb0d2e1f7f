/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Differences between kernels in structures and helpers: one function each, which names the
 * change. BTF decides, never a version number.
 */
#ifndef COMPAT_BPF_H
#define COMPAT_BPF_H

#include "maps.bpf.h"

/*
 * READ(pointer, member, member of that, ...): a load if the verifier knows the type behind the
 * pointer, otherwise a probe, in files that define TS_UNTRUSTED. READ_BITS(pointer, member): of a
 * bit field.
 */
#ifdef TS_UNTRUSTED
#define READ(pointer, ...)	   BPF_CORE_READ(pointer, __VA_ARGS__)
#define READ_BITS(pointer, member) BPF_CORE_READ_BITFIELD_PROBED(pointer, member)
#else
#define READ(pointer, ...)	   ___arrow(pointer, __VA_ARGS__)
#define READ_BITS(pointer, member) BPF_CORE_READ_BITFIELD(pointer, member)
#endif

/* Before bpf_get_current_task_btf() (5.11) the verifier takes a task for a number. */
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

#ifdef __TARGET_ARCH_arm64
struct pt_regs___syscall {
	int syscallno;
} __attribute__((preserve_access_index));
#endif

/* The number of the current task's system call, or -1: unknown, as before bpf_task_pt_regs() (5.15). */
static __always_inline s64 current_syscall(void)
{
	void *regs;

	if (!bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_task_pt_regs))
		return -1;
	regs = (void *)bpf_task_pt_regs(bpf_get_current_task_btf());
#ifdef __TARGET_ARCH_arm64
	return BPF_CORE_READ((struct pt_regs___syscall *)regs, syscallno);
#else
	return BPF_CORE_READ((struct pt_regs *)regs, orig_ax);
#endif
}

/*
 * Returns the cookie of any kind of socket. Kprobes, and all programs before 5.12, cannot assign
 * one: there 0 means that the kernel has not assigned it yet.
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
 * When the first SYN-ACK was sent, by the clock of ktime_get(). A cast, because
 * bpf_skc_to_tcp_request_sock() refuses the request sockets of MPTCP.
 */
static __always_inline u64 request_begun_ns(struct request_sock *req)
{
	return BPF_CORE_READ((struct tcp_request_sock *)req, snt_synack) * 1000;
}

/* Returns NULL if the file is not a socket. */
static __always_inline struct socket *socket_of_file(struct file *file)
{
#ifdef TS_NO_STORAGE
	/*
	 * bpf_sock_from_file() exists since 5.11. All sockets share their file operations, and
	 * the current task, which runs the iterator, has a socket open.
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
 * References to an open file. file_ref_t counts from 0 (FILE_REF_ONEREF) and is far below that
 * after the last reference (FILE_REF_DEAD). Returns 0 or less if the file is being released.
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

/* Returns the socket's cgroup, or NULL if that word is a class of cgroup v1. */
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

/* Is it a subflow of MPTCP? Never, without CONFIG_MPTCP. */
static __always_inline bool socket_is_subflow(struct tcp_sock *tp)
{
	return bpf_core_field_exists(tp->is_mptcp) && BPF_CORE_READ_BITFIELD(tp, is_mptcp);
}

/* 7f203bc89eb6 ("cgroup: Replace cgroup->ancestor_ids[] with ->ancestors[]"), 6.1. */
struct cgroup___ids {
	u64 ancestor_ids[16];
} __attribute__((preserve_access_index));

/* Id of the ancestor at `level` (0: root). The caller has checked cgroup->level >= level. */
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

/* The reference count of a network namespace is 0 while the kernel removes its sockets. */
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

struct netns_ipv4___wide { /* before they became bytes */
	int sysctl_tcp_syncookies;
	int sysctl_tcp_syn_retries;
	int sysctl_tcp_retries2;
} __attribute__((preserve_access_index));

/* net.ipv4.tcp_syncookies. 0: off; 1: when the SYN queue is full; 2: always. */
static __always_inline int net_syncookies(struct net *net)
{
	struct netns_ipv4___wide *wide = (void *)&net->ipv4;

	if (bpf_core_field_size(net->ipv4.sysctl_tcp_syncookies) == sizeof(int))
		return BPF_CORE_READ(wide, sysctl_tcp_syncookies);
	return READ(net, ipv4.sysctl_tcp_syncookies);
}

static __always_inline u32 net_syn_retries(struct net *net)
{
	struct netns_ipv4___wide *wide = (void *)&net->ipv4;

	if (bpf_core_field_size(net->ipv4.sysctl_tcp_syn_retries) == sizeof(int))
		return BPF_CORE_READ(wide, sysctl_tcp_syn_retries);
	return BPF_CORE_READ(net, ipv4.sysctl_tcp_syn_retries);
}

static __always_inline u32 net_retries2(struct net *net)
{
	struct netns_ipv4___wide *wide = (void *)&net->ipv4;

	if (bpf_core_field_size(net->ipv4.sysctl_tcp_retries2) == sizeof(int))
		return BPF_CORE_READ(wide, sysctl_tcp_retries2);
	return BPF_CORE_READ(net, ipv4.sysctl_tcp_retries2);
}

/* SYNs before the timeout doubles: ccce324dabfe ("tcp: make the first N SYN RTO backoffs linear"), 6.5. */
static __always_inline u32 net_linear_timeouts(struct net *net)
{
	if (!bpf_core_field_exists(net->ipv4.sysctl_tcp_syn_linear_timeouts))
		return 0;
	return BPF_CORE_READ(net, ipv4.sysctl_tcp_syn_linear_timeouts);
}

#endif
