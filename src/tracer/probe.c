// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Probes of what the kernel allows; each tries the smallest program or map that needs it. */
#include "tracer/probe.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>
#include <linux/perf_event.h>

#include "system/cgroup.h"
#include "system/limits.h"
#include "system/privilege.h"

#define KERNEL_BTF "/sys/kernel/btf/vmlinux"
#define PROBE	   "tcpstate_probe" /* name of programs and maps */

enum { LOG_SIZE = 4096 };

/* Instructions of the probe programs. Register 10 is the frame pointer. */
#define INSN(op, to, from, offset, value)                                                          \
	{                                                                                          \
		.code = op, .dst_reg = to, .src_reg = from, .off = offset, .imm = value            \
	}
#define MOV_IMM(reg, value) INSN(BPF_ALU64 | BPF_MOV | BPF_K, reg, 0, 0, value)
#define MOV(reg, from)	    INSN(BPF_ALU64 | BPF_MOV | BPF_X, reg, from, 0, 0)
/* The first argument of the hook; `context` is the register that points to them. */
#define LOAD_ARGUMENT(reg, context) INSN(BPF_LDX | BPF_MEM | BPF_DW, reg, context, 0, 0)
#define STORE_STACK(value)	    INSN(BPF_ST | BPF_MEM | BPF_DW, 10, 0, -8, value)
#define LOAD_MAP_LOW(reg, fd)	    INSN(BPF_LD | BPF_IMM | BPF_DW, reg, BPF_PSEUDO_MAP_FD, 0, fd)
#define LOAD_MAP_HIGH		    INSN(0, 0, 0, 0, 0)
#define CALL(helper)		    INSN(BPF_JMP | BPF_CALL, 0, 0, 0, helper)
#define EXIT			    INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0)

#define FETCH_ADD_STACK(reg) INSN(BPF_STX | BPF_ATOMIC | BPF_DW, 10, reg, -8, BPF_ADD | BPF_FETCH)

/* A program for an argument list, with its length. */
#define INSNS(program) program, sizeof(program) / sizeof((program)[0])

static const struct bpf_insn return_0[] = { MOV_IMM(0, 0), EXIT };

