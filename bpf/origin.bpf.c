// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The current task's user stack: recognized if user space knows it, otherwise copied for user space
 * to unwind. A walk by frame pointers would end at the first function built without them.
 */
#include "origin.bpf.h"
#include "owner.bpf.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* The verifier walks every iteration of a loop without bpf_loop(). */
enum { PAGE = 4096, STACK_WORDS = TS_STACK_BYTES / 8, KNOWN_UNROLLED = 4 };

static const u64 SECOND_NS = 1000000000ull;

const volatile u32 cfg_origins = 0;

/* User space sets the sizes, if origins are on. */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} stacks SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 1);
	__type(key, struct ts_stack_key);
	__type(value, struct ts_known_stacks);
} known_stacks SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct ts_origin_cpu);
} origin_cpus SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_HASH);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct ts_origin_user);
} stack_users SEC(".maps");

/* Only user space uses it. It is here to be pinned with the records. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct ts_origin);
} origins SEC(".maps");

#ifdef __TARGET_ARCH_arm64

struct pt_regs___saved {
	u64 regs[31];
	u64 sp;
	u64 pc;
} __attribute__((preserve_access_index));

static __always_inline void registers_read(struct ts_stack *stack, void *from)
{
	struct pt_regs___saved *regs = from;

	stack->pc = regs->pc;
	stack->sp = stack->registers[31] = regs->sp;
	/* callee-saved registers, with the frame pointer and the link register */
	for (u32 i = 19; i < 31; i++)
		stack->registers[i] = BPF_CORE_READ(regs, regs[i]);
}

#define LINK_REGISTER 30

#else

static __always_inline void registers_read(struct ts_stack *stack, void *from)
{
	struct pt_regs *regs = from;

	stack->pc = stack->registers[16] = regs->ip;
	stack->sp = stack->registers[7] = regs->sp;
	stack->registers[3] = regs->bx;
	stack->registers[6] = regs->bp;
	stack->registers[12] = regs->r12;
	stack->registers[13] = regs->r13;
	stack->registers[14] = regs->r14;
	stack->registers[15] = regs->r15;
}

#define LINK_REGISTER 0 /* x86 has none */

#endif

static __always_inline bool layout_read(struct ts_layout *layout, struct task_struct *task)
{
	struct mm_struct *mm = task->mm;
	struct file *file;

	if (!mm)
		return false;
	layout->start_code = mm->start_code;
	layout->start_stack = mm->start_stack;
	file = mm->exe_file;
	layout->executable = file ? (u64)file->f_inode : 0;
	return true;
}

/* Copies up to `limit` bytes from sp on, a page at a time: the next page may be unmapped. */
static __always_inline void stack_read(struct ts_stack *stack, u32 limit)
{
	u32 done = 0;

	for (u32 i = 0; i < TS_STACK_BYTES / PAGE + 1; i++) {
		u64 from = stack->sp + done;
		u32 n = PAGE - (from & (PAGE - 1)), left = limit - done;

		if (n > left)
			n = left;
		barrier_var(n); /* keeps the tests that the compiler could drop */
		barrier_var(done);
		if (!n || n > PAGE || done >= TS_STACK_BYTES)
			break;
		if (bpf_probe_read_user((char *)stack->words + done, n, (void *)from))
			break;
		done += n;
	}
	stack->bytes = done;
}

/* The word at the position of a return address. */
static __always_inline u64 word_at(const struct ts_stack *stack, u32 at)
{
	if (LINK_REGISTER && at == TS_IN_LINK_REGISTER)
		return stack->registers[LINK_REGISTER];
	return stack->words[at & (STACK_WORDS - 1)];
}

struct search {
	const struct ts_known_stacks *known;
	const struct ts_stack *stack;
	u32 id;
};

/* Compares all return addresses of a known stack. Returns 1 to end the search. */
static long try_known(u32 i, struct search *search)
{
	const struct ts_known_stacks *known = search->known;
	const struct ts_known_stack *one;

	if (i >= known->n || i >= TS_STACKS_KNOWN)
		return 1;
	one = &known->stack[i];
	if ((one->tgid && one->tgid != search->stack->tgid) || one->bytes > search->stack->bytes)
		return 0;
	for (u32 j = 0; j < TS_STACK_FRAMES; j++) {
		if (j >= one->n)
			break;
		if (word_at(search->stack, one->at[j]) != one->address[j])
			return 0;
	}
	search->id = one->id;
	return 1;
}

/* Returns 0 if user space does not know the stack. */
static __always_inline u32 stack_find(struct ts_stack *stack)
{
	struct ts_stack_key key = { .layout = stack->layout, .pc = stack->pc, .kind = stack->kind };
	struct search search = { .stack = stack };
	u32 bytes;

	search.known = bpf_map_lookup_elem(&known_stacks, &key);
	if (!search.known)
		return 0;
	bytes = search.known->bytes;
	stack_read(stack, bytes < TS_STACK_BYTES ? bytes : TS_STACK_BYTES);
#ifndef TS_NO_STORAGE
	if (bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_loop)) { /* 5.17 */
		bpf_loop(TS_STACKS_KNOWN, try_known, &search, 0);
		return search.id;
	}
