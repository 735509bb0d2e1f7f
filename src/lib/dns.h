/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Names of addresses from /etc/hosts and DNS, by c-ares. Never blocks and has no threads. The rest
 * of the program does not know whether c-ares is built in.
 */
#ifndef LIB_DNS_H
#define LIB_DNS_H

#include <stdint.h>

#include "lib/error.h"
#include "lib/host_cache.h"

struct dns;

/* Returns 0 or -errno with error set (-EOPNOTSUPP: built without c-ares). */
int dns_new(struct dns **dns, struct error *error);
/* Answers pending questions with NULL. */
void dns_free(struct dns *dns);
/* A host_cache_ask_fn. */
void dns_ask(void *dns, struct host *host, unsigned family, const uint8_t *address);
/* Takes the answers that have arrived, and retries questions that have timed out. */
void dns_poll(struct dns *dns);

#endif
