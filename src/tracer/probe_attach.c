// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Probes of hooks on kernel functions, fexit and kprobes: they attach a program. */
#include "tracer/probe_insn.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <bpf/btf.h>
#include <linux/perf_event.h>

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

void probe_fexit(const struct probes *probes, const char *function, struct verdict *verdict)
{
	const struct bpf_insn insns[] = { MOV_IMM(0, 0), EXIT };
	int id = find_type(probes, function, BTF_KIND_FUNC, verdict);
	int program, err;

	if (id < 0)
		return;
	program = try_load("fexit", BPF_TRACE_FEXIT, id, insns, 2, verdict);
	if (program < 0)
		return;
	err = try_attach(program);
	if (err)
		verdict_set(verdict, -err, "the kernel refuses to attach fexit: %s",
			    strerror(-err));
	(void)close(program);
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

void probe_kprobe(const struct probes *probes, const char *function, struct verdict *verdict)
{
	const struct bpf_insn insns[] = { MOV_IMM(0, 0), EXIT };
	int program, event;

	(void)probes;
	program = bpf_prog_load(BPF_PROG_TYPE_KPROBE, "tcpstate_probe", "Dual BSD/GPL", insns, 2,
				NULL);
	if (program < 0)
		return verdict_set(verdict, -program,
				   "the kernel refuses a program for kprobes: %s",
				   strerror(-program));
	event = kprobe_event_open(function);
	if (event < 0)
		verdict_set(verdict, -event, "the kernel refuses a kprobe on %s: %s", function,
			    strerror(-event));
	else if (ioctl(event, PERF_EVENT_IOC_SET_BPF, program))
		verdict_set(verdict, errno, "cannot attach a program to a kprobe: %s",
			    strerror(errno));
	else
		verdict_good(verdict);
	if (event >= 0)
		(void)close(event);
	(void)close(program);
}
