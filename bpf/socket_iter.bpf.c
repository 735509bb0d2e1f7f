// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The iterators of `list`: all sockets and all files of sockets, as rows that user space joins. */
#ifdef TS_NO_STORAGE
#define TS_UNTRUSTED /* pointers reached through a file's private_data */
#endif
#include "mptcp.bpf.h"
#include "owner.bpf.h"
#include "record.bpf.h"
#include "ring.bpf.h"
#include "socket.bpf.h"
#include "tuple.bpf.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

const volatile u32 cfg_details = 1;	/* fields that are not always needed, and cost time */
const volatile u32 cfg_files_netns = 0; /* only files of sockets in that namespace; 0: all */
const volatile u32 cfg_connections = 1; /* show MPTCP connections, not only their subflows */
const volatile u32 cfg_leaders = 0;	/* only files of group leaders */
const volatile u32 cfg_closed = 0;	/* sockets that only their files lead to: enum ts_closed */
const volatile u32 cfg_records = 0;	/* `records` and `minisocks` belong to a running tracer */
const volatile u32 cfg_tcp = 1, cfg_udp = 1; /* holders of these sockets are written */
const volatile u32 cfg_netns_fd = 0; /* descriptor of any network namespace of the reader; 0: none */

/*
 * State of one run, which user space resets. A program runs again for a task or file whose rows did not
 * fit into the buffer: what it changes here, it changes after its last row.
 */
u64 last_net = 0;	/* struct net of the last TS_ROW_NETNS */
u64 netns_file_ops = 0; /* of files of namespaces; 0: unknown yet */
u64 netns_at = 0;	/* next struct net of the kernel's list; 0: at its beginning */
u32 netns_complete = 0; /* all of that list was written */
u32 ring_seen = 0;	/* a process has an io_uring open */

enum { SHUTDOWN_MASK = 3 };

/*
 * Limits of one accept queue. The rows of one socket must fit into the iterator's buffer of eight
 * pages, or the whole run fails with E2BIG (bpf_seq_read()). The verifier walks every iteration of
 * a loop without bpf_loop().
 */
enum { CHILDREN_MAX = 1300, CHILDREN_UNROLLED = 64 };

_Static_assert(sizeof(struct ts_socket) + CHILDREN_MAX * sizeof(struct ts_child) < 8 * 4096,
	       "CHILDREN_MAX");

/* Request and timewait sockets have no cgroup: a filter by cgroup excludes them. */
static __always_inline bool is_minisock_wanted(void)
{
	return !(cfg_filter.on & TS_BY_CGROUP);
}

/* The stack has no room for the name of the interface, which is written behind the rest. */
enum { ROW_ON_STACK = __builtin_offsetof(struct ts_socket, device_name) };

_Static_assert(ROW_ON_STACK + TS_DEVICE_LEN == sizeof(struct ts_socket) && ROW_ON_STACK % 8 == 0,
	       "device_name");

#define ROW(name)                                                                                  \
	u64 name##_room[ROW_ON_STACK / 8];                                                         \
	struct ts_socket *name = (void *)name##_room

static __always_inline bool is_wanted(struct sock_common *skc, struct ts_tuple *tuple, u32 state)
{
	tuple_read(skc, tuple);
	if (cfg_filter.on & TS_BY_STATE && !ts_filter_pair(&cfg_filter, state, state))
		return false;
	return tuple_match(tuple) == TS_YES;
}

static __always_inline void row_begin(struct ts_socket *row, struct sock_common *skc,
				      const struct ts_tuple *tuple, u32 proto, u32 state)
{
	__builtin_memset(row, 0, ROW_ON_STACK);
	row->head.kind = TS_ROW_SOCKET;
	row->head.size = sizeof(*row);
	row->address = (u64)skc;
	row->proto = proto;
	row->state = state;
	row->family = tuple->family;
	row->netns = tuple->netns;
	row->lport = tuple->lport;
	row->rport = tuple->rport;
	row->device = tuple->device;
	__builtin_memcpy(row->laddr, tuple->laddr, sizeof(row->laddr));
	__builtin_memcpy(row->raddr, tuple->raddr, sizeof(row->raddr));
	row->flags = (tuple->flags & TS_F_MAPPED ? TS_S_MAPPED : 0) |
		     (READ(skc, skc_family) == AF_INET6 ? TS_S_IPV6 : 0) |
		     (READ_BITS(skc, skc_ipv6only) ? TS_S_V6ONLY : 0);
}

