// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* doctor: reports each hook that this kernel has, and the cost and remedy of each that it lacks. */
#include "cmd/context.h"

#include <errno.h>
#include <stdio.h>
#include <sys/utsname.h>

#include <bpf/libbpf.h>

#include "lib/json.h"
#include "stuck/sock_destroy.h"
#include "system/limits.h"
#include "system/privilege.h"
#include "tracer/hook.h"
#include "tracer/pin.h"
#include "tracer/probe.h"

enum { PROBE_FILES = 32 };

#define REQUIRED .cost = "nothing can be traced", .required = true

/* Requirements beside the hooks, in the form of these. */
static const struct hook needs[] = {
	{ "privileges", .gives = "loading and reading BPF (CAP_BPF and CAP_PERFMON)", REQUIRED,
	  .probe = probe_privileges },
	{ "btf", .gives = "the types of this kernel (/sys/kernel/btf/vmlinux)",
	  .remedy = "a kernel built with CONFIG_DEBUG_INFO_BTF", REQUIRED, .probe = probe_btf },
	{ "lockdown", .gives = "a kernel that lets BPF read its memory",
	  .remedy = "boot with lockdown=integrity or without", REQUIRED, .probe = probe_lockdown },
	{ "ring-buffer", .gives = "events to user space", .remedy = "a kernel from 5.8 on",
	  REQUIRED, .probe = probe_ring_buffer },
	{ "namespaces", .gives = "sockets of every network namespace",
	  .cost = "sockets that no process holds are found in this namespace only",
	  .probe = probe_namespaces },
	{ "processes", .gives = "namespaces, call stacks and descriptors of other users' processes",
	  .cost = "sockets in a namespace without a name are missing; --close=fin and --origin are "
		  "for processes of this user only",
	  .probe = probe_processes },
	{ "end-sockets",
	  .gives = "resetting sockets that are stuck (SOCK_DESTROY or bpf_sock_destroy())",
	  .cost = "stuck has --close=fin alone, for those that a process holds",
	  .remedy = "CONFIG_INET_DIAG_DESTROY and the module tcp_diag, or a kernel from 6.5 on",
	  .probe = probe_sock_destroy },
	{ "pins", .gives = "pinned records of a running tracer alone (/sys/fs/bpf/tcpstate)",
	  .cost = "they take kernel memory, and connections still get records",
	  .remedy = "rm -r /sys/fs/bpf/tcpstate, which the next trace --pin does too",
	  .probe = pin_check },
	{ 0 },
};

static void begin(struct json *json, const char *type)
{
	json_to_file(json, stdout);
	json_begin_object(json);
	json_u64(json_key(json, "v"), 1);
	json_text(json_key(json, "type"), type);
}

static void end(struct json *json)
{
	json_end_object(json);
	(void)json_end_line(json);
}

static void print_kernel(enum format format, const char *release, const char *machine)
{
	struct json json;

	if (format != FORMAT_JSON) {
		(void)printf("kernel %s (%s)\n\n", release, machine);
		return;
	}
	begin(&json, "kernel");
	json_text(json_key(&json, "release"), release);
	json_text(json_key(&json, "machine"), machine);
	end(&json);
}

static void print_finding_json(const char *kind, const struct hook *hook, const char *why,
			       const char *remedy)
{
	struct json json;

	begin(&json, kind);
	json_text(json_key(&json, "name"), hook->name);
	json_bool(json_key(&json, "available"), !why);
	json_bool(json_key(&json, "required"), hook->required);
	json_text(json_key(&json, "point"), hook->point);
	json_text(json_key(&json, "gives"), hook->gives);
	json_text(json_key(&json, "why"), why);
	json_text(json_key(&json, "cost"), why ? hook->cost : NULL);
	json_text(json_key(&json, "remedy"), why ? remedy : NULL);
	end(&json);
}

