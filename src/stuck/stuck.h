/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Which sockets of a scan are stuck, by which rule and for how long. The scans before supply what one
 * scan cannot show. Sockets with an unknown time are counted.
 */
#ifndef STUCK_STUCK_H
#define STUCK_STUCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sockets/sockets.h"
#include "stuck/rule.h"

struct stuck_item {
	const struct socket_entry *entry;
	uint64_t ns;	  /* how long the rule's condition has held */
	uint64_t rule_ns; /* the rule's limit */
	enum stuck_rule rule;
	uint32_t origin; /* id of its call stack; 0: unknown */
	bool exact;	 /* ns is exact, not a lower bound */
};

/* A change of a stuck socket. */
struct stuck_event {
	const struct stuck_item *item;
	const char *what; /* static: stuck, recovered (no longer stuck), closed, left or gone */
	const char *why;  /* reason for `left`; of `closed`, that the peer got nothing; else NULL */
	uint64_t mono_ns;
};

struct stuck_list {
	struct stuck_item *items; /* in the order of the sockets */
	size_t n;
	size_t unknown[STUCK_RULES]; /* sockets with an unknown time */
	uint64_t again_ns;	     /* a second scan after this, 2 s at most, shows more; 0: not */
};

struct stuck {
	const struct stuck_rules *rules;
	const struct ts_filter *states; /* judge sockets in its states; NULL: in all */
	/* NULL: an item for the first rule that a socket breaks. The list of the scan before: an item for each rule */
	const struct stuck_list *last;
	struct observed *observed; /* in the last scan, to be freed; NULL: no scan yet */
	size_t n_observed;
};

/* The rule's limit for a socket, in ns, or STUCK_OFF. */
uint64_t stuck_limit(const struct stuck_rules *rules, enum stuck_rule rule,
		     const struct sockets *sockets, const struct ts_socket *s);
/* Judges a scan and remembers it for the next one. Returns 0 or -ENOMEM. */
int stuck_judge(struct stuck *stuck, const struct sockets *sockets, struct stuck_list *list);
void stuck_list_free(struct stuck_list *list);

#endif
