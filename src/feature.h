/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What this kernel and this process are allowed: every probe tries the operation itself
 * and says why it failed. Versions are never compared.
 */
#ifndef FEATURE_H
#define FEATURE_H

#include <stdbool.h>
#include <stddef.h>

struct btf;

enum { FEATURE_WHY = 200 };

/* The answer of a probe: 0, or -errno with a few words of why. */
struct verdict {
	int err;
	char why[FEATURE_WHY];
};

struct features {
	struct btf *btf; /* the kernel's; NULL where it has none */
};

/* Loads the kernel's BTF. Never fails: a kernel without it fails the probes. */
void features_open(struct features *features);
void features_close(struct features *features);

void feature_privileges(struct verdict *verdict);
void feature_btf(const struct features *features, struct verdict *verdict);
void feature_lockdown(struct verdict *verdict);
void feature_ring_buffer(struct verdict *verdict);
/* A BTF tracepoint, e.g. "inet_sock_set_state". */
void feature_tracepoint(const struct features *features, const char *name,
			struct verdict *verdict);
/* SK_STORAGE from a program on that tracepoint, whose first argument is a socket. */
void feature_socket_storage(const struct features *features, const char *name,
			    struct verdict *verdict);
/* fexit on a kernel function. */
void feature_fexit(const struct features *features, const char *function,
		   struct verdict *verdict);
/* A BPF iterator, e.g. "task_file". */
void feature_iterator(const struct features *features, const char *target,
		      struct verdict *verdict);
void feature_namespaces(struct verdict *verdict);

/* Parameters of a kernel function by BTF; -ENOENT where it has none of that name. */
int feature_parameters(const struct features *features, const char *function);

#endif
