// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Probes of what the kernel allows; each tries the smallest program or map that needs it. */
#include "tracer/probe.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>
#include <linux/capability.h>

#include "system/cgroup.h"
#include "tracer/probe_insn.h"

enum { LOG_SIZE = 4096 };

void verdict_set(struct verdict *verdict, int err, const char *fmt, ...)
{
	va_list args;

	verdict->err = -err;
	va_start(args, fmt);
	(void)vsnprintf(verdict->why, sizeof(verdict->why), fmt, args);
	va_end(args);
}

void verdict_good(struct verdict *verdict)
{
	verdict->err = 0;
	verdict->why[0] = '\0';
}

void probes_open(struct probes *probes)
{
	probes->btf = btf__load_vmlinux_btf();
}

void probes_close(struct probes *probes)
{
	btf__free(probes->btf);
	probes->btf = NULL;
}

static bool capable(unsigned capability)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = { 0 };

	return syscall(SYS_capget, &header, data) == 0 &&
	       data[capability / 32].effective >> capability % 32 & 1;
}

/* Capabilities of another user namespace do not reach the kernel's BPF. */
static bool in_user_namespace(void)
{
	unsigned inside, outside, count;
	FILE *file = fopen("/proc/self/uid_map", "re");
	bool whole = false;

	if (!file)
		return false;
	if (fscanf(file, "%u %u %u", &inside, &outside, &count) == 3)
		whole = !inside && !outside && count == UINT32_MAX;
	(void)fclose(file);
	return !whole;
}

void probe_privileges(const struct probes *probes, const char *target, struct verdict *verdict)
{
	bool bpf = capable(CAP_BPF), perfmon = capable(CAP_PERFMON);

	(void)probes;
	(void)target;
	if (in_user_namespace())
		return verdict_set(verdict, EPERM,
				   "this process is in a user namespace, whose root "
				   "may not load BPF programs");
	if (capable(CAP_SYS_ADMIN) || (bpf && perfmon))
		return verdict_good(verdict);
	verdict_set(verdict, EPERM, "this process lacks %s",
		    bpf	    ? "CAP_PERFMON" :
		    perfmon ? "CAP_BPF" :
			      "CAP_BPF and CAP_PERFMON");
}

void probe_btf(const struct probes *probes, const char *target, struct verdict *verdict)
{
	(void)target;
	if (probes->btf)
		return verdict_good(verdict);
	verdict_set(verdict, ENOENT, "/sys/kernel/btf/vmlinux is missing or unreadable");
}

void probe_lockdown(const struct probes *probes, const char *target, struct verdict *verdict)
{
	char text[128] = "";
	FILE *file = fopen("/sys/kernel/security/lockdown", "re");

	(void)probes;
	(void)target;
	verdict_good(verdict);
	if (!file)
		return;
	if (fgets(text, sizeof(text), file) && strstr(text, "[confidentiality]"))
		verdict_set(verdict, EPERM, "kernel lockdown is in confidentiality mode");
	(void)fclose(file);
}

void probe_ring_buffer(const struct probes *probes, const char *target, struct verdict *verdict)
{
	int fd = bpf_map_create(BPF_MAP_TYPE_RINGBUF, NULL, 0, 0, (uint32_t)getpagesize(), NULL);

	(void)probes;
	(void)target;
	if (fd < 0)
		return verdict_set(verdict, -fd, "BPF_MAP_TYPE_RINGBUF: %s", strerror(-fd));
	(void)close(fd);
	verdict_good(verdict);
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

int try_load(const char *what, enum bpf_attach_type type, int btf_id, const struct bpf_insn *insns,
	     size_t n, struct verdict *verdict)
{
	char log[LOG_SIZE] = "";
	const char *reason;
	int fd;

	LIBBPF_OPTS(bpf_prog_load_opts, opts, .expected_attach_type = type,
		    .attach_btf_id = (uint32_t)btf_id, .log_buf = log, .log_size = sizeof(log),
		    .log_level = 1);
	fd = bpf_prog_load(BPF_PROG_TYPE_TRACING, "tcpstate_probe", "Dual BSD/GPL", insns, n,
			   &opts);
	if (fd >= 0) {
		verdict_good(verdict);
		return fd;
	}
	reason = log_reason(log);
	verdict_set(verdict, -fd, "the kernel refuses %s: %s", what,
		    reason ? reason : strerror(-fd));
	return fd;
}

/* Loads a tracing program and closes it. */
static void try_program(const char *what, enum bpf_attach_type type, int btf_id,
			const struct bpf_insn *insns, size_t n, struct verdict *verdict)
{
	int fd = try_load(what, type, btf_id, insns, n, verdict);

	if (fd >= 0)
		(void)close(fd);
}

int find_type(const struct probes *probes, const char *name, int kind, struct verdict *verdict)
{
	int id;

	probe_btf(probes, NULL, verdict);
	if (verdict->err)
		return verdict->err;
	id = btf__find_by_name_kind(probes->btf, name, (uint32_t)kind);
	if (id < 0)
		verdict_set(verdict, ENOENT, "the kernel does not have %s", name);
	return id;
}

/* Does the verifier accept it as a program of that tracepoint? */
static void try_at_tracepoint(const struct probes *probes, const char *name, const char *what,
			      const struct bpf_insn *insns, size_t n, struct verdict *verdict)
{
	char type[64];
	int id;

	(void)snprintf(type, sizeof(type), "btf_trace_%s", name);
	id = find_type(probes, type, BTF_KIND_TYPEDEF, verdict);
	if (id >= 0)
		try_program(what, BPF_TRACE_RAW_TP, id, insns, n, verdict);
}

void probe_tracepoint(const struct probes *probes, const char *name, struct verdict *verdict)
{
	const struct bpf_insn insns[] = { MOV_IMM(0, 0), EXIT };

	try_at_tracepoint(probes, name, "tp_btf", insns, 2, verdict);
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

		fd = bpf_map_create(BPF_MAP_TYPE_SK_STORAGE, "tcpstate_probe", 4, 4, 0, &opts);
	}
	btf__free(btf);
	return fd;
}

