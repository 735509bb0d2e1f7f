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

struct port_wait;

enum { UNPORTED_MAX = 16384 };
#define NOT_HELD UINT64_MAX

struct port_wait_entry {
	struct ts_transition t;
	uint64_t held; /* its number in the queue, or NOT_HELD */
	int32_t next;
	bool used;
};

int port_wait_new(struct port_wait **unported);
void port_wait_free(struct port_wait *unported);
/*
 * Enters or replaces. When full, those that no queue waits for are forgotten first;
 * -ENOSPC: every one is waited for; -EINVAL: it has no id.
 */
int port_wait_add(struct port_wait *unported, const struct ts_transition *t, uint64_t held);
/* NULL: not there. */
struct port_wait_entry *port_wait_find(struct port_wait *unported, uint64_t id);
void port_wait_remove(struct port_wait *unported, struct port_wait_entry *entry);

#endif
