/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The kind of hooks that a tracer uses, and their names. */
#ifndef TRACER_TIER_H
#define TRACER_TIER_H

#include <string.h>

/* Each tier can do what those before it can. */
enum hook_tier {
	HOOK_TIER_ANY, /* the best that the kernel allows */
	HOOK_TIER_TRACEPOINT,
	HOOK_TIER_KPROBE,
	HOOK_TIER_FENTRY,
	HOOK_TIERS
};

/* Returns NULL for HOOK_TIER_ANY. */
static inline const char *tier_name(enum hook_tier tier)
{
	static const char *const names[HOOK_TIERS] = {
		[HOOK_TIER_TRACEPOINT] = "tracepoint",
		[HOOK_TIER_KPROBE] = "kprobe",
		[HOOK_TIER_FENTRY] = "fentry",
	};

	return names[tier];
}

/* Returns HOOK_TIER_ANY if no tier has that name. */
static inline enum hook_tier tier_parse(const char *name)
{
	enum hook_tier tier = HOOK_TIER_FENTRY;

	while (tier != HOOK_TIER_ANY && strcmp(name, tier_name(tier)))
		tier--;
	return tier;
}

#endif
