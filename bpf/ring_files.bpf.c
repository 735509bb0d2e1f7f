// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Finds sockets that an io_uring holds in its own table, and no process in a descriptor. Runs only if
 * there are sockets without a holder, and a ring. All pointers are probed: the tables change while they
 * are read.
 */
#ifdef TS_NO_STORAGE
#define TS_UNTRUSTED /* pointers reached through a file's private_data */
#endif
#include "helpers.bpf.h"
#include "owner.bpf.h"
#include "ring.bpf.h"

#include <tcpstate/socket.h>

char LICENSE[] SEC("license") = "Dual BSD/GPL";

enum { SOCKFS_MAGIC = 0x534f434b };

/* Of one ring: without bpf_loop() the verifier walks every iteration. */
enum { SLOTS_UNROLLED = 256, SLOTS_MAX = 1 << 20 };
/* The low bits of a slot are flags (FFS_MASK). */
static const u64 FILE_MASK = ~7ull;

/* Inode numbers of the sockets that have no holder. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1); /* user space sets it, and the next one's */
	__type(key, u64);
	__type(value, u32);
} unheld SEC(".maps");

/* Rows of kind TS_ROW_SLOT. */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 16);
} slot_rows SEC(".maps");

/* Slots that may still be read, in all rings. What is not read of a ring, for any reason, sets slots_cut. */
u32 slots_left = 1 << 22;
u32 slots_cut = 0;

/* From 6.13: 661768085e99 ("io_uring/rsrc: get rid of the empty node and dummy_ubuf") and neighbours. */
struct io_rsrc_node___nodes {
	unsigned long file_ptr;
} __attribute__((preserve_access_index));

struct io_rsrc_data___nodes {
	unsigned int nr;
	struct io_rsrc_node___nodes **nodes;
} __attribute__((preserve_access_index));

struct io_file_table___nodes {
	struct io_rsrc_data___nodes data;
} __attribute__((preserve_access_index));

struct io_ring_ctx___nodes {
	struct io_file_table___nodes file_table;
} __attribute__((preserve_access_index));

/* Before, from 5.15 on, which 5.10.162 has taken over: an array of file pointers. */
struct io_file_table___flat {
	void *files;
} __attribute__((preserve_access_index));

struct io_ring_ctx___flat {
	struct io_file_table___flat file_table;
	unsigned int nr_user_files;
} __attribute__((preserve_access_index));

/* New with the flat array, too. The members of the table with two levels before have the same names. */
struct io_open___flat {
	u32 file_slot;
} __attribute__((preserve_access_index));

/*
 * Constants once the program is relocated. What reads nodes must be guarded by it alone: a flag in
 * memory does not let the verifier drop that code, and it refuses the program on older kernels.
 */
#define HAS_NODES bpf_core_field_exists(struct io_ring_ctx___nodes, file_table.data.nodes)
#define HAS_FLAT                                                                                   \
	(bpf_core_field_exists(struct io_ring_ctx___flat, file_table.files) &&                     \
	 bpf_core_field_exists(struct io_open___flat, file_slot))

/* Of one ring. */
struct walk {
	struct ts_holder row;
	u64 table; /* address of the array */
	u32 n;
};

static __always_inline bool walk_begin(struct walk *walk, void *ring)
{
	struct io_ring_ctx___nodes *nodes = ring;
	struct io_ring_ctx___flat *flat = ring;

	if (HAS_NODES) {
		walk->n = BPF_CORE_READ(nodes, file_table.data.nr);
		walk->table = (u64)BPF_CORE_READ(nodes, file_table.data.nodes);
	} else if (HAS_FLAT) {
		walk->n = BPF_CORE_READ(flat, nr_user_files);
		walk->table = (u64)BPF_CORE_READ(flat, file_table.files);
	} else {
		slots_cut = 1; /* 5.11 to 5.14 and unknown layouts */
	}
	return walk->table && walk->n;
}

static __always_inline struct file *walk_file(const struct walk *walk, u32 i)
{
	u64 slot = 0;

	bpf_probe_read_kernel(&slot, sizeof(slot), (void *)(walk->table + i * sizeof(slot)));
	if (HAS_NODES && slot)
		slot = BPF_CORE_READ((struct io_rsrc_node___nodes *)slot, file_ptr);
	return (struct file *)(slot & FILE_MASK);
}

/* Returns 1 after the last. */
static long visit_slot(u32 i, struct walk *walk)
{
	struct file *file;
	struct inode *inode;

	if (i >= walk->n)
		return 1;
	if (!slots_left) {
		slots_cut = 1;
		return 1;
	}
	slots_left--;
	file = walk_file(walk, i);
	if (!file)
		return 0;
	inode = BPF_CORE_READ(file, f_inode);
	if (BPF_CORE_READ(inode, i_sb, s_magic) != SOCKFS_MAGIC)
		return 0;
	walk->row.inode = BPF_CORE_READ(inode, i_ino);
	if (bpf_map_lookup_elem(&unheld, &walk->row.inode) &&
	    bpf_ringbuf_output(&slot_rows, &walk->row, sizeof(walk->row), BPF_RB_NO_WAKEUP))
		slots_cut = 1;
	return 0;
}

SEC("iter/task_file")
int list_ring_files(struct bpf_iter__task_file *ctx)
{
	struct walk walk = { .row.head = { TS_ROW_SLOT, sizeof(walk.row) }, .row.fd = ctx->fd };
	struct task_struct *task = ctx->task;
	struct file *file = ctx->file;
	struct task_info info;

	if (!task || !file || !file_is_ring(file))
		return 0;
	if (!walk_begin(&walk, BPF_CORE_READ(file, private_data)))
		return 0;
	task_info_read(&info, task);
	walk.row.tgid = info.tgid;
	walk.row.pid = task_visible_pid(&info);
	walk.row.uid = info.uid;
	walk.row.start_ns = info.start_ns;
	bpf_probe_read_kernel(walk.row.comm, sizeof(walk.row.comm), &info.leader->comm);
#ifndef TS_NO_STORAGE
	if (bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_loop)) { /* 5.17 */
		bpf_loop(SLOTS_MAX, visit_slot, &walk, 0);
		return 0;
	}
#endif
	if (walk.n > SLOTS_UNROLLED)
		slots_cut = 1;
	for (u32 i = 0; i < SLOTS_UNROLLED; i++)
		if (visit_slot(i, &walk))
			break;
	return 0;
}
