/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Which sockets of a look are stuck, by which rule and for how long. What one look cannot know it
 * takes from those before; what it does not know at all it says so.
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
	uint64_t ns;	  /* how long: in its state, or with that undone */
	uint64_t rule_ns; /* longer than this is stuck */
	enum stuck_rule rule;
	uint32_t origin; /* its stack's number; 0: not known */
	bool exact;	 /* else a lower bound */
};

/* A change of a stuck socket. */
struct stuck_event {
	const struct stuck_item *item;
	const char *what; /* static: stuck, recovered (no longer stuck), closed, left or gone */
	const char *why;  /* reason for `left`; else NULL */
	uint64_t mono_ns;
};

struct stuck_list {
	struct stuck_item *items; /* in the order of the sockets, each once */
	size_t n;
	size_t unknown[STUCK_RULES]; /* sockets of which nothing says how long */
	/* Look again after so long, 2 s at most, and more is known; 0: that would not help. */
	uint64_t again_ns;
};

struct stuck;

/* The rules are kept by reference. -ENOMEM. */
int stuck_new(const struct stuck_rules *rules, struct stuck **stuck);
void stuck_free(struct stuck *stuck);
/* Judges a look and remembers what it needs of it for the next one. 0 or -ENOMEM. */
int stuck_judge(struct stuck *stuck, const struct sockets *sockets, struct stuck_list *list);
void stuck_list_free(struct stuck_list *list);

/*
 * By which it is known again at another look: its id, or its inode where it has none (before 5.12, until
 * somebody asks for it); 0: neither.
 */
uint64_t socket_key(const struct ts_socket *socket);
#endif
