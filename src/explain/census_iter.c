// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The census by the BPF iterators: one scan of all sockets and their holders. */
#include "explain/census.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "sockets/sockets.h"

/* A socket and a process that holds it. */
struct holding {
	const struct ts_holder *holder;
	const struct ts_socket *socket;
};

static int by_state_and_process(const void *left, const void *right)
{
	const struct holding *a = left, *b = right;

	if (a->socket->state != b->socket->state)
		return a->socket->state - b->socket->state;
	if (a->holder->tgid != b->holder->tgid)
		return a->holder->tgid < b->holder->tgid ? -1 : 1;
	return (a->socket > b->socket) - (a->socket < b->socket);
}

static void count_sockets(struct census *census, const struct sockets *sockets)
{
	for (size_t i = 0; i < sockets->n; i++) {
		const struct socket_entry *entry = &sockets->entries[i];
		struct census_state *counts = &census->state[entry->socket->state % TS_STATES];

		counts->sockets++;
		if (entry->holder)
			continue;
		if (entry->socket->flags & TS_S_NO_FILE)
			counts->no_file++;
		else
			counts->unknown++;
	}
}

/* A process counts once per socket, not once per descriptor. */
static int count_owners(struct census *census, const struct holding *held, size_t n)
{
	struct census_owner *owner = NULL;

	for (size_t i = 0; i < n; i++) {
		const struct holding *last = i ? &held[i - 1] : NULL;
		struct census_state *counts = &census->state[held[i].socket->state % TS_STATES];
		bool same = last && last->socket->state == held[i].socket->state &&
			    last->holder->tgid == held[i].holder->tgid;

		if (same && last->socket == held[i].socket)
			continue;
		if (!same) {
			owner = census_add_owner(counts, held[i].holder->pid, held[i].holder->comm);
			if (!owner)
				return -ENOMEM;
		}
		owner->sockets++;
	}
	return 0;
}

static int take_owners(struct census *census, const struct sockets *sockets)
{
	struct holding *held;
	size_t n = 0;
	int err;

	for (size_t i = 0; i < sockets->n; i++)
		n += sockets->entries[i].holders;
	held = calloc(n ? n : 1, sizeof(*held));
	if (!held)
		return -ENOMEM;
	n = 0;
	for (size_t i = 0; i < sockets->n; i++) {
		const struct ts_holder *holder = sockets->entries[i].holder;

		for (; holder; holder = socket_next_holder(sockets, holder))
			held[n++] = (struct holding){ holder, sockets->entries[i].socket };
	}
	qsort(held, n, sizeof(*held), by_state_and_process);
	err = count_owners(census, held, n);
	free(held);
	return err;
}

static int take(struct census *census, const struct sockets *sockets)
{
	int err = take_owners(census, sockets);

	count_sockets(census, sockets);
	census_finish(census);
	census->netns = sockets->netns;
	census->netns_missed = sockets->n_netns_failed;
	census->netns_hidden = sockets->netns_unknown > 0;
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
