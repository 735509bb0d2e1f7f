// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "system/privilege.h"

#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static const struct {
	unsigned number;
	const char *name;
} capabilities[] = {
	{ CAP_BPF, "BPF" },
	{ CAP_PERFMON, "PERFMON" },
	{ CAP_SYS_ADMIN, "SYS_ADMIN" },
	{ CAP_SYS_PTRACE, "SYS_PTRACE" },
	{ CAP_NET_ADMIN, "NET_ADMIN" },
	{ CAP_DAC_READ_SEARCH, "DAC_READ_SEARCH" },
};

enum { CAPABILITIES = sizeof(capabilities) / sizeof(*capabilities) };

static uint64_t read_effective(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = { 0 };

	if (syscall(SYS_capget, &header, data))
		return 0;
	return (uint64_t)data[1].effective << 32 | data[0].effective;
}

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

bool privileges_lent(void)
{
	return getauxval(AT_SECURE) && getuid();
}

void privileges_read(struct privileges *privileges)
{
	*privileges = (struct privileges){
		.effective = read_effective(),
		.root = !geteuid(),
		.in_user_namespace = in_user_namespace(),
	};
	for (int i = 0; i < CAPABILITIES; i++)
		if (prctl(PR_CAPBSET_READ, capabilities[i].number, 0, 0, 0) == 1)
			privileges->bounding |= PRIVILEGE(capabilities[i].number);
}

/* Appends the names of a set, each after `before`, with `between` and `last` between them. */
static void list_names(uint64_t set, const char *before, const char *between, const char *last,
		       char *text, size_t size)
{
	size_t used = 0;

	*text = '\0';
	for (int i = 0; i < CAPABILITIES && used < size; i++) {
		uint64_t bit = PRIVILEGE(capabilities[i].number);
		int n;

		if (!(set & bit))
			continue;
		set &= ~bit;
		n = snprintf(text + used, size - used, "%s%s%s",
			     !used ? "" :
			     set   ? between :
				     last,
			     before, capabilities[i].name);
		used += n > 0 ? (size_t)n : 0;
	}
}

const char *privilege_names(uint64_t set, char *text, size_t size)
{
	list_names(set, "CAP_", ", ", " and ", text, size);
	return text;
}

const char *privilege_remedy(const struct privileges *privileges, uint64_t wanted, char *text)
{
	uint64_t missing = wanted & ~privileges->effective;
	uint64_t barred = wanted & ~privileges->bounding;
	char flags[96], items[64];

	if (privileges->in_user_namespace) {
		(void)snprintf(
			text, PRIVILEGE_TEXT,
			"run it outside of the user namespace, or of the rootless container");
		return text;
	}
	if (!missing) {
		(void)snprintf(text, PRIVILEGE_TEXT,
			       "a seccomp filter, a container or a security module forbids it: run "
			       "it outside of that");
		return text;
	}
	if (!privileges->root && !barred) {
		(void)snprintf(text, PRIVILEGE_TEXT, "run it as root (sudo)");
		return text;
	}
	if (!privileges->root)
		missing = barred;
	list_names(missing, "--cap-add=", " ", " ", flags, sizeof(flags));
	list_names(missing, "", ", ", ", ", items, sizeof(items));
	(void)snprintf(text, PRIVILEGE_TEXT,
		       "%sadd %s (docker, podman), securityContext.capabilities.add: [%s] "
		       "(Kubernetes), or CapabilityBoundingSet= (systemd)",
		       privileges->root ? "" : "run it as root, and ", flags, items);
	return text;
}

const char *privilege_own_remedy(uint64_t wanted, char *text)
{
	struct privileges privileges;

	privileges_read(&privileges);
	return privilege_remedy(&privileges, wanted, text);
}
