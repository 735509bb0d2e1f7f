// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * When the cache is full, a clock hand chooses the entry to replace: not asked, not used
 * recently.
 */
#include "lib/host_cache.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/hash_index.h"

enum { ADDRESS_BYTES = 16 };

/*
 * A question can cost a read of the hosts file, which may be long. After a burst of BUDGET_NS, at
 * most a twentieth of the time is spent on questions.
 */
enum { BUDGET_SHARE = 20 };

static const int64_t BUDGET_NS = 10 * 1000000;
static const uint64_t NS_PER_S = 1000000000;

struct host {
	struct host_cache *hosts;
	char *name;   /* NULL: none, or none yet */
	uint64_t key; /* of the address, in the index */
	uint64_t expires_ns;
	uint8_t family;
	bool asked;			/* the answer is pending: the entry cannot be replaced */
	bool used;			/* since the hand passed */
	uint8_t address[ADDRESS_BYTES]; /* zeros after an IPv4 address */
};

struct host_cache {
	host_cache_ask_fn *ask;
	void *context;
	struct hash_index index;
	uint64_t filled_ns; /* when the budget last grew */
	int64_t budget_ns;
	unsigned asked;
	unsigned count;
	unsigned hand;
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
	if (hash_index_new(&self->index, HOSTS_MAX)) {
		free(self);
		return -ENOMEM;
	}
	*hosts = self;
	return 0;
}

void host_cache_free(struct host_cache *hosts)
{
	if (!hosts)
		return;
	for (unsigned i = 0; i < hosts->count; i++)
		free(hosts->entries[i].name);
	hash_index_free(&hosts->index);
	free(hosts);
}

static size_t address_bytes(unsigned family)
{
	return family == 4 ? 4 : ADDRESS_BYTES;
}

static struct host *find(struct host_cache *hosts, const struct host *wanted)
{
	uint32_t at;

	if (!hash_index_get(&hosts->index, wanted->key, &at) ||
	    memcmp(hosts->entries[at].address, wanted->address, ADDRESS_BYTES))
		return NULL;
	return &hosts->entries[at];
}

/*
 * The loop ends: fewer entries are asked than exist, and one turn of the hand clears every
 * `used`.
 */
static struct host *make_room(struct host_cache *hosts)
{
	struct host *host;

	if (hosts->count < HOSTS_MAX)
		return &hosts->entries[hosts->count++];
	for (;;) {
		host = &hosts->entries[hosts->hand];
		hosts->hand = (hosts->hand + 1) % HOSTS_MAX;
		if (!host->asked && !host->used)
			break;
		host->used = false;
	}
	hash_index_remove(&hosts->index, host->key, (uint32_t)(host - hosts->entries));
	free(host->name);
	return host;
}

static struct host *add(struct host_cache *hosts, const struct host *wanted)
{
	struct host *host = make_room(hosts);

	*host = *wanted;
	hash_index_set(&hosts->index, host->key, (uint32_t)(host - hosts->entries));
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

/* The address of a socket that is bound to none. */
static bool is_any(unsigned family, const uint8_t *address)
{
	static const uint8_t any[ADDRESS_BYTES];

	return !memcmp(address, any, address_bytes(family));
}

const char *host_cache_name(struct host_cache *hosts, unsigned family, const uint8_t *address,
			    uint64_t now_ns)
{
	struct host wanted = { .hosts = hosts, .family = (uint8_t)family };
	struct host *host;

	memcpy(wanted.address, address, address_bytes(family));
	wanted.key = hash_index_key(&hosts->index, wanted.address, address_bytes(family));
	host = find(hosts, &wanted);
	if (!host) {
		if (is_any(family, address) || !may_ask(hosts, now_ns))
			return NULL;
		host = add(hosts, &wanted);
		ask(hosts, host);
		return host->name;
	}
	/* A name that has expired is shown until the new answer is there. */
	if (!host->asked && now_ns >= host->expires_ns && may_ask(hosts, now_ns))
		ask(hosts, host);
	host->used = true;
	return host->name;
}

/* The owner of an address chooses its name: one that reads as an address would mislead. */
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
