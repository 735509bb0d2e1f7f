// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A hash table with chains through one array; a clock hand finds who goes when it is full. */
#include "lib/host_cache.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "lib/clock.h"

enum { NO_HOST = -1, ADDRESS_BYTES = 16 };

/*
 * A question can cost a read of the hosts file, which may be long: after a burst worth
 * BUDGET_NS, a twentieth of the time goes there and no more.
 */
enum { BUDGET_SHARE = 20 };

static const int64_t BUDGET_NS = 10 * 1000000;
static const uint64_t NS_PER_S = 1000000000;

struct host {
	struct host_cache *hosts;
	char *name; /* NULL: none, or none yet */
	uint64_t expires_ns;
	int32_t next;
	uint8_t family;
	bool asked; /* the answer is still to come: stays where it is */
	bool used;  /* since the hand came by */
	uint8_t address[ADDRESS_BYTES];
};

struct host_cache {
	host_cache_ask_fn *ask;
	void *context;
	uint64_t seed;
	uint64_t filled_ns; /* the budget, when last */
	int64_t budget_ns;
	unsigned asked;
	unsigned count;
	unsigned hand;
	int32_t heads[HOSTS_MAX];
	struct host entries[HOSTS_MAX];
};

int host_cache_new(host_cache_ask_fn *ask, void *context, struct host_cache **hosts)
{
	struct host_cache *self = calloc(1, sizeof(*self));

	if (!self)
		return -ENOMEM;
	self->ask = ask;
	self->context = context;
	self->budget_ns = BUDGET_NS;
	/* Peers choose their addresses, so which ones share a chain must be our secret. */
	if (getrandom(&self->seed, sizeof(self->seed), GRND_NONBLOCK) < 0)
		self->seed = clock_mono_ns();
	for (unsigned i = 0; i < HOSTS_MAX; i++)
		self->heads[i] = NO_HOST;
	*hosts = self;
	return 0;
}

void host_cache_free(struct host_cache *hosts)
{
	if (!hosts)
		return;
	for (unsigned i = 0; i < hosts->count; i++)
		free(hosts->entries[i].name);
	free(hosts);
}

static size_t address_bytes(unsigned family)
{
	return family == 4 ? 4 : ADDRESS_BYTES;
}

static uint64_t mix(uint64_t x)
{
	x *= 0x9e3779b97f4a7c15;
	return x ^ x >> 32;
}

static int32_t *head_of(struct host_cache *hosts, unsigned family, const uint8_t *address)
{
	uint64_t half[2] = { 0, 0 };

	memcpy(half, address, address_bytes(family));
	return &hosts->heads[mix(mix(mix(half[0] ^ hosts->seed) + half[1]) ^ hosts->seed) &
			     (HOSTS_MAX - 1)];
}

static struct host *find(struct host_cache *hosts, unsigned family, const uint8_t *address)
{
	for (int32_t i = *head_of(hosts, family, address); i != NO_HOST;
	     i = hosts->entries[i].next) {
		struct host *host = &hosts->entries[i];

		if (host->family == family &&
		    !memcmp(host->address, address, address_bytes(family)))
			return host;
	}
	return NULL;
}

static void forget(struct host_cache *hosts, struct host *host)
{
	int32_t *link = head_of(hosts, host->family, host->address);

	while (*link != (int32_t)(host - hosts->entries))
		link = &hosts->entries[*link].next;
	*link = host->next;
	free(host->name);
}

/* Ends: fewer are asked than there are, and one round of the hand takes every `used` away. */
static struct host *take_place(struct host_cache *hosts)
{
	struct host *host;

	if (hosts->count < HOSTS_MAX)
		return &hosts->entries[hosts->count++];
	for (;;) {
		host = &hosts->entries[hosts->hand];
		hosts->hand = (hosts->hand + 1) & (HOSTS_MAX - 1);
		if (!host->asked && !host->used)
			break;
		host->used = false;
	}
	forget(hosts, host);
	return host;
}

static struct host *add(struct host_cache *hosts, unsigned family, const uint8_t *address)
{
	struct host *host = take_place(hosts);
	int32_t *head = head_of(hosts, family, address);

	*host = (struct host){ .hosts = hosts, .family = (uint8_t)family, .next = *head };
	memcpy(host->address, address, address_bytes(family));
	*head = (int32_t)(host - hosts->entries);
	return host;
}

static bool may_ask(struct host_cache *hosts, uint64_t now_ns)
{
	uint64_t earned = (now_ns - hosts->filled_ns) / BUDGET_SHARE;

	if (hosts->asked == HOSTS_ASKED_MAX)
		return false;
	if (earned >= (uint64_t)BUDGET_NS)
		hosts->budget_ns = BUDGET_NS;
	else if (hosts->budget_ns < BUDGET_NS)
		hosts->budget_ns += (int64_t)earned;
	hosts->filled_ns = now_ns;
	return hosts->budget_ns > 0;
}

static void ask(struct host_cache *hosts, struct host *host)
{
	uint64_t began = clock_mono_ns();

	host->asked = true;
	hosts->asked++;
	hosts->ask(hosts->context, host, host->family, host->address);
	hosts->budget_ns -= (int64_t)(clock_mono_ns() - began);
}

/* A socket bound to no address: nobody's. */
static bool is_any(unsigned family, const uint8_t *address)
{
	static const uint8_t any[ADDRESS_BYTES];

	return !memcmp(address, any, address_bytes(family));
}

const char *host_cache_name(struct host_cache *hosts, unsigned family, const uint8_t *address,
			    uint64_t now_ns)
{
	struct host *host = find(hosts, family, address);

	if (!host) {
		if (is_any(family, address) || !may_ask(hosts, now_ns))
			return NULL;
		host = add(hosts, family, address);
		ask(hosts, host);
		return host->name;
	}
	/* A name that has expired is shown until the new answer is there. */
	if (!host->asked && now_ns >= host->expires_ns && may_ask(hosts, now_ns))
		ask(hosts, host);
	host->used = true;
	return host->name;
}

/* Whoever owns an address names it: a name that reads as another address is a lie. */
static bool is_host_name(const char *name)
{
	struct in6_addr ipv6;
	struct in_addr ipv4;

	return *name && strnlen(name, HOSTS_NAME_MAX + 1) <= HOSTS_NAME_MAX &&
	       !inet_aton(name, &ipv4) && inet_pton(AF_INET6, name, &ipv6) != 1;
}

void host_cache_answer(struct host *host, const char *name, uint64_t now_ns)
{
	free(host->name);
	host->name = name && is_host_name(name) ? strdup(name) : NULL;
	host->expires_ns = now_ns + (host->name ? HOSTS_NAMED_S : HOSTS_NAMELESS_S) * NS_PER_S;
	host->asked = false;
	host->hosts->asked--;
}

bool host_cache_asking(const struct host_cache *hosts)
{
	return hosts->asked;
}