/* Adds the facts of a running tracer, if its record has the current state of the socket. */
static __always_inline void row_add_record(struct ts_socket *row, const struct ts_record *rec,
					   u32 own)
{
	if ((rec->state_word & TS_STATE_MASK) != own)
		return;
	row->flags |= TS_S_RECORD;
	row->since_ns = rec->since_ns;
	row->owner = rec->owner;
	row->pid = rec->pid;
	row->origin = rec->origin;
	if (rec->owner != TS_OWNER_UNKNOWN && rec->owner != TS_OWNER_KERNEL)
		comm_copy(row->comm, rec->comm);
}

static __always_inline void row_add_minisock(struct ts_socket *row)
{
	struct ts_minisock *minisock;

	if (!cfg_records)
		return;
	minisock = bpf_map_lookup_elem(&minisocks, &row->address);
	if (minisock && minisock->rec.id == row->id)
		row_add_record(row, &minisock->rec, row->state);
}

static __always_inline void write_row(struct seq_file *seq, struct ts_socket *row,
				      const struct ts_tuple *tuple)
{
	u64 *name = (u64 *)row;

	(void)bpf_seq_write(seq, row, ROW_ON_STACK);
	if (tuple->device)
		device_name_get(tuple->net, tuple->device, name);
	else
		name[0] = name[1] = 0;
	(void)bpf_seq_write(seq, name, TS_DEVICE_LEN);
}

static __always_inline void write_request(struct seq_file *seq, struct sock_common *skc)
{
	struct request_sock *req = (void *)skc;
	struct ts_tuple tuple;
	ROW(row);

	if (!is_minisock_wanted() || !is_wanted(skc, &tuple, TS_SYN_RECV))
		return;
	row_begin(row, skc, &tuple, IPPROTO_TCP, TS_SYN_RECV);
	request_read(row, req);
	row->id = socket_cookie(skc);
	row_add_minisock(row);
	write_row(seq, row, &tuple);
}

static __always_inline void write_timewait(struct seq_file *seq, struct sock_common *skc)
{
	struct inet_timewait_sock *tw = (void *)skc;
	u8 substate = BPF_CORE_READ(tw, tw_substate);
	u32 state = substate == TS_FIN_WAIT_2 ? TS_FIN_WAIT_2 : TS_TIME_WAIT;
	struct ts_tuple tuple;
	ROW(row);

	if (!is_minisock_wanted() || !is_wanted(skc, &tuple, state))
		return;
	row_begin(row, skc, &tuple, IPPROTO_TCP, state);
	row->flags |= TS_S_MINISOCK | TS_S_NO_FILE;
	if (state == TS_FIN_WAIT_2)
		row->flags |= TS_S_ORPHAN;
	row->timer = TS_TIMER_TIMEWAIT;
	row->expires = ticks_until(BPF_CORE_READ(tw, tw_timer.expires));
	row->id = socket_cookie(skc);
	row_add_minisock(row);
	write_row(seq, row, &tuple);
}

static __always_inline void write_full(struct seq_file *seq, struct tcp_sock *tp, struct sock *key)
{
	struct sock *sk = &tp->inet_conn.icsk_inet.sk;
	u32 own = READ(sk, __sk_common.skc_state), state = own;
	u64 msk = 0; /* see connection_of() */
	struct ts_record *rec;
	struct ts_tuple tuple;
	ROW(row);
	bool wanted;

	if (own == TS_CLOSED)
		return;
	if (cfg_connections) {
		msk = connection_find(tp);
		state = connection_state(msk, own);
	}
	wanted = is_wanted(&sk->__sk_common, &tuple, state) &&
		 (!(cfg_filter.on & TS_BY_CGROUP) || cgroup_match(sk));
	if (!wanted && state != TS_LISTEN)
		return;
	row_begin(row, &sk->__sk_common, &tuple, IPPROTO_TCP, state);
	row->flags |= wanted ? 0 : TS_S_UNWANTED;
	socket_read(row, sk);
	queues_read(row, tp);
	times_read(row, tp);
	if (cfg_connections)
		connection_write(row, msk);
	if (cfg_details) {
		cgroup_read(row, sk);
		details_read(row, tp);
	}
	row->id = socket_cookie(key);
	rec = cfg_records ? record_peek(key) : NULL;
	if (rec && rec->id == row->id)
		row_add_record(row, rec, own);
	if (connection_is_shown(msk) && (own != state || own != TS_ESTABLISHED))
		row->since_ns = 0; /* it is the subflow's, not the connection's */
	write_row(seq, row, &tuple);
}

struct children {
	struct seq_file *seq;
	struct request_sock *next;
	struct ts_child row;
};

