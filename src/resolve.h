/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Names for users, ports and hosts, remembered in bounded memory. Users and services
 * come from the local databases; hosts, where built with c-ares, from a query that
 * runs while the stream goes on: until the answer is there the number is shown.
 */
#ifndef RESOLVE_H
#define RESOLVE_H

#include <stdint.h>

struct resolver;

int resolver_new(struct resolver **resolver);
void resolver_free(struct resolver *resolver);
/* NULL: it has no name, or none yet. Valid until the next call. */
const char *resolver_user(struct resolver *resolver, uint32_t uid);
const char *resolver_service(struct resolver *resolver, uint16_t port);
const char *resolver_host(struct resolver *resolver, unsigned family, const uint8_t *address);

#endif
