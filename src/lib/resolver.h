/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Names for users, ports and hosts, remembered in bounded memory. Users and services come
 * from local files and nothing else: a directory service behind the system's databases
 * may take seconds. Hosts are asked for while the stream goes on: until the answer is
 * there the number is shown.
 */
#ifndef LIB_RESOLVER_H
#define LIB_RESOLVER_H

#include <stdint.h>

#include "lib/error.h"

struct resolver;

/* etc: the folder of passwd and services, "/etc"; kept by reference. Users and services only. */
int resolver_new(const char *etc, struct resolver **resolver);
/* Hosts too. With error set: why they have no names; the rest goes on as before. */
int resolver_add_hosts(struct resolver *resolver, struct error *error);
void resolver_free(struct resolver *resolver);
/* Takes the answers that are there; never waits. Before each line that asks for hosts. */
void resolver_poll(struct resolver *resolver);
/* NULL: it has no name, or none yet. Valid until the next call. */
const char *resolver_user(struct resolver *resolver, uint32_t uid);
const char *resolver_service(struct resolver *resolver, uint16_t port);
const char *resolver_host(struct resolver *resolver, unsigned family, const uint8_t *address);

#endif
