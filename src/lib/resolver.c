// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * /etc/passwd is searched once per user, /etc/services is read once; hosts come from the host
 * cache.
 */
#include "lib/resolver.h"

#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/dns.h"
#include "lib/host_cache.h"
#include "lib/name_cache.h"
#include "lib/number.h"

enum { USERS_MAX = 4096, SERVICES_MAX = 16384, NAME_BYTES = 256 };

static const uint64_t POLL_NS = 1000000; /* between polls of the DNS sockets */

struct resolver {
	const char *etc;
	struct name_cache *users;    /* "": has no name */
	struct name_cache *services; /* NULL: not read yet */
	struct host_cache *hosts;    /* NULL: numbers only */
	struct dns *dns;
	uint64_t now_ns;
	uint64_t polled_ns;
};

int resolver_new(const char *etc, struct resolver **resolver)
{
	struct resolver *self = calloc(1, sizeof(*self));
	int err = self ? name_cache_new(USERS_MAX, &self->users) : -ENOMEM;

	if (err) {
		resolver_free(self);
		return err;
	}
	self->etc = etc;
	*resolver = self;
	return 0;
}

int resolver_add_hosts(struct resolver *resolver, struct error *error)
{
	int err = dns_new(&resolver->dns, error);

	if (err)
		return err;
	err = host_cache_new(dns_ask, resolver->dns, &resolver->hosts);
	return err ? error_set(error, -err, "out of memory") : 0;
}

void resolver_free(struct resolver *resolver)
{
	if (!resolver)
		return;
	dns_free(resolver->dns); /* first: it answers pending questions */
	host_cache_free(resolver->hosts);
	name_cache_free(resolver->users);
	name_cache_free(resolver->services);
	free(resolver);
}

void resolver_poll(struct resolver *resolver)
{
	if (!resolver->hosts)
		return;
	resolver->now_ns = clock_mono_ns();
	if (!host_cache_asking(resolver->hosts) || resolver->now_ns - resolver->polled_ns < POLL_NS)
		return;
	resolver->polled_ns = resolver->now_ns;
	dns_poll(resolver->dns);
}

static FILE *open_file(const struct resolver *resolver, const char *name)
{
	char path[512];
	int n = snprintf(path, sizeof(path), "%s/%s", resolver->etc, name);

	return n > 0 && (size_t)n < sizeof(path) ? fopen(path, "re") : NULL;
}

static int cache_name(struct name_cache *names, uint64_t id, const char *name)
{
	return name_cache_put(names, id, strlen(name) < NAME_BYTES ? name : "");
}

static int find_user(struct resolver *resolver, uint32_t uid)
{
	FILE *file = open_file(resolver, "passwd");
	struct passwd *user = NULL;
	int err;

	/* A line with + or - refers to users of another database. */
	while (file && (user = fgetpwent(file)))
		if (user->pw_uid == uid && *user->pw_name != '+' && *user->pw_name != '-')
			break;
	err = cache_name(resolver->users, uid, user ? user->pw_name : "");
	if (file)
		(void)fclose(file);
	return err;
}

const char *resolver_user(struct resolver *resolver, uint32_t uid)
{
	const char *name = name_cache_get(resolver->users, uid);

	if (!name && !find_user(resolver, uid))
		name = name_cache_get(resolver->users, uid);
	return name && *name ? name : NULL;
}

/* services(5): name, port/protocol, aliases. The first line of a port counts. */
static int cache_service(struct name_cache *services, char *line)
{
	static const char blank[] = " \t\n";
	char *rest = NULL, *name, *port, *protocol;
	uint64_t number;

	line[strcspn(line, "#")] = '\0';
	name = strtok_r(line, blank, &rest);
	port = name ? strtok_r(NULL, blank, &rest) : NULL;
	protocol = port ? strchr(port, '/') : NULL;
	if (!protocol || strcmp(protocol, "/tcp"))
		return 0;
	*protocol = '\0';
	if (number_parse(port, 1, UINT16_MAX, &number) || name_cache_get(services, number))
		return 0;
	return cache_name(services, number, name);
}

/* Without the file, ports have no names. */
static int read_services(struct resolver *resolver)
{
	int err = name_cache_new(SERVICES_MAX, &resolver->services);
	FILE *file = err ? NULL : open_file(resolver, "services");
	char *line = NULL;
	size_t size = 0;

	while (file && !err && getline(&line, &size, file) > 0)
		err = cache_service(resolver->services, line);
	free(line);
	if (file)
		(void)fclose(file);
	return err;
}

const char *resolver_service(struct resolver *resolver, uint16_t port)
{
	const char *name;

	if (!resolver->services && read_services(resolver))
		return NULL;
	name = name_cache_get(resolver->services, port);
	return name && *name ? name : NULL;
}

const char *resolver_host(struct resolver *resolver, unsigned family, const uint8_t *address)
{
	return resolver->hosts ?
		       host_cache_name(resolver->hosts, family, address, resolver->now_ns) :
		       NULL;
}
