/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The owner of a socket, and the actor of a transition.
 *
 * The current task acts on a socket only if it owns the socket's lock (sk_lock.owned). Even then it
 * may be processing a packet from the backlog: any task that takes the lock does, `ss -i` and the
 * iterators included. So the owner changes only by calls that need the open file: connect, listen,
 * accept, receive, send, shutdown, close.
 */
#ifndef OWNER_BPF_H
#define OWNER_BPF_H

#include "helpers.bpf.h"

struct actor {
	u32 pid;
	char comm[TS_COMM_LEN];
	u8 known;
};

static __always_inline void comm_copy(char *to, const char *from)
{
	__builtin_memcpy(to, from, TS_COMM_LEN);
}

/*
 * The facts of a task that ownership needs. Read once, before the program branches. From 6.4 on the
 * verifier searches all of BTF by name for each load through a trusted pointer. That takes half a
 * millisecond per load and path (btf_nested_type_is_trusted()).
 */
struct task_info {
	struct task_struct *leader;
	u64 start_ns;
	u32 tgid;
	u32 uid;
	bool is_kernel_thread;
};

static __always_inline void task_info_read(struct task_info *info, struct task_struct *task)
{
	struct task_struct *leader = READ_TASK(task, group_leader);

	info->leader = leader;
	info->start_ns = READ_TASK(leader, start_boottime);
	info->tgid = READ_TASK(task, tgid);
	info->uid = READ_TASK(task, cred, euid.val);
	info->is_kernel_thread = READ_TASK(task, flags) & PF_KTHREAD;
}

/* Returns the PID in the tracer's PID namespace, or 0 if the task is not visible there. */
static __always_inline u32 task_visible_pid(const struct task_info *info)
{
	struct task_struct *leader = info->leader;
	struct pid *pid;
	u32 level;

	if (!cfg_pid_ns)
		return info->tgid;
	pid = BPF_CORE_READ(leader, thread_pid);
	level = BPF_CORE_READ(pid, level);
	for (u32 i = 0; i < 32; i++) { /* MAX_PID_NS_LEVEL */
		struct upid upid;

		if (i > level)
			break;
		bpf_probe_read_kernel(&upid, sizeof(upid), &pid->numbers[i]);
		if (BPF_CORE_READ(upid.ns, ns.inum) == cfg_pid_ns)
			return upid.nr;
	}
	return 0;
}

static __always_inline void owner_set(struct ts_record *rec, const struct task_info *info, u8 how)
{
	rec->tgid = info->tgid;
	rec->pid = task_visible_pid(info);
	rec->uid = info->uid;
	rec->owner_start_ns = info->start_ns;
	bpf_probe_read_kernel(rec->comm, sizeof(rec->comm), info->leader->comm);
	rec->owner = how;
	owner_pids[info->tgid & (PID_BUCKETS - 1)] = 1;
	if (how == TS_OWNER_LISTEN)
		listener_pids[info->tgid & (PID_BUCKETS - 1)] = 1;
}

static __always_inline void owner_set_kernel(struct ts_record *rec)
{
	rec->tgid = rec->pid = rec->uid = 0;
	rec->owner = TS_OWNER_KERNEL;
}

static __always_inline bool owner_is(const struct ts_record *rec, const struct task_info *info)
{
	return rec->owner != TS_OWNER_UNKNOWN && rec->tgid == info->tgid &&
	       rec->owner_start_ns == info->start_ns;
}

/* Has the owner exited? */
static __always_inline bool owner_has_exited(const struct ts_record *rec)
{
	struct process key = { .start_ns = rec->owner_start_ns, .tgid = rec->tgid };

	return exited_pids[rec->tgid & (PID_BUCKETS - 1)] && rec->owner != TS_OWNER_UNKNOWN &&
	       bpf_map_lookup_elem(&exited, &key);
}

/*
 * If the owner has exited and another process has the socket open, the owner is unknown. User space
 * then scans the files again. A socket that is not open in any process keeps its owner.
 */
static __always_inline void owner_forget_dead(struct ts_record *rec, struct sock *sk)
{
	struct socket *socket = sk->sk_socket;
	struct file *file = socket ? socket->file : NULL;
	bool has_holder = file ? file_references(file) > 0 : rec->owner == TS_OWNER_LISTENER;

	if (!has_holder || !owner_has_exited(rec))
		return;
	rec->owner = TS_OWNER_UNKNOWN;
	rec->tgid = rec->pid = rec->uid = 0;
	rescan_wanted = 1;
}

/* The owner may have a new name since (exec, prctl). */
static __always_inline void owner_refresh_comm(struct ts_record *rec)
{
	struct process key = { .start_ns = rec->owner_start_ns, .tgid = rec->tgid };
	char *comm;

	if (!renamed_pids[rec->tgid & (PID_BUCKETS - 1)])
		return;
	comm = bpf_map_lookup_elem(&renamed, &key);
	if (comm)
		comm_copy(rec->comm, comm);
}

static __always_inline void actor_set(struct actor *actor, const struct task_info *info)
{
	actor->pid = task_visible_pid(info);
	bpf_probe_read_kernel(actor->comm, sizeof(actor->comm), info->leader->comm);
	actor->known = true;
}

/*
 * Is the socket open only once? A call by a process with threads takes one reference more
 * (fdget()).
 */
static __always_inline bool socket_has_one_holder(struct sock *sk, const struct task_info *info)
{
	struct task_struct *leader = info->leader;
	int sharers = BPF_CORE_READ(leader, files, count.counter);
	struct socket *socket = sk->sk_socket;
	struct file *file;

	if (!socket)
		return false;
	file = socket->file;
	if (!file)
		return false;
	return file_references(file) <= (sharers > 1 ? 2 : 1);
}

/* The last reference to the file is gone: __fput() runs, and in it the protocol's close. */
static __always_inline bool socket_is_closing(struct sock *sk)
{
	struct socket *socket = sk->sk_socket;
	struct file *file;

	if (!socket)
		return false;
	file = socket->file;
	return file && file_references(file) <= 0;
}

/* A socket of the kernel. A subflow of MPTCP looks like one, but belongs to a user. */
static __always_inline bool socket_is_kernels(struct sock *sk, struct tcp_sock *tp)
{
	return BPF_CORE_READ_BITFIELD(sk, sk_kern_sock) && !socket_is_subflow(tp);
}

/* The task used its open socket: it becomes the owner, unless the socket is open elsewhere too. */
static __always_inline void owner_use(struct ts_record *rec, struct sock *sk,
				      const struct task_info *info, struct actor *actor)
{
	bool inherited = rec->owner == TS_OWNER_LISTENER || rec->owner == TS_OWNER_UNKNOWN;
	u8 how = TS_OWNER_USE;

	if (!info->is_kernel_thread && owner_is(rec, info) && !inherited)
		how = rec->owner;
	else if (info->is_kernel_thread ||
		 (!inherited && !socket_is_closing(sk) && !socket_has_one_holder(sk, info)))
		how = TS_OWNER_UNKNOWN;

	if (how != TS_OWNER_UNKNOWN && owner_is(rec, info)) {
		rec->owner = how; /* task_rename updates the name */
		rec->uid = info->uid;
	} else if (how != TS_OWNER_UNKNOWN) {
		owner_set(rec, info, how);
	} else if (actor && rec->owner != TS_OWNER_KERNEL) {
		actor_set(actor, info);
	}
}

#endif
