// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Owners beyond the transitions: accept, first use, rename and exit. */
#include "accept.bpf.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* Since 92ef0fd55ac8 ("net: change proto and proto_ops accept type"), 6.10. */
SEC("fexit/inet_csk_accept")
int BPF_PROG(accept_exit, struct sock *listener, struct proto_accept_arg *arg, struct sock *child)
{
	accepted(child);
	return 0;
}

SEC("fexit/inet_csk_accept")
int BPF_PROG(accept_exit_old, struct sock *listener, int flags, int *err, bool kern,
	     struct sock *child)
{
	accepted(child);
	return 0;
}

static __always_inline void used(struct sock *sk)
{
	struct ts_record *rec;
	struct tcp_sock *tp;
	struct task_info info;
	bool inherited;

	if (!socket_is_tcp(sk))
		return;
	tp = bpf_skc_to_tcp_sock(sk);
	if (!tp)
		return;
	task_info_read(&info, current_task());
	rec = record_peek(sk);
	if (!rec || rec->owner == TS_OWNER_KERNEL)
		return;
	if (rec->owner != TS_OWNER_LISTENER && owner_is(rec, &info))
		return;
	inherited = rec->owner == TS_OWNER_LISTENER;
	owner_use(rec, &tp->inet_conn.icsk_inet.sk, &info, NULL);
	state_count_owner_changed(&tp->inet_conn.icsk_inet.sk, rec);
	if (inherited && rec->owner == TS_OWNER_USE)
		origin_set_wanted(rec, TS_ORIGIN_USE);
}

/*
 * For kernels that refuse fexit. Runs inside tcp_recvmsg(), which owns the socket's lock; a softirq
 * (tcp_read_sock() of a stream parser) does not own it.
 */
SEC("tp_btf/tcp_rcv_space_adjust")
int BPF_PROG(receive, struct sock *sk)
{
	if (sk->sk_lock.owned)
		used(sk);
	return 0;
}

/* `receive` misses a reader that gets only the end of the file ... */
SEC("tp_btf/sock_recv_length")
int BPF_PROG(receive_end, struct sock *sk, int ret, int flags)
{
	if (!ret)
		used(sk);
	return 0;
}

/* ... and a process that only sends. */
SEC("tp_btf/sock_send_length")
int BPF_PROG(send, struct sock *sk, int ret, int flags)
{
	if (ret > 0)
		used(sk);
	return 0;
}

/*
 * A process that daemonizes leaves its listener to a child. User space then scans the files for the
 * new owner.
 */
SEC("tp_btf/sched_process_exit")
int BPF_PROG(process_exit, struct task_struct *task)
{
	u32 bucket = task->tgid & (PID_BUCKETS - 1);
	struct process_note *note;
	u64 start_ns;

	/* only the last thread, which may not be the leader */
	if (!owner_pids[bucket] || task->signal->live.counter != 0)
		return 0;
	note = process_note_of(bucket);
	start_ns = BPF_CORE_READ(task, group_leader, start_boottime);
	if (note && note->exited_ns < start_ns)
		note->exited_ns = start_ns;
	exited_pids[bucket] = 1;
	if (listener_pids[bucket])
		rescan_want(TS_RESCAN_EXITED);
	return 0;
}

/* exec and prctl(PR_SET_NAME), of processes that own sockets. */
SEC("tp_btf/task_rename")
int BPF_PROG(rename, struct task_struct *task, const char *comm)
{
	u32 bucket = task->tgid & (PID_BUCKETS - 1);
	struct process_note *note;
	u64 start_ns, before;

	if (!owner_pids[bucket] || task->pid != task->tgid)
		return 0;
	note = process_note_of(bucket);
	if (!note)
		return 0;
	start_ns = task->start_boottime;
	before = note->renamed_ns;
	note->renamed_ns = 0; /* no other program takes half of a name */
	barrier();
	bpf_probe_read_kernel_str(note->comm, sizeof(note->comm), comm);
	barrier();
	note->renamed_ns = start_ns;
	if (before && before != start_ns && before > note->exited_ns)
		renamed_pids[bucket] = RENAMED_SEVERAL;
	else if (!renamed_pids[bucket])
		renamed_pids[bucket] = RENAMED_ONE;
	return 0;
}
