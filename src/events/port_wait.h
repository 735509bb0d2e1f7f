/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Sockets whose local port is not known yet: the transition that lacked it, by the
 * socket's id, until the port turns up. Bounded.
 */
#ifndef EVENTS_PORT_WAIT_H
#define EVENTS_PORT_WAIT_H

#include <stdbool.h>
#include <stdint.h>

#include <tcpstate/event.h>

struct unported;

enum { UNPORTED_MAX = 16384 };
#define NOT_HELD UINT64_MAX

struct unported_entry {
	struct ts_transition t;
	uint64_t held; /* its number in the queue, or NOT_HELD */
	int32_t next;
	bool used;
};

int unported_new(struct unported **unported);
void unported_free(struct unported *unported);
/*
 * Enters or replaces. When full, those that no queue waits for are forgotten first;
 * -ENOSPC: every one is waited for; -EINVAL: it has no id.
 */
int unported_add(struct unported *unported, const struct ts_transition *t, uint64_t held);
/* NULL: not there. */
struct unported_entry *unported_find(struct unported *unported, uint64_t id);
void unported_remove(struct unported *unported, struct unported_entry *entry);

#endif
