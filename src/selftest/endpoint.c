// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The names of sockets in scenarios. */
#include "selftest/scenario.h"

#include <tcpstate/event.h>

static const struct endpoint endpoints[] = {
	/* a listener, two connections to it, and one with a port chosen by the kernel */
	{ .name = 'l', .local = 1, .role = TS_ROLE_SERVER },
	{ .name = 'm', .local = 1, .role = TS_ROLE_SERVER }, /* a second one, observed as l' */
	{ .name = 'c', .local = 2, .remote = 1, .role = TS_ROLE_CLIENT },
	{ .name = 'e', .local = 2, .remote = 1, .role = TS_ROLE_CLIENT }, /* observed as c' */
	{ .name = 's', .local = 1, .remote = 2, .role = TS_ROLE_SERVER },
	{ .name = 'd', .local = 3, .remote = 1, .role = TS_ROLE_CLIENT },
	{ .name = 't', .local = 1, .remote = 3, .role = TS_ROLE_SERVER },
	{ .name = 'u', .remote = 1, .role = TS_ROLE_CLIENT, .unbound = true },
	{ .name = 'f', .remote = 1, .role = TS_ROLE_CLIENT, .unbound = true }, /* as u' */
	{ .name = 'v', .local = 1, .role = TS_ROLE_SERVER, .unbound = true },
	/* a socket that connects to itself */
	{ .name = 'x', .local = 4, .remote = 4, .role = TS_ROLE_CLIENT },
	/* the forged peer: its port, a client of it, a server that it connects to */
	{ .name = 'p', .local = 9, .role = TS_ROLE_SERVER, .hidden = true },
	{ .name = 'q', .local = 2, .remote = 9, .role = TS_ROLE_CLIENT },
	{ .name = 'r', .local = 1, .remote = 9, .role = TS_ROLE_SERVER },
	{ .name = 'w', .remote = 9, .role = TS_ROLE_CLIENT, .unbound = true },
};

enum { ENDPOINTS = sizeof(endpoints) / sizeof(endpoints[0]) };

const struct endpoint *endpoint_find(char name)
{
	for (size_t i = 0; i < ENDPOINTS; i++)
		if (endpoints[i].name == name)
			return &endpoints[i];
	return NULL;
}

static bool matches(const struct endpoint *e, unsigned local, unsigned remote)
{
	if (!e->unbound)
		return e->local == local && e->remote == remote;
	if (!e->local) /* a client; 0: no local port yet */
		return e->remote == remote && (!local || local >= CASE_PORTS);
	return e->local == local && remote >= CASE_PORTS;
}

const struct endpoint *endpoint_match(unsigned local, unsigned remote)
{
	for (size_t i = 0; i < ENDPOINTS; i++)
		if (matches(&endpoints[i], local, remote))
			return &endpoints[i];
	return NULL;
}
