// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The census by the BPF iterators: one scan of all sockets and their holders. */
#include "explain/census.h"

#include <errno.h>
#include <stdlib.h>

#include "lib/hash_index.h"
#include "sockets/sockets.h"

static void count_socket(struct census_state *counts, const struct socket_entry *entry)
{
	counts->sockets++;
	if (entry->holder)
		return;
	if (entry->socket->flags & TS_S_NO_FILE)
		counts->no_file++;
	else
		counts->unknown++;
}

/* A process counts once per socket, not once per descriptor. `owners`: by state and process. */
static int count_owners(struct census_state *counts, struct hash_index *owners,
			const struct sockets *sockets, const struct socket_entry *entry)
{
	const struct ts_holder *holder = entry->holder;

	for (; holder; holder = socket_next_holder(sockets, holder)) {
		uint64_t key = (uint64_t)entry->socket->state << 32 | holder->tgid;
		size_t at = hash_index_put(owners, key, (uint32_t)counts->owner_count);

		if (at == counts->owner_count &&
		    !census_add_owner(counts, holder->pid, holder->comm))
			return -ENOMEM;
		counts->owners[at].sockets += counts->owners[at].last != entry;
		counts->owners[at].last = entry;
	}
	return 0;
}

static int take(struct census *census, const struct sockets *sockets)
{
	struct hash_index owners;
	size_t holders = 1;
	int err;

	for (size_t i = 0; i < sockets->n; i++)
		holders += sockets->entries[i].holders;
	err = hash_index_new(&owners, holders);
	for (size_t i = 0; i < sockets->n && !err; i++) {
		const struct socket_entry *entry = &sockets->entries[i];
		struct census_state *counts = &census->state[entry->socket->state % TS_STATES];

		count_socket(counts, entry);
		err = count_owners(counts, &owners, sockets, entry);
	}
	hash_index_free(&owners);
	census_finish(census);
	census->netns = sockets->netns;
	census->netns_missed = sockets->n_netns_failed + sockets->n_netns_hidden;
	census->netns_hidden = sockets->n_netns_hidden ||
			       (sockets->netns_unsure && sockets->netns_unknown);
	return err;
}

int census_take_iter(struct census **out)
{
	static const struct ts_filter all;
	const struct socket_source_config config = { .filter = &all, .tcp = true, .holders = true };
	struct error unable = { "" };
	struct socket_source *source = NULL;
	struct sockets *sockets = NULL;
	struct census *census = calloc(1, sizeof(*census));
	int err = census ? socket_source_new(&config, &source, &unable) : -ENOMEM;

	if (!err)
		err = socket_source_scan(source, &sockets, &unable);
	if (!err)
		err = take(census, sockets);
	sockets_free(sockets);
	socket_source_free(source);
	if (err) {
		census_free(census);
		return err;
	}
	*out = census;
	return 0;
}
