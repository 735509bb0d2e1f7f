/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Names of users, ports and hosts, in bounded caches. Users and services come from local files
 * alone: a directory service could take seconds. Host names are asked for in the background: until
 * the answer arrives the address is shown.
 */
#ifndef LIB_RESOLVER_H
#define LIB_RESOLVER_H

#include <stdint.h>

#include "lib/error.h"

struct resolver;

/* etc: the folder of passwd and services, "/etc"; must outlive the resolver. No hosts yet. */
int resolver_new(const char *etc, struct resolver **resolver);
/* Adds host names. Returns 0 or -errno with error set; the rest works without them. */
int resolver_add_hosts(struct resolver *resolver, struct error *error);
void resolver_free(struct resolver *resolver);
/* Takes answers that have arrived, without blocking. To be called before each line. */
void resolver_poll(struct resolver *resolver);
/* NULL: without a name, or not yet known. Valid until the next call. */
const char *resolver_user(struct resolver *resolver, uint32_t uid);
const char *resolver_service(struct resolver *resolver, uint16_t port);
const char *resolver_host(struct resolver *resolver, unsigned family, const uint8_t *address);

#endif