/* Returns 1 after the last. */
static long write_child(u32 i, struct children *children)
{
	struct request_sock *req = children->next;

	if (!req)
		return 1;
	children->row.address = (u64)BPF_CORE_READ(req, sk);
	children->next = BPF_CORE_READ(req, dl_next);
	if (!children->row.address)
		return 0;
	return bpf_seq_write(children->seq, &children->row, sizeof(children->row)) != 0;
}

/* Connections in the accept queue do not point to their listener. */
static __always_inline void write_children(struct seq_file *seq, struct tcp_sock *tp)
{
	struct children children = {
		.seq = seq,
		.next = READ(tp, inet_conn.icsk_accept_queue.rskq_accept_head),
		.row.head = { .kind = TS_ROW_CHILD, .size = sizeof(children.row) },
		.row.listener = (u64)tp,
	};

	if (!children.next)
		return;
#ifndef TS_NO_STORAGE
	if (bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_loop)) { /* 5.17 */
		bpf_loop(CHILDREN_MAX, write_child, &children, 0);
		return;
	}
#endif
	for (u32 i = 0; i < CHILDREN_UNROLLED; i++)
		if (write_child(i, &children))
			return;
}

/* The TCP sockets of the network namespace that made the iterator. */
SEC("iter/tcp")
int list_tcp(struct bpf_iter__tcp *ctx)
{
	struct sock_common *skc = ctx->sk_common;
	struct tcp_sock *tp;

	if (!skc)
		return 0;
	if (skc->skc_state == TS_NEW_SYN_RECV) {
		write_request(ctx->meta->seq, skc);
	} else if (skc->skc_state == TS_TIME_WAIT) {
		write_timewait(ctx->meta->seq, skc);
	} else {
		tp = bpf_skc_to_tcp_sock(skc);
		if (!tp)
			return 0;
		write_full(ctx->meta->seq, tp, (struct sock *)skc);
		if (skc->skc_state == TS_LISTEN)
			write_children(ctx->meta->seq, tp);
	}
	return 0;
}

/* Connected or not: UNCONN of `ss` is TS_CLOSED here, and for the filter no state. */
SEC("iter/udp")
int list_udp(struct bpf_iter__udp *ctx)
{
	struct udp_sock *up = ctx->udp_sk;
	struct ts_tuple tuple;
	ROW(row);
	struct sock *sk;
	u32 state;

	if (!up)
		return 0;
	sk = &up->inet.sk;
	state = READ(sk, __sk_common.skc_state);
	if (!is_wanted(&sk->__sk_common, &tuple, state == TS_CLOSED ? 0 : state))
		return 0;
	if (cfg_filter.on & TS_BY_CGROUP && !cgroup_match(sk))
		return 0;
	row_begin(row, &sk->__sk_common, &tuple, IPPROTO_UDP, state);
	socket_read(row, sk);
	udp_read(row, up);
	if (cfg_details)
		cgroup_read(row, sk);
	row->id = socket_cookie(up);
	write_row(ctx->meta->seq, row, &tuple);
	return 0;
}

/* Two loads: a probe costs ten times as much. */
static __always_inline void comm_read(char *comm, struct task_struct *leader)
{
#ifdef TS_NO_STORAGE
	bpf_probe_read_kernel(comm, TS_COMM_LEN, leader->comm);
#else
	const u64 *words = (const u64 *)leader->comm;

	_Static_assert(TS_COMM_LEN == 2 * sizeof(u64), "comm");
	((u64 *)comm)[0] = words[0];
	((u64 *)comm)[1] = words[1];
#endif
}

/* Does not read the sock: that would be one more cache line for each of many. */
static __always_inline void write_holder(struct seq_file *seq, struct task_struct *task,
					 struct file *file, u32 fd)
{
	struct task_info info;
	struct ts_holder row = {
		.head = { .kind = TS_ROW_HOLDER, .size = sizeof(row) },
		.inode = READ(file, f_inode, i_ino),
		.fd = fd,
	};

	task_info_read(&info, task);
	row.tgid = info.tgid;
	row.pid = task_visible_pid(&info);
	row.uid = info.uid;
	row.start_ns = info.start_ns;
	comm_read(row.comm, info.leader);
	(void)bpf_seq_write(seq, &row, sizeof(row));
}

/* In the compat object the pointer has no type that the helper takes. */
static __always_inline struct tcp_sock *tcp_of_file(struct sock *sk)
{
#ifdef TS_UNTRUSTED
	return (void *)sk;
#else
	return bpf_skc_to_tcp_sock(sk);
#endif
}

