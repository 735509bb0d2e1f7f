/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What this kernel and this process are allowed: every probe tries the operation itself
 * and says why it failed. Versions are never compared.
 */
#ifndef TRACER_PROBE_H
#define TRACER_PROBE_H

#include <stdbool.h>
#include <stddef.h>

#include "tracer/tier.h"

struct btf;

enum { FEATURE_WHY = 200 };

/* The answer of a probe: 0, or -errno with a few words of why. */
struct verdict {
	int err;
	char why[FEATURE_WHY];
};

struct probes {
	struct btf *btf; /* the kernel's; NULL where it has none */
	/* What hooks_tier() chose; 0 before. */
	enum hook_tier tier;
	bool compat; /* the programs without socket storage: see bpf/record.bpf.h */
};

/* Loads the kernel's BTF. Never fails: a kernel without it fails the probes. */
void probes_open(struct probes *features);
void probes_close(struct probes *features);

/* All probes have one form, for tables; `target` is ignored where nothing is said of it. */
typedef void probe_hook(const struct probes *features, const char *target, struct verdict *verdict);

probe_hook feature_privileges, feature_btf, feature_lockdown, feature_ring_buffer;
/* Entering other network namespaces. */
probe_hook feature_namespaces;
/* A BTF tracepoint, e.g. "inet_sock_set_state". */
probe_hook feature_tracepoint;
/*
 * SK_STORAGE from a program on that tracepoint, whose first argument is a socket; and what
 * came soon after it, cookies and fetching atomics.
 */
probe_hook feature_socket_storage;
/* Cookies of sockets, from such a program or by programs at the root cgroup. */
probe_hook feature_cookies;
/* The user registers of a task, from a program on that tracepoint. */
probe_hook feature_user_stack;
/* fexit on a kernel function. */
probe_hook feature_fexit;
/* A kprobe on a kernel function. */
probe_hook feature_kprobe;
/* bpf_get_socket_cookie() from a program on that tracepoint. */
probe_hook feature_cookie_helper;
/* Programs at the root cgroup. */
probe_hook feature_root_cgroup;
/* A BPF iterator, e.g. "task_file". */
probe_hook feature_iterator;

/*
 * Parameters of a kernel function, or of a tracepoint (btf_trace_NAME, its context included), by
 * BTF; -ENOENT where it has none of that name.
 */
int probe_parameters(const struct probes *features, const char *function);
/* The values of this kernel's hash maps are allocated in a way that suits kprobes (6.1). */
bool probe_safe_allocation(const struct probes *features);
/* Does it return something? */
bool probe_answers(const struct probes *features, const char *function);

#endif
