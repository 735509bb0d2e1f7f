/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Addresses to names through /etc/hosts and DNS, by c-ares: without threads, and nothing
 * here waits. Not known to the rest of the program whether it was built with c-ares.
 */
#ifndef LIB_DNS_H
#define LIB_DNS_H

#include <stdint.h>

#include "lib/error.h"
#include "lib/host_cache.h"

struct dns;

/* -EOPNOTSUPP, with error set: built without c-ares. */
int dns_new(struct dns **dns, struct error *error);
/* Answers what is still asked with NULL. */
void dns_free(struct dns *dns);
/* A host_cache_ask_fn. */
void dns_ask(void *dns, struct host *host, unsigned family, const uint8_t *address);
/* Takes the answers that are there, and asks again what got none in time. */
void dns_poll(struct dns *dns);

#endif