void probe_socket_storage(const struct probes *probes, const char *name, struct verdict *verdict)
{
	int fd = storage_map_create();

	if (fd < 0)
		return verdict_set(verdict, -fd, "BPF_MAP_TYPE_SK_STORAGE: %s", strerror(-fd));

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
	try_at_tracepoint(probes, name, "SK_STORAGE in tracing programs", insns,
			  sizeof(insns) / sizeof(insns[0]), verdict);
	(void)close(fd);
}

/* A program at the root cgroup, beside others. */
void probe_root_cgroup(const struct probes *probes, const char *target, struct verdict *verdict)
{
	const struct bpf_insn insns[] = { MOV_IMM(0, 1), EXIT };
	int cgroup = cgroup_open_root(), program, link;

	(void)probes;
	(void)target;
	LIBBPF_OPTS(bpf_prog_load_opts, opts, .expected_attach_type = BPF_CGROUP_SOCK_OPS);
	if (cgroup < 0)
		return verdict_set(verdict, -cgroup, "cannot open the root cgroup (v2): %s",
				   strerror(-cgroup));
	program = bpf_prog_load(BPF_PROG_TYPE_SOCK_OPS, "tcpstate_probe", "Dual BSD/GPL", insns, 2,
				&opts);
	link = program < 0 ? program : bpf_link_create(program, cgroup, BPF_CGROUP_SOCK_OPS, NULL);
	if (link < 0)
		verdict_set(verdict, -link, "cannot attach a program to the root cgroup: %s",
			    strerror(-link));
	else
		verdict_good(verdict);
	if (link >= 0)
		(void)close(link);
	if (program >= 0)
		(void)close(program);
	(void)close(cgroup);
}

void probe_cookie_helper(const struct probes *probes, const char *name, struct verdict *verdict)
{
	const struct bpf_insn insns[] = {
		LOAD_ARGUMENT(1, 1),
		CALL(BPF_FUNC_get_socket_cookie),
		MOV_IMM(0, 0),
		EXIT,
	};

	try_at_tracepoint(probes, name, "bpf_get_socket_cookie() in tracing programs", insns,
			  sizeof(insns) / sizeof(insns[0]), verdict);
}

void probe_user_stack(const struct probes *probes, const char *name, struct verdict *verdict)
{
	const struct bpf_insn insns[] = {
		CALL(BPF_FUNC_get_current_task_btf),
		MOV(1, 0),
		CALL(BPF_FUNC_task_pt_regs),
		MOV_IMM(0, 0),
		EXIT,
	};

	try_at_tracepoint(probes, name, "bpf_task_pt_regs() in tracing programs", insns,
			  sizeof(insns) / sizeof(insns[0]), verdict);
}

void probe_cookies(const struct probes *probes, const char *name, struct verdict *verdict)
{
	probe_cookie_helper(probes, name, verdict);
	if (verdict->err)
		probe_root_cgroup(probes, NULL, verdict);
}

void probe_iterator(const struct probes *probes, const char *target, struct verdict *verdict)
{
	const struct bpf_insn insns[] = { MOV_IMM(0, 0), EXIT };
	char name[64], what[80];
	int id;

	(void)snprintf(name, sizeof(name), "bpf_iter_%s", target);
	(void)snprintf(what, sizeof(what), "iter/%s", target);
	id = find_type(probes, name, BTF_KIND_FUNC, verdict);
	if (id >= 0)
		try_program(what, BPF_TRACE_ITER, id, insns, 2, verdict);
}

void probe_namespaces(const struct probes *probes, const char *target, struct verdict *verdict)
{
	(void)probes;
	(void)target;
	if (capable(CAP_SYS_ADMIN))
		return verdict_good(verdict);
	verdict_set(verdict, EPERM, "entering a network namespace needs CAP_SYS_ADMIN");
}

/* Returns NULL if the kernel lacks the function. */
static const struct btf_type *find_prototype(const struct probes *probes, const char *name)
{
	const struct btf *btf = probes->btf;
	const struct btf_type *type;
	int id = -ENOENT;

	if (btf)
		id = btf__find_by_name_kind(btf, name, BTF_KIND_FUNC);
	if (btf && id < 0)
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
