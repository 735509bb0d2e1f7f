// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* doctor: what this kernel offers, hook by hook; what is missing, its cost and its remedy. */
#include "cmd.h"

#include <errno.h>
#include <stdio.h>
#include <sys/utsname.h>

#include <bpf/libbpf.h>

#include "feature.h"
#include "hook.h"
#include "out_doctor.h"

static void probe_privileges(const struct features *features, struct verdict *verdict)
{
	(void)features;
	feature_privileges(verdict);
}

static void probe_lockdown(const struct features *features, struct verdict *verdict)
{
	(void)features;
	feature_lockdown(verdict);
}

static void probe_ring_buffer(const struct features *features, struct verdict *verdict)
{
	(void)features;
	feature_ring_buffer(verdict);
}

static void probe_namespaces(const struct features *features, struct verdict *verdict)
{
	(void)features;
	feature_namespaces(verdict);
}

/* What no single hook stands for; in hooks' form. */
static const struct hook needs[] = {
	{ "privileges", NULL, "loading and reading BPF (CAP_BPF and CAP_PERFMON, or root)",
	  "nothing can be traced", "run it as root (sudo)", true, probe_privileges, NULL },
	{ "btf", NULL, "the types of this kernel (/sys/kernel/btf/vmlinux)",
	  "nothing can be traced", "a kernel built with CONFIG_DEBUG_INFO_BTF", true, feature_btf,
	  NULL },
	{ "lockdown", NULL, "a kernel that lets BPF read its memory", "nothing can be traced",
	  "boot with lockdown=integrity or without", true, probe_lockdown, NULL },
	{ "ring-buffer", NULL, "events to user space", "nothing can be traced",
	  "a kernel from 5.8 on", true, probe_ring_buffer, NULL },
	{ "namespaces", NULL, "a look into every network namespace",
	  "sockets that no process holds are found in this namespace only",
	  "run it as root, outside of a container", false, probe_namespaces, NULL },
	{ 0 },
};

static int no_words(enum libbpf_print_level level, const char *fmt, va_list args)
{
	(void)level;
	(void)fmt;
	(void)args;
	return 0;
}

/* What is refused for want of privilege is mended by privilege, whatever the kernel is. */
static const char *remedy_for(const struct hook *hook, const struct verdict *verdict)
{
	struct verdict privileges;

	if (verdict->err != -EPERM && verdict->err != -EACCES)
		return hook->remedy;
	feature_privileges(&privileges);
	return privileges.err ? "privileges, as above" : hook->remedy;
}

/* True when nothing required is missing. */
static bool look_at(const struct hook *list, const char *kind, const struct features *features,
		    enum format format)
{
	bool good = true;

	for (const struct hook *hook = list; hook->name; hook++) {
		struct verdict verdict = { 0 };
		struct finding finding = {
			.kind = kind,
			.name = hook->name,
			.point = hook->point,
			.gives = hook->gives,
			.cost = hook->cost,
			.required = hook->required,
			.verdict = &verdict,
		};

		hook->probe(features, &verdict);
		finding.remedy = hook->probe == probe_privileges ? hook->remedy :
								   remedy_for(hook, &verdict);
		doctor_print_finding(stdout, format, &finding);
		if (verdict.err && hook->required)
			good = false;
	}
	return good;
}

int cmd_doctor(const struct options *options)
{
	struct error error = { "" };
	struct features features;
	struct utsname kernel;
	bool good;

	if (!options->debug)
		libbpf_set_print(no_words);
	if (!uname(&kernel))
		doctor_print_kernel(stdout, options->format, kernel.release, kernel.machine);
	features_open(&features);
	good = look_at(needs, "need", &features, options->format);
	good = look_at(hooks, "hook", &features, options->format) && good;
	doctor_print_tier(stdout, options->format, good ? hook_tier(&features) : NULL);
	features_close(&features);
	if (fflush(stdout) || ferror(stdout)) {
		error_set(&error, EIO, "cannot write to standard output");
		error_print(&error);
		return EXIT_FAILED;
	}
	return good ? EXIT_FINE : EXIT_UNABLE;
}