/* Of those in state TS_CLOSED: the kernel has it in no table, and no other iterator finds it. */
static __always_inline bool is_unhashed(struct sock *sk, u32 proto)
{
	if (READ(sk, sk_type) == SOCK_RAW)
		return false;
	if (proto == IPPROTO_UDP)
		return cfg_closed & TS_CLOSED_UDP && !READ(sk, __sk_common.skc_num);
	return cfg_closed & TS_CLOSED_TCP && (proto == IPPROTO_TCP || proto == PROTO_MPTCP);
}

/*
 * tcp_done() shuts both directions down, tcp_disconnect() takes that back. The numbers of bytes to
 * send are left over: the queue is empty.
 */
static __always_inline void write_closed(struct seq_file *seq, struct sock *sk)
{
	u32 proto = READ(sk, sk_protocol);
	struct ts_record *rec;
	struct tcp_sock *tp;
	struct ts_tuple tuple;
	ROW(row);

	if (!is_unhashed(sk, proto) ||
	    !is_wanted(&sk->__sk_common, &tuple, proto == IPPROTO_UDP ? 0 : TS_CLOSED))
		return;
	if (cfg_filter.on & TS_BY_CGROUP && !cgroup_match(sk))
		return;
	row_begin(row, &sk->__sk_common, &tuple, proto == IPPROTO_UDP ? IPPROTO_UDP : IPPROTO_TCP,
		  TS_CLOSED);
	socket_read(row, sk);
	if (!row->rport) /* tcp_disconnect() leaves the address */
		__builtin_memset(row->raddr, 0, sizeof(row->raddr));
	row->error = READ(sk, sk_err);
	if (READ(sk, sk_shutdown) == SHUTDOWN_MASK)
		row->flags |= TS_S_ENDED;
	if (proto == PROTO_MPTCP)
		row->flags |= TS_S_SUBFLOW | TS_S_CONNECTION;
	tp = proto == IPPROTO_TCP ? tcp_of_file(sk) : NULL;
	if (tp) {
		queues_read(row, tp);
		row->bytes_in = READ(tp, bytes_received);
		row->bytes_out = READ(tp, bytes_acked);
		ended_read(row, tp);
	}
	row->send_q = row->unsent = 0;
	if (cfg_details)
		cgroup_read(row, sk);
	row->id = socket_cookie(sk);
	rec = cfg_records && proto == IPPROTO_TCP ? record_peek(sk) : NULL;
	/* a timewait socket may have taken over at that moment */
	if (rec && rec->id == row->id)
		row_add_record(row, rec,
			       (rec->state_word & TS_STATE_MASK) == TS_TIME_WAIT ? TS_TIME_WAIT :
										   TS_CLOSED);
	write_row(seq, row, &tuple);
}

static __always_inline bool write_netns(struct seq_file *seq, u32 inode, u32 way,
					struct task_struct *task, u32 fd)
{
	struct ts_netns_row row = {
		.head = { .kind = TS_ROW_NETNS, .size = sizeof(row) },
		.inode = inode,
		.way = way,
		.fd = fd,
	};
	struct task_info info;

	if (task) {
		task_info_read(&info, task);
		row.pid = task_visible_pid(&info);
	}
	return !bpf_seq_write(seq, &row, sizeof(row));
}

/* All files of namespaces, of whatever kind, share their file operations. */
static __always_inline bool is_namespace(struct file *file)
{
	if (!netns_file_ops) {
		struct task_struct *reader = current_task();
		struct file **files = BPF_CORE_READ(reader, files, fdt, fd), *own = NULL;

		bpf_probe_read_kernel(&own, sizeof(own), files + cfg_netns_fd);
		netns_file_ops = own ? (u64)BPF_CORE_READ(own, f_op) : 1;
	}
	return (u64)file->f_op == netns_file_ops;
}

/*
 * A socket that no output shows: of another kind, or in no table of the kernel. One with a port may be a
 * listener before its holders are needed.
 */
static __always_inline bool is_hidden(struct socket *socket, struct sock *sk)
{
	switch (READ(socket, type)) {
	case SOCK_RAW:
		return true;
	case SOCK_DGRAM:
		return !cfg_udp;
	default:
		return !cfg_tcp || (!(cfg_closed & TS_CLOSED_TCP) &&
				    READ(sk, __sk_common.skc_state) == TS_CLOSED &&
				    !READ(sk, __sk_common.skc_num));
	}
}