#endif
	for (u32 i = 0; i < KNOWN_UNROLLED; i++)
		if (try_known(i, &search))
			break;
	return search.id;
}

static __always_inline struct ts_origin_user *user_find(struct ts_origin_cpu *cpu, u32 uid)
{
	struct ts_origin_user *user = bpf_map_lookup_elem(&stack_users, &uid), none = {};

	if (user)
		return user;
	bpf_map_update_elem(&stack_users, &uid, &none, BPF_NOEXIST);
	user = bpf_map_lookup_elem(&stack_users, &uid);
	return user ? user : &cpu->rest;
}

/* Users come first: one with many processes has no more than one with few. */
static __always_inline bool is_within_shares(struct ts_origin_cpu *cpu, struct ts_origin_user *user,
					     u32 tgid)
{
	u16 *of_process = &cpu->of_process[tgid % TS_STACK_PROCESSES];

	if (cpu->in_second >= TS_STACKS_PER_SECOND || user->in_second >= TS_STACKS_OF_USER ||
	    *of_process >= TS_STACKS_OF_PROCESS)
		return false;
	cpu->in_second++;
	user->in_second++;
	++*of_process;
	return true;
}

static __always_inline bool is_within_rate(struct ts_origin_cpu *cpu, const struct ts_stack *stack)
{
	struct ts_origin_user *user = user_find(cpu, stack->uid);
	u64 second = bpf_ktime_get_ns() / SECOND_NS;

	if (cpu->second != second) {
		cpu->second = second;
		cpu->in_second = 0;
		__builtin_memset(cpu->of_process, 0, sizeof(cpu->of_process));
	}
	if (user->second != second) {
		user->second = second;
		user->in_second = 0;
	}
	if (is_within_shares(cpu, user, stack->tgid))
		return true;
	user->limited++;
	user->pid = stack->pid;
	return false;
}

/* Sends the stack to user space. Returns its id, or 0. */
static __always_inline u32 stack_send(struct ts_origin_cpu *cpu, struct task_struct *task)
{
	struct ts_stack *stack = &cpu->stack;
	u64 size = sizeof(*stack) - sizeof(stack->words);
	struct task_info info;

	task_info_read(&info, task);
	stack->pid = task_visible_pid(&info);
	stack->uid = (u32)bpf_get_current_uid_gid();
	if (!is_within_rate(cpu, stack)) {
		cpu->limited++;
		return 0;
	}
	stack_read(stack, TS_STACK_BYTES);
	stack->id = cpu->made * cfg_origins + bpf_get_smp_processor_id() + 1;
	size += stack->bytes & (2 * TS_STACK_BYTES - 1);
	if (size > sizeof(*stack))
		return 0;
	if (bpf_ringbuf_output(&stacks, stack, size, 0)) {
		cpu->lost++;
		return 0;
	}
	cpu->made++;
	cpu->copied++;
	return stack->id;
}

static __always_inline u32 stack_take(struct ts_origin_cpu *cpu, u32 kind)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct ts_stack *stack = &cpu->stack;
	u32 id;

	stack->kind = kind;
	stack->tgid = bpf_get_current_pid_tgid() >> 32;
	if (!layout_read(&stack->layout, task))
		return 0;
	registers_read(stack, (void *)bpf_task_pt_regs(task));
	if (!stack->sp) /* a thread of io_uring */
		return 0;
	id = stack_find(stack);
	if (!id)
		return stack_send(cpu, task);
	cpu->known++;
	return id;
}

#ifndef TS_NO_STORAGE

/* A preempted task leaves its incomplete stack on the CPU. */
static __always_inline bool cpu_enter(struct ts_origin_cpu *cpu)
{
	return !__sync_val_compare_and_swap(&cpu->busy, 0, 1);
}

#else

/* See record.bpf.h on atomic operations. Kernels that need this do not preempt programs. */
static __always_inline bool cpu_enter(struct ts_origin_cpu *cpu)
{
	bool free = !cpu->busy;

	cpu->busy = 1;
	return free;
}

#endif

__attribute__((noinline)) u32 origin_take(u32 kind)
{
	struct ts_origin_cpu *cpu;
	u32 zero = 0, id;

	if (!cfg_origins)
		return 0;
	cpu = bpf_map_lookup_elem(&origin_cpus, &zero);
	if (!cpu)
		return 0;
	if (!cpu_enter(cpu)) {
		__sync_fetch_and_add(&cpu->missed, 1);
		return 0;
	}
	id = stack_take(cpu, kind);
	cpu->busy = 0;
	return id;
}
