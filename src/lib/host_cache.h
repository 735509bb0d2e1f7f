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

struct hosts;
struct host; /* one address, alive at least until its answer */

/* Starts a question, or answers it at once. host_answer() ends every question, exactly once. */
typedef void hosts_ask_fn(void *context, struct host *host, unsigned family,
			  const uint8_t *address);

int hosts_new(hosts_ask_fn *ask, void *context, struct hosts **hosts);
/* Questions under way must have been answered, if only with NULL. */
void hosts_free(struct hosts *hosts);
/*
 * NULL: it has no name, or none is known yet. family: 4 or 6; address: network order.
 * An address that nobody asked for is asked for. Valid until the next call.
 */
const char *hosts_name(struct hosts *hosts, unsigned family, const uint8_t *address,
		       uint64_t now_ns);
/* name NULL: there is none. One that is no host name, or is too long for one, is none. */
void host_answer(struct host *host, const char *name, uint64_t now_ns);
bool hosts_asking(const struct hosts *hosts);

#endif