/* libbpf searches several files, and its error is about the last. Returns -errno. */
static int find_btf_error(int err)
{
	int fd;

	if (limits_memory_is_short())
		return -ENOMEM;
	fd = open(KERNEL_BTF, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	(void)close(fd);
	return err ? -err : -ENOENT;
}

void probes_open(struct probes *probes)
{
	libbpf_print_fn_t print = libbpf_set_print(NULL);

	probes->btf = btf__load_vmlinux_btf();
	probes->btf_error = probes->btf ? 0 : find_btf_error(errno);
	(void)libbpf_set_print(print);
}

void probes_close(struct probes *probes)
{
	btf__free(probes->btf);
	probes->btf = NULL;
}

int probe_privileges(const struct probes *probes, const char *target, struct error *why)
{
	struct privileges have;
	uint64_t missing;
	char names[64];

	privileges_read(&have);
	if (have.in_user_namespace)
		return error_set(why, EPERM,
				 "this process is in a user namespace, whose root "
				 "may not load BPF programs");
	missing = PRIVILEGES_OF_BPF & ~have.effective;
	if (!missing || have.effective & PRIVILEGE(CAP_SYS_ADMIN))
		return 0;
	return error_set(why, EPERM, "this process lacks %s",
			 privilege_names(missing, names, sizeof(names)));
}

bool probe_is_user(void)
{
	struct privileges have;

	privileges_read(&have);
	return probe_privileges(NULL, NULL, NULL) && (!have.root || have.in_user_namespace);
}

int probe_btf(const struct probes *probes, const char *target, struct error *why)
{
	switch (probes->btf_error) {
	case 0:
		return 0;
	case -EMFILE:
	case -ENFILE:
	case -ENOMEM:
		return error_set(why, -probes->btf_error, "cannot read " KERNEL_BTF ": %s",
				 strerror(-probes->btf_error));
	}
	return error_set(why, ENOENT, KERNEL_BTF " is missing or unreadable");
}

int probe_lockdown(const struct probes *probes, const char *target, struct error *why)
{
	char text[128] = "";
	FILE *file = fopen("/sys/kernel/security/lockdown", "re");
	bool hides;

	if (!file)
		return 0;
	hides = fgets(text, sizeof(text), file) && strstr(text, "[confidentiality]");
	(void)fclose(file);
	if (!hides)
		return 0;
	return error_set(why, EPERM, "kernel lockdown is in confidentiality mode");
}

int probe_ring_buffer(const struct probes *probes, const char *target, struct error *why)
{
	int fd = bpf_map_create(BPF_MAP_TYPE_RINGBUF, NULL, 0, 0, (uint32_t)getpagesize(), NULL);

	if (fd < 0)
		return error_set(why, -fd, "BPF_MAP_TYPE_RINGBUF: %s", strerror(-fd));
	(void)close(fd);
	return 0;
}

/* Returns the last line of a verifier log before its statistics. */
static const char *log_reason(char *log)
{
	char *line, *save = NULL, *last = NULL;

	for (line = strtok_r(log, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		if (strncmp(line, "processed ", 10) != 0)
			last = line;
	return last;
}

/* Loads a tracing program; `what` names it in the error. Returns a descriptor or -errno. */
static int try_load(const char *what, enum bpf_attach_type type, int btf_id,
		    const struct bpf_insn *insns, size_t n, struct error *why)
{
	char log[LOG_SIZE] = "";
	const char *reason;
	int fd;

	LIBBPF_OPTS(bpf_prog_load_opts, opts, .expected_attach_type = type,
		    .attach_btf_id = (uint32_t)btf_id, .log_buf = log, .log_size = sizeof(log),
		    .log_level = 1);
	fd = bpf_prog_load(BPF_PROG_TYPE_TRACING, PROBE, "Dual BSD/GPL", insns, n, &opts);
	if (fd >= 0)
		return fd;
	reason = log_reason(log);
	return error_set(why, -fd, "the kernel refuses %s: %s", what,
			 reason ? reason : strerror(-fd));
}

/* Loads a tracing program and closes it. */
static int try_program(const char *what, enum bpf_attach_type type, int btf_id,
		       const struct bpf_insn *insns, size_t n, struct error *why)
{
	int fd = try_load(what, type, btf_id, insns, n, why);

	if (fd < 0)
		return fd;
	(void)close(fd);
	return 0;
}

/* Returns an id in the kernel's BTF, or -ENOENT with the error set. */
static int find_type(const struct probes *probes, const char *name, uint32_t kind,
		     struct error *why)
{
	int id = probe_btf(probes, NULL, why);

	if (id)
		return id;
	id = btf__find_by_name_kind(probes->btf, name, kind);
	return id < 0 ? error_set(why, ENOENT, "the kernel does not have %s", name) : id;
}

/* Does the verifier accept it as a program of that tracepoint? */
static int try_at_tracepoint(const struct probes *probes, const char *name, const char *what,
			     const struct bpf_insn *insns, size_t n, struct error *why)
{
	char type[64];
	int id;

	(void)snprintf(type, sizeof(type), "btf_trace_%s", name);
	id = find_type(probes, type, BTF_KIND_TYPEDEF, why);
	return id < 0 ? id : try_program(what, BPF_TRACE_RAW_TP, id, insns, n, why);
}

int probe_tracepoint(const struct probes *probes, const char *name, struct error *why)
{
	return try_at_tracepoint(probes, name, "tp_btf", INSNS(return_0), why);
}

/* SK_STORAGE maps need BTF for key and value. */
static int storage_map_create(void)
{
	struct btf *btf = btf__new_empty();
	int id, fd;

	if (!btf)
		return -errno;
	id = btf__add_int(btf, "int", 4, BTF_INT_SIGNED);
	fd = id < 0 ? id : btf__load_into_kernel(btf);
	if (fd >= 0) {
		LIBBPF_OPTS(bpf_map_create_opts, opts, .map_flags = BPF_F_NO_PREALLOC,
			    .btf_fd = (uint32_t)btf__fd(btf), .btf_key_type_id = (uint32_t)id,
			    .btf_value_type_id = (uint32_t)id);

		fd = bpf_map_create(BPF_MAP_TYPE_SK_STORAGE, PROBE, 4, 4, 0, &opts);
	}
	btf__free(btf);
	return fd;
}

int probe_socket_storage(const struct probes *probes, const char *name, struct error *why)
{
	int fd = storage_map_create(), err;

	if (fd < 0)
		return error_set(why, -fd, "BPF_MAP_TYPE_SK_STORAGE: %s", strerror(-fd));

	const struct bpf_insn insns[] = {
		MOV(6, 1),
		LOAD_ARGUMENT(2, 6),
		LOAD_MAP_LOW(1, fd),
		LOAD_MAP_HIGH,
		MOV_IMM(3, 0),
		MOV_IMM(4, 0),
		CALL(BPF_FUNC_sk_storage_get),
		LOAD_ARGUMENT(1, 6),
		CALL(BPF_FUNC_get_socket_cookie),
		STORE_STACK(0),
		MOV_IMM(1, 1),
		FETCH_ADD_STACK(1),
		MOV_IMM(0, 0),
		EXIT,
	};
	err = try_at_tracepoint(probes, name, "SK_STORAGE in tracing programs", INSNS(insns), why);
	(void)close(fd);
	return err;
}

/* A program at the root cgroup, beside others. */
int probe_root_cgroup(const struct probes *probes, const char *target, struct error *why)
{
	const struct bpf_insn allow[] = { MOV_IMM(0, 1), EXIT };
	int cgroup = cgroup_open_root(), program, link;

	LIBBPF_OPTS(bpf_prog_load_opts, opts, .expected_attach_type = BPF_CGROUP_SOCK_OPS);
	if (cgroup < 0)
		return error_set(why, -cgroup, "cannot open the root cgroup (v2): %s",
				 strerror(-cgroup));
	program = bpf_prog_load(BPF_PROG_TYPE_SOCK_OPS, PROBE, "Dual BSD/GPL", INSNS(allow), &opts);
	link = program < 0 ? program : bpf_link_create(program, cgroup, BPF_CGROUP_SOCK_OPS, NULL);
	if (link >= 0)
		(void)close(link);
	if (program >= 0)
		(void)close(program);
	(void)close(cgroup);
	if (link < 0)
		return error_set(why, -link, "cannot attach a program to the root cgroup: %s",
				 strerror(-link));
	return 0;
}

int probe_cookie_helper(const struct probes *probes, const char *name, struct error *why)
{
	const struct bpf_insn insns[] = { LOAD_ARGUMENT(1, 1), CALL(BPF_FUNC_get_socket_cookie),
					  MOV_IMM(0, 0), EXIT };

	return try_at_tracepoint(probes, name, "bpf_get_socket_cookie() in tracing programs",
				 INSNS(insns), why);
}

int probe_user_stack(const struct probes *probes, const char *name, struct error *why)
{
	const struct bpf_insn insns[] = { CALL(BPF_FUNC_get_current_task_btf), MOV(1, 0),
					  CALL(BPF_FUNC_task_pt_regs), MOV_IMM(0, 0), EXIT };

	return try_at_tracepoint(probes, name, "bpf_task_pt_regs() in tracing programs",
				 INSNS(insns), why);
}

int probe_cookies(const struct probes *probes, const char *name, struct error *why)
{
	return probe_cookie_helper(probes, name, NULL) ? probe_root_cgroup(probes, NULL, why) : 0;
}

int probe_iterator(const struct probes *probes, const char *target, struct error *why)
{
	char name[64], what[80];
	int id;

	(void)snprintf(name, sizeof(name), "bpf_iter_%s", target);
	(void)snprintf(what, sizeof(what), "iter/%s", target);
	id = find_type(probes, name, BTF_KIND_FUNC, why);
	return id < 0 ? id : try_program(what, BPF_TRACE_ITER, id, INSNS(return_0), why);
}

/*
 * Attaches a loaded program. Kernels that cannot patch a direct call (arm64 before 6.4) fail only
 * now. The result is the same for all functions, so it is tried once.
 */
static int try_attach(int program)
{
	static int answer = 1; /* not tried yet */
	int link;

	if (answer <= 0)
		return answer;
	link = bpf_raw_tracepoint_open(NULL, program);
	answer = link < 0 ? link : 0;
	if (link >= 0)
		(void)close(link);
	return answer;
}

int probe_fexit(const struct probes *probes, const char *function, struct error *why)
{
	int id = find_type(probes, function, BTF_KIND_FUNC, why), program, err;

	if (id < 0)
		return id;
	program = try_load("fexit", BPF_TRACE_FEXIT, id, INSNS(return_0), why);
	if (program < 0)
		return program;
	err = try_attach(program);
	(void)close(program);
	if (err)
		return error_set(why, -err, "the kernel refuses to attach fexit: %s",
				 strerror(-err));
	return 0;
}

/* Returns the type of perf events for kprobes (4.17), or 0 if it does not exist. */
static uint32_t kprobe_event_type(void)
{
	FILE *file = fopen("/sys/bus/event_source/devices/kprobe/type", "re");
	unsigned type = 0;

	if (!file)
		return 0;
	if (fscanf(file, "%u", &type) != 1)
		type = 0;
	(void)fclose(file);
	return type;
}

static int kprobe_event_open(const char *function)
{
	struct perf_event_attr attr = {
		.size = sizeof(attr),
		.type = kprobe_event_type(),
		.config1 = (uint64_t)(uintptr_t)function, /* kprobe_func */
	};
	long fd;

	if (!attr.type)
		return -ENOENT;
	fd = syscall(__NR_perf_event_open, &attr, -1, 0, -1, PERF_FLAG_FD_CLOEXEC);
	return fd < 0 ? -errno : (int)fd;
}

int probe_kprobe(const struct probes *probes, const char *function, struct error *why)
{
	int program, event, err = 0;

	program = bpf_prog_load(BPF_PROG_TYPE_KPROBE, PROBE, "Dual BSD/GPL", INSNS(return_0), NULL);
	if (program < 0)
		return error_set(why, -program, "the kernel refuses a program for kprobes: %s",
				 strerror(-program));
	event = kprobe_event_open(function);
	if (event < 0)
		err = error_set(why, -event, "the kernel refuses a kprobe on %s: %s", function,
				strerror(-event));
	else if (ioctl(event, PERF_EVENT_IOC_SET_BPF, program))
		err = error_set(why, errno, "cannot attach a program to a kprobe: %s",
				strerror(errno));
	if (event >= 0)
		(void)close(event);
	(void)close(program);
	return err;
}

int probe_namespaces(const struct probes *probes, const char *target, struct error *why)
{
	struct privileges have;

	privileges_read(&have);
	if (have.effective & PRIVILEGE(CAP_SYS_ADMIN))
		return 0;
	return error_set(why, EPERM, "entering a network namespace needs CAP_SYS_ADMIN");
}

int probe_processes(const struct probes *probes, const char *target, struct error *why)
{
	struct privileges have;

	privileges_read(&have);
	if (have.effective & PRIVILEGE(CAP_SYS_PTRACE))
		return 0;
	return error_set(why, EPERM, "other users' processes need CAP_SYS_PTRACE");
}

/* Returns NULL if the kernel lacks the function. */
static const struct btf_type *find_prototype(const struct probes *probes, const char *name)
{
	const struct btf *btf = probes->btf;
	const struct btf_type *type;
	int id;

	if (!btf)
		return NULL;
	id = btf__find_by_name_kind(btf, name, BTF_KIND_FUNC);
	if (id < 0)
		id = btf__find_by_name_kind(btf, name, BTF_KIND_TYPEDEF);
	if (id < 0)
		return NULL;
	type = btf__type_by_id(btf, (uint32_t)id);
	while (btf_is_func(type) || btf_is_typedef(type) || btf_is_ptr(type))
		type = btf__type_by_id(btf, type->type);
	return btf_is_func_proto(type) ? type : NULL;
}

bool probe_safe_allocation(const struct probes *probes)
{
	return probes->btf &&
	       btf__find_by_name_kind(probes->btf, "bpf_mem_alloc", BTF_KIND_STRUCT) > 0;
}

int probe_parameters(const struct probes *probes, const char *function)
{
	const struct btf_type *prototype = find_prototype(probes, function);

	return prototype ? btf_vlen(prototype) : -ENOENT;
}

bool probe_returns_value(const struct probes *probes, const char *function)
{
	const struct btf_type *prototype = find_prototype(probes, function);

	return prototype && prototype->type;
}
