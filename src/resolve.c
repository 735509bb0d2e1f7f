// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Users and services from the system's databases, each asked once. Hosts have no names
 * in this build: a look-up that may take seconds must not stop the stream.
 */
#include "resolve.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>

#include "names.h"

enum { KEPT_USERS = 1024, KEPT_SERVICES = 4096, NAME_BYTES = 256 };

struct resolver {
	struct names *users;	/* "": has no name */
	struct names *services; /* the same */
};

int resolver_new(struct resolver **resolver)
{
	struct resolver *self = calloc(1, sizeof(*self));
	int err = self ? names_new(KEPT_USERS, &self->users) : -ENOMEM;

	if (!err)
		err = names_new(KEPT_SERVICES, &self->services);
	if (err) {
		resolver_free(self);
		return err;
	}
	*resolver = self;
	return 0;
}

void resolver_free(struct resolver *resolver)
{
	if (!resolver)
		return;
	names_free(resolver->users);
	names_free(resolver->services);
	free(resolver);
}

static const char *keep(struct names *names, uint64_t id, const char *name)
{
	if (!name || strlen(name) >= NAME_BYTES)
		name = "";
	if (names_put(names, id, name))
		return NULL;
	name = names_get(names, id);
	return *name ? name : NULL;
}

const char *resolver_user(struct resolver *resolver, uint32_t uid)
{
	const char *name = names_get(resolver->users, uid);
	struct passwd *user;

	if (name)
		return *name ? name : NULL;
	user = getpwuid(uid);
	return keep(resolver->users, uid, user ? user->pw_name : NULL);
}

const char *resolver_service(struct resolver *resolver, uint16_t port)
{
	const char *name = names_get(resolver->services, port);
	struct servent *service;

	if (name)
		return *name ? name : NULL;
	service = port ? getservbyport(htons(port), "tcp") : NULL;
	return keep(resolver->services, port, service ? service->s_name : NULL);
}

const char *resolver_host(struct resolver *resolver, unsigned family, const uint8_t *address)
{
	(void)resolver;
	(void)family;
	(void)address;
	return NULL;
}