static void print_finding(const struct hook *hook, const char *why, const char *remedy)
{
	const char *missing = hook->required ? "MISSING" : "missing";

	(void)printf("%-7s %-15s %s\n", why ? missing : "ok", hook->name, hook->gives);
	if (why)
		(void)printf("%-7s   why:    %s\n%-7s   cost:   %s\n%-7s   remedy: %s\n", "", why,
			     "", hook->cost, "", remedy);
}

/* HOOK_TIER_ANY: nothing can be traced. */
static void print_tier(enum format format, enum hook_tier tier)
{
	static const char *const means[HOOK_TIERS] = {
		[HOOK_TIER_TRACEPOINT] = "tracepoints and iterators alone",
		[HOOK_TIER_KPROBE] = "kprobes in place of fentry and fexit",
		[HOOK_TIER_FENTRY] = "fexit allowed",
	};
	struct json json;

	if (format == FORMAT_JSON) {
		begin(&json, "tier");
		json_text(json_key(&json, "name"), tier_name(tier));
		end(&json);
	} else if (tier == HOOK_TIER_ANY) {
		(void)fputs("\ntcpstate cannot trace here.\n", stdout);
	} else {
		(void)printf("\ntier: %s (%s)\n", tier_name(tier), means[tier]);
	}
}

/* The row of doc/privileges.md that holds for the caller. */
static void print_capabilities(enum format format)
{
	struct privileges have;
	char text[PRIVILEGE_TEXT];
	struct json json;

	privileges_read(&have);
	(void)privilege_names(have.effective, text, sizeof(text));
	if (format != FORMAT_JSON) {
		(void)printf("\ncapabilities: %s%s\n",
			     *text ? text : "none of those that tcpstate uses",
			     privileges_lent() ? ", of the program file" : "");
		return;
	}
	begin(&json, "capabilities");
	json_text(json_key(&json, "effective"), *text ? text : NULL);
	json_bool(json_key(&json, "of_file"), privileges_lent());
	end(&json);
}

/* A probe that lacks a privilege needs that privilege, whatever the kernel has. */
static const char *remedy_for(const struct hook *hook, int err, char text[PRIVILEGE_TEXT])
{
	if (hook->probe == probe_privileges)
		return privilege_own_remedy(PRIVILEGES_OF_BPF, text);
	if (hook->probe == probe_namespaces || (hook->probe == pin_check && err == -EACCES))
		return privilege_own_remedy(PRIVILEGE(CAP_SYS_ADMIN), text);
	if (hook->probe == probe_processes)
		return privilege_own_remedy(PRIVILEGE(CAP_SYS_PTRACE), text);
	if (hook->probe == probe_sock_destroy && err == -EPERM)
		return privilege_own_remedy(PRIVILEGE(CAP_NET_ADMIN), text);
	if ((err != -EPERM && err != -EACCES) || !probe_privileges(NULL, NULL, NULL))
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
		char text[PRIVILEGE_TEXT];
		const char *remedy = remedy_for(hook, err, text);

		if (format == FORMAT_JSON)
			print_finding_json(kind, hook, err ? why.text : NULL, remedy);
		else
			print_finding(hook, err ? why.text : NULL, remedy);
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
	int err = limits_need_files("probe the kernel", PROBE_FILES, &ctx.error);

	if (err)
		return cmd_close(&ctx, err);
	if (!options->debug)
		(void)libbpf_set_print(NULL);
	if (!uname(&kernel))
		print_kernel(options->format, kernel.release, kernel.machine);
	probes_open(&probes);
	err = limits_explain("probe the kernel", probes.btf_error, &ctx.error);
	if (!err)
		err = cmd_kernel(&ctx, hooks_tier(&probes, options->tier, &ctx.error));
	if (!err) {
		good = report_all(needs, "need", &probes, options->format);
		good = report_all(hooks, "hook", &probes, options->format) && good;
		print_capabilities(options->format);
		print_tier(options->format, good ? probes.tier : HOOK_TIER_ANY);
		ctx.status = good ? EXIT_FINE : EXIT_UNABLE;
	}
	probes_close(&probes);
	return cmd_close(&ctx, err);
}
