/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Which BPF programs exist, what each gives, and which of them this kernel gets. A new
 * program is a row here and its function in bpf/.
 */
#ifndef HOOK_H
#define HOOK_H

#include <stdbool.h>

#include "feature.h"

struct tcpstate_bpf;

struct hook {
	const char *name;
	const char *point;   /* where it sits, as bpftrace or perf would name it */
	const char *gives;
	const char *cost;    /* what is lost without it */
	const char *remedy;
	bool required;
	void (*probe)(const struct features *features, struct verdict *verdict);
	/* Turns its programs on or off. */
	void (*enable)(struct tcpstate_bpf *bpf, const struct features *features, bool on);
};

/* The hooks in order; ends with a NULL name. */
extern const struct hook hooks[];

/* Full: fentry/fexit; else tracepoints alone. */
const char *hook_tier(const struct features *features);

/*
 * Turns on what this kernel allows and turns off the rest; no required hook is tried here:
 * that the load fails says so.
 */
void hooks_choose(struct tcpstate_bpf *bpf, const struct features *features);

#endif
