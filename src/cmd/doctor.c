// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* doctor: reports each hook that this kernel has, and the cost and remedy of each that it lacks. */
#include "cmd/context.h"

#include <errno.h>
#include <stdio.h>
#include <sys/utsname.h>

#include <bpf/libbpf.h>

#include "tracer/probe.h"
#include "tracer/hook.h"
#include "output/doctor.h"
#include "stuck/sock_destroy.h"

/* Requirements beside the hooks, in the form of these. */
static const struct hook needs[] = {
	{
		.name = "privileges",
		.gives = "loading and reading BPF (CAP_BPF and CAP_PERFMON, or root)",
		.cost = "nothing can be traced",
		.remedy = "run it as root (sudo)",
		.required = true,
		.probe = probe_privileges,
	},
	{
		.name = "btf",
		.gives = "the types of this kernel (/sys/kernel/btf/vmlinux)",
		.cost = "nothing can be traced",
		.remedy = "a kernel built with CONFIG_DEBUG_INFO_BTF",
		.required = true,
		.probe = probe_btf,
	},
	{
		.name = "lockdown",
		.gives = "a kernel that lets BPF read its memory",
		.cost = "nothing can be traced",
		.remedy = "boot with lockdown=integrity or without",
		.required = true,
		.probe = probe_lockdown,
	},
	{
		.name = "ring-buffer",
		.gives = "events to user space",
		.cost = "nothing can be traced",
		.remedy = "a kernel from 5.8 on",
		.required = true,
		.probe = probe_ring_buffer,
	},
	{
		.name = "namespaces",
		.gives = "sockets of every network namespace",
		.cost = "sockets that no process holds are found in this namespace only",
		.remedy = "run it as root, outside of a container",
		.probe = probe_namespaces,
	},
	{
		.name = "end-sockets",
		.gives = "resetting sockets that are stuck (SOCK_DESTROY or bpf_sock_destroy())",
		.cost = "stuck has --close=fin alone, for those that a process holds",
		.remedy =
			"CONFIG_INET_DIAG_DESTROY and the module tcp_diag, or a kernel from 6.5 on",
		.probe = probe_sock_destroy,
	},
	{ 0 },
};

/* A probe that lacks a privilege needs that privilege, whatever the kernel has. */
static const char *remedy_for(const struct hook *hook, int err)
{
	if (hook->probe == probe_privileges || (err != -EPERM && err != -EACCES) ||
	    !probe_privileges(NULL, NULL, NULL))
		return hook->remedy;
	return "privileges, as above";
}

/* Returns whether all that is required is available. */
static bool report_all(const struct hook *list, const char *kind, const struct probes *probes,
		       enum format format)
{
	bool good = true;

	for (const struct hook *hook = list; hook->name; hook++) {
		struct error why = { "" };
		int err = hook->probe(probes, hook->target, &why);
		const struct finding finding = {
			.kind = kind,
			.hook = hook,
			.remedy = remedy_for(hook, err),
			.why = err ? why.text : NULL,
		};

		doctor_print_finding(stdout, format, &finding);
		if (err && hook->required)
			good = false;
	}
	return good;
}

int cmd_doctor(const struct options *options)
{
	struct cmd_context ctx = { .name = "doctor" };
	struct probes probes;
	struct utsname kernel;
	bool good;
	int err;

	if (!options->debug)
		(void)libbpf_set_print(NULL);
	if (!uname(&kernel))
		doctor_print_kernel(stdout, options->format, kernel.release, kernel.machine);
	probes_open(&probes);
	err = cmd_kernel(&ctx, hooks_tier(&probes, options->tier, &ctx.error));
	if (!err) {
		good = report_all(needs, "need", &probes, options->format);
		good = report_all(hooks, "hook", &probes, options->format) && good;
		doctor_print_tier(stdout, options->format, good ? probes.tier : HOOK_TIER_ANY);
		ctx.status = good ? EXIT_FINE : EXIT_UNABLE;
	}
	probes_close(&probes);
	return cmd_close(&ctx, err);
}
