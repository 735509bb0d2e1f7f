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

#include "holder.bpf.h"

/* For so long after a transition the owner of a connection is taken to be the same. */
static const u64 OWNER_CHECK_NS = 100000000;

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

/* Most likely the current task has the socket where it opened its last file. */
static __always_inline void descriptor_guess(struct ts_record *rec, struct task_struct *leader)
{
	struct task_struct *task = current_task();
	struct files_struct *files = READ_TASK(task, files);

	rec->leader = (u64)leader;
	rec->fd = files ? READ_TASK(files, next_fd) - 1 : 0;
	rec->files = bpf_core_field_exists(task->io_uring) && READ_TASK(task, io_uring) ?
			     TS_FILES_RING :
			     0;
}

/* Of the current task, or of another one: then the caller sets the descriptor. */
static __always_inline void owner_set(struct ts_record *rec, const struct task_info *info, u8 how)
{
	rec->tgid = info->tgid;
	rec->pid = task_visible_pid(info);
	rec->uid = info->uid;
	rec->owner_start_ns = info->start_ns;
	bpf_probe_read_kernel(rec->comm, sizeof(rec->comm), info->leader->comm);
	rec->owner = how;
	descriptor_guess(rec, info->leader);
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

static __always_inline struct file *socket_file(struct sock *sk)
{
	struct socket *socket = sk->sk_socket;

	return socket ? socket->file : NULL;
}

static __always_inline struct process_note *process_note_of(u32 tgid)
{
	u32 bucket = tgid & (PID_BUCKETS - 1);

	return bpf_map_lookup_elem(&process_notes, &bucket);
}

/* Has the owner exited? */
static __always_inline bool owner_has_exited(const struct ts_record *rec)
{
	const struct process_note *note;

	if (!exited_pids[rec->tgid & (PID_BUCKETS - 1)] || rec->owner == TS_OWNER_UNKNOWN)
		return false;
	note = process_note_of(rec->tgid);
	return note && note->exited_ns >= rec->owner_start_ns &&
	       !process_lives(rec->leader, rec->owner_start_ns);
}

static __always_inline void rescan_want(u32 why)
{
	if (rescan_wanted < why)
		rescan_wanted = why;
}

static __always_inline void owner_forget(struct ts_record *rec, u32 why)
{
	rec->owner = TS_OWNER_UNKNOWN;
	rec->tgid = rec->pid = rec->uid = 0;
	rescan_want(why);
}

/*
 * If the owner has exited and another process has the socket open, the owner is unknown. User space
 * then scans the files again. A socket that is not open in any process keeps its owner.
 */
static __always_inline void owner_forget_dead(struct ts_record *rec, struct sock *sk)
{
	struct file *file = socket_file(sk);
	bool has_holder = file ? file_references(file) > 0 : rec->owner == TS_OWNER_LISTENER;

	if (!has_holder || !owner_has_exited(rec))
		return;
	owner_forget(rec, TS_RESCAN_EXITED);
}

/* Where the owner has the file open: a number with FD_IS_EXACT, FD_NONE or FD_UNKNOWN. */
static __always_inline u32 owner_fd(const struct ts_record *rec, u64 file, u32 hint)
{
	u64 table = file_table_of(rec->leader, rec->owner_start_ns);
	u32 fd;

	if (!table)
		return FD_UNKNOWN;
	fd = file_table_find(table, file, hint);
	if (fd == FD_UNKNOWN)
		rescan_want(TS_RESCAN_LEFT);
	return fd == FD_NONE && rec->files & TS_FILES_RING ? FD_UNKNOWN : fd;
}

static __always_inline bool owner_is_checked(const struct ts_record *rec)
{
	return rec->leader && !(rec->files & TS_FILES_THREAD) && rec->owner != TS_OWNER_UNKNOWN &&
	       rec->owner != TS_OWNER_KERNEL;
}

/* For a socket with a file. */
static __always_inline bool owner_holds(struct ts_record *rec, u64 file)
{
	u32 fd = owner_fd(rec, file, rec->fd);

	if (fd & FD_IS_EXACT && fd < FD_NONE)
		rec->fd = fd;
	return fd != FD_NONE;
}

/*
 * A word of listener_checks, read and written as a whole: 28 bits of a hash of listener and owner,
 * 16 of the tick when its table was read, 20 of the descriptor: all 1 for FD_NONE, and one less if
 * it is not known.
 */
enum { CHECK_HASH_SHIFT = 36, CHECK_TICK_SHIFT = 20, CHECK_NONE = 0xfffff };

static __always_inline u32 check_pack(u32 fd)
{
	if (fd == FD_NONE)
		return CHECK_NONE;
	fd &= ~FD_IS_EXACT;
	return fd < CHECK_NONE ? fd : CHECK_NONE - 1;
}

/*
 * For the record of a listener, or its copy in a child that has no file yet. The owner's table is
 * read once a tick at most, so the cost does not grow with the connections.
 */
static __always_inline bool listener_is_held(const struct ts_record *rec)
{
	u64 hash = (rec->file ^ rec->leader << 8) * 0x9e3779b97f4a7c15;
	volatile u64 *check = &listener_checks[hash >> 16 & (LISTENER_BUCKETS - 1)];
	u64 now = (hash >> CHECK_HASH_SHIFT << 16 | (u16)bpf_jiffies64()) << CHECK_TICK_SHIFT;
	u64 word = *check;
	u32 fd = rec->fd;

	if (!rec->file || !owner_is_checked(rec))
		return true;
	if (word >> CHECK_TICK_SHIFT == now >> CHECK_TICK_SHIFT)
		return (word & CHECK_NONE) != CHECK_NONE;
	if (word >> CHECK_HASH_SHIFT == now >> CHECK_HASH_SHIFT &&
	    (word & CHECK_NONE) < CHECK_NONE - 1)
		fd = (word & CHECK_NONE) | FD_IS_EXACT;
	fd = owner_fd(rec, rec->file, fd);
	*check = now | check_pack(fd);
	return fd != FD_NONE;
}

/* For the listener's own record: a scan finds the new owner, and corrects the counts. */
static __always_inline void listener_verify(struct ts_record *rec)
{
	if (!listener_is_held(rec))
		owner_forget(rec, TS_RESCAN_LEFT);
}

/* The owner may have a new name since (exec, prctl). */
static __always_inline void owner_refresh_comm(struct ts_record *rec)
{
	u8 renamed = renamed_pids[rec->tgid & (PID_BUCKETS - 1)];
	const struct process_note *note;
	struct task_struct *leader;

	if (!renamed)
		return;
	note = process_note_of(rec->tgid);
	leader = (void *)rec->leader;
	if (note && note->renamed_ns == rec->owner_start_ns)
		comm_copy(rec->comm, note->comm);
	else if (renamed == RENAMED_SEVERAL && process_lives(rec->leader, rec->owner_start_ns))
		BPF_CORE_READ_INTO(&rec->comm, leader, comm);
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
	struct file *file = socket_file(sk);

	if (!file)
		return false;
	return file_references(file) <= (sharers > 1 ? 2 : 1);
}

/* The last reference to the file is gone: __fput() runs, and in it the protocol's close. */
static __always_inline bool socket_is_closing(struct sock *sk)
{
	struct file *file = socket_file(sk);

	return file && file_references(file) <= 0;
}

/* A socket of the kernel. A subflow of MPTCP looks like one, but belongs to a user. */
static __always_inline bool socket_is_kernels(struct sock *sk, struct tcp_sock *tp)
{
	return BPF_CORE_READ_BITFIELD(sk, sk_kern_sock) && !socket_is_subflow(tp);
}

/*
 * Does the task drop the last reference of a file that it never had open? A program that lists the
 * files of others (ss -p, an iterator) holds each for a moment; if the owner closes the file
 * meanwhile, the close runs in that program. A task that is killed there closes its own files.
 */
static __always_inline bool task_is_onlooker(void)
{
	if (READ_TASK(current_task(), flags) & PF_EXITING)
		return false;
	switch (current_syscall()) {
#ifdef __TARGET_ARCH_arm64
	case 56:  /* openat */
	case 61:  /* getdents64 */
	case 63:  /* read */
	case 78:  /* readlinkat */
	case 79:  /* newfstatat */
	case 291: /* statx */
#else
	case 0:	  /* read */
	case 2:	  /* open */
	case 4:	  /* stat */
	case 6:	  /* lstat */
	case 89:  /* readlink */
	case 217: /* getdents64 */
	case 257: /* openat */
	case 262: /* newfstatat */
	case 267: /* readlinkat */
	case 332: /* statx */
#endif
		return true;
	}
	return false;
}

/* The task used its open socket: it becomes the owner, unless the socket is open elsewhere too. */
static __always_inline void owner_use(struct ts_record *rec, struct sock *sk,
				      const struct task_info *info, struct actor *actor)
{
	bool inherited = rec->owner == TS_OWNER_LISTENER || rec->owner == TS_OWNER_UNKNOWN;
	u8 how = TS_OWNER_USE;

	if (socket_is_closing(sk) && !owner_is(rec, info) && task_is_onlooker())
		return;
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
