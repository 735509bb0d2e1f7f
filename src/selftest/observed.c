// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Keeps transitions and sorts them. */
#include "selftest/observed.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int seen_add(struct seen *seen, const struct ts_transition *t)
{
	if (seen->n == seen->room) {
		size_t room = seen->room ? 2 * seen->room : 1024;
		struct ts_transition *list = reallocarray(seen->list, room, sizeof(*list));

		if (!list)
			return -ENOMEM;
		seen->list = list;
		seen->room = room;
	}
	seen->list[seen->n++] = *t;
	return 0;
}

int seen_add_drop(struct seen *seen, const struct ts_drop *drop)
{
	struct ts_drop *drops = reallocarray(seen->drops, seen->n_drops + 1, sizeof(*drops));

	if (!drops)
		return -ENOMEM;
	seen->drops = drops;
	drops[seen->n_drops++] = *drop;
	return 0;
}

void seen_port(struct seen *seen, uint64_t id, uint16_t port)
{
	for (size_t i = 0; i < seen->n; i++)
		if (seen->list[i].id == id && !seen->list[i].lport)
			seen->list[i].lport = port;
}

void seen_free(struct seen *seen)
{
	free(seen->list);
	free(seen->drops);
	*seen = (struct seen){ 0 };
}

static const struct play *play_of_port(const struct stage *stage, uint16_t port)
{
	size_t index = (size_t)(port - PLAY_FIRST_PORT) / PLAY_PORTS;

	if (port < PLAY_FIRST_PORT || index >= PLAY_TRIES * stage->n)
		return NULL;
	return &stage->plays[index % stage->n];
}

const struct play *seen_play(const struct stage *stage, uint16_t lport, uint16_t rport)
{
	const struct play *play = play_of_port(stage, lport);

	return play ? play : play_of_port(stage, rport);
}

static bool is_of(const struct play *play, uint16_t lport, uint16_t rport)
{
	return lport / PLAY_PORTS == play->port / PLAY_PORTS ||
	       rport / PLAY_PORTS == play->port / PLAY_PORTS;
}

static unsigned port_from(const struct play *play, uint16_t port)
{
	return port < play->port ? port ? PLAY_PORTS : 0 : (unsigned)(port - play->port);
}

const struct endpoint *seen_endpoint(const struct play *play, uint16_t lport, uint16_t rport)
{
	return is_of(play, lport, rport) ?
		       endpoint_match(port_from(play, lport), port_from(play, rport)) :
		       NULL;
}

/* A transition without an id goes with the socket whose ports and state it continues. */
static bool same_socket(const struct seen_socket *socket, const struct ts_transition *t)
{
	const struct ts_transition *last = socket->list[socket->n - 1];

	if (t->id && socket->id)
		return t->id == socket->id;
	return last->lport == t->lport && last->rport == t->rport &&
	       last->new_state == t->old_state;
}

/* By the addresses of its last transition: its first may not know them yet. */
static void name_sockets(const struct play *play, struct seen_socket *sockets, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct ts_transition *last = sockets[i].list[sockets[i].n - 1];
		const struct endpoint *end = seen_endpoint(play, last->lport, last->rport);

		sockets[i].name = end ? end->name : 0;
		for (size_t j = 0; j < i; j++)
			sockets[i].nth += sockets[j].name == sockets[i].name;
	}
}

size_t seen_sockets(const struct seen *seen, const struct play *play,
		    struct seen_socket sockets[SEEN_SOCKETS])
{
	size_t n = 0, at;

	for (size_t i = 0; i < seen->n; i++) {
		const struct ts_transition *t = &seen->list[i];

		if (!is_of(play, t->lport, t->rport))
			continue;
		for (at = 0; at < n && !same_socket(&sockets[at], t); at++)
			;
		if (at == SEEN_SOCKETS)
			continue;
		if (at == n)
			sockets[n++] = (struct seen_socket){ 0 };
		if (!sockets[at].id)
			sockets[at].id = t->id;
		if (sockets[at].n < STEPS_MAX)
			sockets[at].list[sockets[at].n++] = t;
	}
	name_sockets(play, sockets, n);
	return n;
}
