// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Probes the ways to reset other processes' sockets. */
#include "stuck/bpf_destroy.h"
#include "tracer/probe_insn.h"
#include "stuck/sock_destroy.h"

#include <errno.h>
#include <string.h>

void feature_reset(const struct probes *features, const char *target, struct verdict *verdict)
{
	int netlink = sock_destroy_supported(), program;

	(void)features;
	(void)target;
	if (!netlink)
		return verdict_good(verdict);
	program = bpf_destroy_supported();
	if (!program)
		return verdict_good(verdict);
	verdict_set(verdict, program, "SOCK_DESTROY: %s; bpf_sock_destroy(): %s",
		    strerror(-netlink),
		    program == -EOPNOTSUPP ? "the kernel has none" : strerror(-program));
}
