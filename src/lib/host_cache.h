/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Names of addresses in bounded memory: what is known, what is being asked, what was
 * asked and has no name. Nobody waits here. Knows no DNS: it asks through a function.
 */
#ifndef LIB_HOST_CACHE_H
#define LIB_HOST_CACHE_H

#include <stdbool.h>
#include <stdint.h>

enum {
	HOSTS_MAX = 4096,      /* addresses kept; a power of two */
	HOSTS_ASKED_MAX = 256, /* questions under way */
	HOSTS_NAME_MAX = 253,  /* of a host name (RFC 1035, 2.3.4, as text) */
	HOSTS_NAMED_S = 600,   /* a name is asked for again after that, */
	HOSTS_NAMELESS_S = 60, /* and an address without one after that */
};

struct host_cache;
struct host; /* one address, alive at least until its answer */

/* Starts a question, or answers it at once. host_cache_answer() ends every question, exactly once. */
typedef void host_cache_ask_fn(void *context, struct host *host, unsigned family,
			       const uint8_t *address);

int host_cache_new(host_cache_ask_fn *ask, void *context, struct host_cache **hosts);
/* Questions under way must have been answered, if only with NULL. */
void host_cache_free(struct host_cache *hosts);
/*
 * NULL: it has no name, or none is known yet. family: 4 or 6; address: network order.
 * An address that nobody asked for is asked for. Valid until the next call.
 */
const char *host_cache_name(struct host_cache *hosts, unsigned family, const uint8_t *address,
			    uint64_t now_ns);
/* name NULL: there is none. One that is no host name, or is too long for one, is none. */
void host_cache_answer(struct host *host, const char *name, uint64_t now_ns);
bool host_cache_asking(const struct host_cache *hosts);

#endif
