/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A bounded cache of host names by address: known, being asked, or without a name. Never blocks.
 * Knows no DNS: it asks through a function.
 */
#ifndef LIB_HOST_CACHE_H
#define LIB_HOST_CACHE_H

#include <stdbool.h>
#include <stdint.h>

enum {
	HOSTS_MAX = 4096,      /* addresses */
	HOSTS_ASKED_MAX = 256, /* questions pending */
	HOSTS_NAME_MAX = 253,  /* of a host name (RFC 1035, 2.3.4, as text) */
	HOSTS_NAMED_S = 600,   /* how long a name is valid */
	HOSTS_NAMELESS_S = 60, /* how long "has no name" is valid */
};

struct host_cache;
struct host; /* one address; valid at least until its answer */

/* Starts a question or answers it at once. host_cache_answer() ends every question exactly once. */
typedef void host_cache_ask_fn(void *context, struct host *host, unsigned family,
			       const uint8_t *address);

int host_cache_new(host_cache_ask_fn *ask, void *context, struct host_cache **hosts);
/* Every question must have been answered, if only with NULL. */
void host_cache_free(struct host_cache *hosts);
/*
 * The name of an address, or NULL: it has none, or none yet. Starts a question about an unknown
 * address. family: 4 or 6; address: network order. Valid until the next call.
 */
const char *host_cache_name(struct host_cache *hosts, unsigned family, const uint8_t *address,
			    uint64_t now_ns);
/* name NULL: the address has none. Text that is not a valid host name counts as NULL. */
void host_cache_answer(struct host *host, const char *name, uint64_t now_ns);
bool host_cache_asking(const struct host_cache *hosts);

#endif
