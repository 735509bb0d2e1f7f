/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Probes of the kernel and of the privileges of this process. Each probe tries the operation itself
 * and reports why it failed. Versions are never compared.
 */
#ifndef TRACER_PROBE_H
#define TRACER_PROBE_H

#include <stdbool.h>

#include "lib/error.h"
#include "tracer/tier.h"

struct btf;

struct probes {
	struct btf *btf;     /* the kernel's; NULL: it has none, or see btf_error */
	int btf_error;	     /* -errno */
	enum hook_tier tier; /* the choice of hooks_tier(); 0 before */
	bool compat;	     /* use the object without socket storage: see bpf/record.bpf.h */
};

/* Loads the kernel's BTF. Cannot fail: without BTF the probes fail. */
void probes_open(struct probes *probes);
void probes_close(struct probes *probes);

/*
 * All probes have one form, for tables. `target` is ignored unless the comment names it. Returns 0,
 * or -errno with the cause in `why`, if it is not NULL.
 */
typedef int probe_hook(const struct probes *probes, const char *target, struct error *why);

probe_hook probe_privileges, probe_btf, probe_lockdown, probe_ring_buffer;
/* An ordinary user, or root of a user namespace: a capability would not help as it helps root. */
bool probe_is_user(void);
/* May the process enter other network namespaces? */
probe_hook probe_namespaces;
/* May the process read links and descriptors of other users' processes? */
probe_hook probe_processes;
/* A BTF tracepoint, the target, e.g. "inet_sock_set_state". */
probe_hook probe_tracepoint;
/*
 * SK_STORAGE from a program on the tracepoint `target`, whose first argument is a socket; also
 * cookies and atomics that return a value, which the programs use together.
 */
probe_hook probe_socket_storage;
/* Cookies of sockets, from a program on that tracepoint or at the root cgroup. */
probe_hook probe_cookies;
/* User registers of a task, from a program on the tracepoint `target`. */
probe_hook probe_user_stack;
/* fexit on the kernel function `target`. */
probe_hook probe_fexit;
/* A kprobe on the kernel function `target`. */
probe_hook probe_kprobe;
/* bpf_get_socket_cookie() from a program on the tracepoint `target`. */
probe_hook probe_cookie_helper;
/* Programs at the root cgroup. */
probe_hook probe_root_cgroup;
/* The BPF iterator `target`, e.g. "task_file". */
probe_hook probe_iterator;

/*
 * Returns the number of parameters of a kernel function, or of a tracepoint (btf_trace_NAME,
 * context included), by BTF; -ENOENT: BTF does not have it.
 */
int probe_parameters(const struct probes *probes, const char *function);
/* True if hash maps may allocate while a kprobe runs (6.1). */
bool probe_safe_allocation(const struct probes *probes);
/* Does the kernel function return a value? */
bool probe_returns_value(const struct probes *probes, const char *function);

#endif
