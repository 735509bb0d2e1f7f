/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Which BPF programs exist, what each gives, and which of them this kernel gets. A new
 * program is a row here and its function in bpf/.
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
	const char *point; /* where it sits, as bpftrace or perf would name it; NULL: nowhere */
	const char *gives;
	const char *cost; /* what is lost without it */
	const char *remedy;
	bool required;
	enum hook_tier tier; /* the one it belongs to; HOOK_TIER_ANY: all */
	bool details;	     /* tells owners or reasons: not loaded where counts alone are wanted */
	bool origins;	     /* only where --origin asks for it */
	bool drops;	     /* tells of handshakes in trouble: not loaded where nobody asks */
	/* Tries the operation; on `target`, where it is about a tracepoint, function or iterator. */
	probe_hook *probe;
	const char *target;
	size_t programs[HOOK_PROGRAMS]; /* offsets into struct tcpstate_bpf; 0 ends them */
	/* Which of its programs fits this kernel, or whether it is wanted; NULL: all, always. */
	bool (*wants)(const struct probes *features, size_t program);
};

/* The hooks in order; ends with a NULL name. */
extern const struct hook hooks[];

/*
 * Chooses the tier, into features: the one asked for, or the best that the kernel allows.
 * -EOPNOTSUPP with error set: it does not allow the one asked for.
 */
int hooks_tier(struct probes *features, enum hook_tier asked, struct error *error);

/*
 * Turns on what this kernel allows and turns off the rest; no required hook is tried here:
 * that the load fails says so.
 */
void hooks_choose(struct tcpstate_bpf *bpf, const struct probes *features, bool details, bool drops,
		  bool origins);

#endif