/* Every internet socket that a process has open, in every network namespace. */
SEC("iter/task_file")
int list_files(struct bpf_iter__task_file *ctx)
{
	struct task_struct *task = ctx->task;
	struct file *file = ctx->file;
	struct socket *socket;
	struct sock *sk;
	struct net *net;
	int family;

	if (!task || !file)
		return 0;
	socket = socket_of_file(file);
	if (!socket && !ring_seen && file_is_ring(file))
		ring_seen = 1;
	if (cfg_leaders && READ_TASK(task, pid) != READ_TASK(task, tgid))
		return 0;
	if (!socket) {
		if (cfg_netns_fd && is_namespace(file))
			write_netns(ctx->meta->seq, READ(file, f_inode, i_ino), TS_NETNS_FILE, task,
				    ctx->fd);
		return 0;
	}
	family = READ(socket, ops, family);
	if (family != AF_INET && family != AF_INET6)
		return 0;
	sk = READ(socket, sk);
	if (!sk)
		return 0;
	net = READ(sk, __sk_common.skc_net.net);
	if (cfg_files_netns && READ(net, ns.inum) != cfg_files_netns)
		return 0;
	if (!is_hidden(socket, sk)) {
		write_holder(ctx->meta->seq, task, file, ctx->fd);
		if (cfg_closed && READ(sk, __sk_common.skc_state) == TS_CLOSED)
			write_closed(ctx->meta->seq, sk);
	}
	if (cfg_netns_fd && (u64)net != last_net &&
	    write_netns(ctx->meta->seq, READ(net, ns.inum), TS_NETNS_SOCKET, task, ctx->fd))
		last_net = (u64)net;
	return 0;
}

/* Network namespaces of one run of the program, whose rows must fit into the buffer. */
enum { NETNS_MAX = 1000, NETNS_UNROLLED = 32 };

_Static_assert((NETNS_MAX + 1) * sizeof(struct ts_netns_row) < 8 * 4096, "NETNS_MAX");

struct netns_walk {
	struct seq_file *seq;
	u64 at, first; /* struct net */
	u64 ops;       /* that all have: the head of the list is in none */
	bool failed, complete;
};

/* Returns 1 after the last. The list is a ring, whose head is not part of a struct net. */
static long walk_netns(u32 i, struct netns_walk *walk)
{
	struct net *net = (void *)walk->at;

	if ((u64)BPF_CORE_READ(net, ns.ops) == walk->ops && !net_is_gone(net) &&
	    !write_netns(walk->seq, BPF_CORE_READ(net, ns.inum), TS_NETNS_KERNEL, NULL, 0)) {
		walk->failed = true;
		return 1;
	}
	walk->at = (u64)BPF_CORE_READ(net, list.next) - bpf_core_field_offset(struct net, list);
	walk->complete = walk->at == walk->first;
	return walk->complete;
}

/* A reader cannot hold the list between two runs of the program: all is in the first where they are few. */
static __always_inline bool walk_namespaces(struct seq_file *seq)
{
	struct task_struct *reader = current_task();
	struct net *first = BPF_CORE_READ(reader, nsproxy, net_ns);
	struct netns_walk walk = {
		.seq = seq,
		.at = netns_at ? netns_at : (u64)first,
		.first = (u64)first,
		.ops = (u64)BPF_CORE_READ(first, ns.ops),
	};

#ifndef TS_NO_STORAGE
	if (bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_loop)) { /* 5.17 */
		bpf_loop(NETNS_MAX, walk_netns, &walk, 0);
	} else
#endif
		for (u32 i = 0; i < NETNS_UNROLLED; i++)
			if (walk_netns(i, &walk))
				break;
	if (walk.failed)
		return false;
	netns_at = walk.at;
	netns_complete = walk.complete;
	return true;
}

/* The kernel's list of network namespaces, and threads that are not in their leader's. */
SEC("iter/task")
int list_netns(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task, *leader;
	struct task_info thread = { .leader = task };
	struct net *net, *own;

	if (!task || !bpf_core_field_exists(((struct net *)0)->ns.ops))
		return 0;
	if (!netns_complete && !walk_namespaces(ctx->meta->seq))
		return 0;
	leader = BPF_CORE_READ(task, group_leader);
	if (leader == task)
		return 0;
	net = BPF_CORE_READ(task, nsproxy, net_ns);
	own = BPF_CORE_READ(leader, nsproxy, net_ns);
	thread.tgid = BPF_CORE_READ(task, pid);
	if (net && net != own)
		write_netns(ctx->meta->seq, BPF_CORE_READ(net, ns.inum), TS_NETNS_THREAD, task,
			    task_visible_pid(&thread));
	return 0;
}
