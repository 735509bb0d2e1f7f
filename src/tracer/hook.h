/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The table of BPF programs by hook: the purpose of each, and the choice of those that this kernel
 * gets. A new program is a row here and its function in bpf/.
 */
#ifndef TRACER_HOOK_H
#define TRACER_HOOK_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/error.h"
#include "tracer/probe.h"

struct tcpstate_bpf;

enum { HOOK_PROGRAMS = 12 };

struct hook {
	const char *name;
	const char *point; /* where it attaches, as bpftrace or perf name it; NULL: nowhere */
	const char *gives;
	const char *cost; /* what is lost without it */
	const char *remedy;
	bool required;
	enum hook_tier tier; /* its only tier; HOOK_TIER_ANY: all tiers */
	bool details;	     /* gives owners or reasons: not loaded for counts only */
	bool origins;	     /* only loaded for origins */
	bool drops;	     /* only loaded for handshake drops */
	/* Tries the operation on `target`: a tracepoint, function or iterator. */
	probe_hook *probe;
	const char *target;
	size_t programs[HOOK_PROGRAMS]; /* offsets into struct tcpstate_bpf; 0 ends them */
	/* Returns whether a program fits this kernel and tier. NULL: all do. */
	bool (*wants)(const struct probes *probes, size_t program);
};

/* Ends with a NULL name. */
extern const struct hook hooks[];

/*
 * Sets probes->tier to the requested tier, or to the best that the kernel allows. Returns 0, or
 * -EOPNOTSUPP with error set: the kernel does not allow the requested tier.
 */
int hooks_tier(struct probes *probes, enum hook_tier asked, struct error *error);

/*
 * Enables the programs that this kernel allows and disables all others. Required hooks are not
 * probed: the load fails without them.
 */
void hooks_choose(struct tcpstate_bpf *bpf, const struct probes *probes, bool details, bool drops,
		  bool origins);

#endif
