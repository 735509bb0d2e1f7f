// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Stores transitions and assigns them to sockets. */
#include "selftest/observed.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int observed_add(struct observed *observed, const struct ts_transition *t)
{
	if (observed->n == observed->room) {
		size_t room = observed->room ? 2 * observed->room : 1024;
		struct ts_transition *list = reallocarray(observed->list, room, sizeof(*list));

		if (!list)
			return -ENOMEM;
		observed->list = list;
		observed->room = room;
	}
	observed->list[observed->n++] = *t;
	return 0;
}

int observed_add_drop(struct observed *observed, const struct ts_drop *drop)
{
	struct ts_drop *drops = reallocarray(observed->drops, observed->n_drops + 1,
					     sizeof(*drops));

	if (!drops)
		return -ENOMEM;
	observed->drops = drops;
	drops[observed->n_drops++] = *drop;
	return 0;
}

void observed_set_port(struct observed *observed, uint64_t id, uint16_t port)
{
	for (size_t i = 0; i < observed->n; i++)
		if (observed->list[i].id == id && !observed->list[i].lport)
			observed->list[i].lport = port;
}

void observed_free(struct observed *observed)
{
	free(observed->list);
	free(observed->drops);
	*observed = (struct observed){ 0 };
}

static const struct test_case *case_of_port(const struct case_list *cases, uint16_t port)
{
	size_t index = (size_t)(port - CASE_FIRST_PORT) / CASE_PORTS;

	if (port < CASE_FIRST_PORT || index >= cases->n)
		return NULL;
	return &cases->tests[index];
}

const struct test_case *observed_case(const struct case_list *cases, uint16_t lport, uint16_t rport)
{
	const struct test_case *test = case_of_port(cases, lport);

	return test ? test : case_of_port(cases, rport);
}

static bool is_of(const struct test_case *test, uint16_t lport, uint16_t rport)
{
	return lport / CASE_PORTS == test->port / CASE_PORTS ||
	       rport / CASE_PORTS == test->port / CASE_PORTS;
}

static unsigned port_from(const struct test_case *test, uint16_t port)
{
	return port < test->port ? port ? CASE_PORTS : 0 : (unsigned)(port - test->port);
}

const struct endpoint *observed_endpoint(const struct test_case *test, uint16_t lport,
					 uint16_t rport)
{
	return is_of(test, lport, rport) ?
		       endpoint_match(port_from(test, lport), port_from(test, rport)) :
		       NULL;
}

/* A transition without an id belongs to the socket with its ports and its old state. */
static bool same_socket(const struct observed_socket *socket, const struct ts_transition *t)
{
	const struct ts_transition *last = socket->list[socket->n - 1];

	if (t->id && socket->id)
		return t->id == socket->id;
	return last->lport == t->lport && last->rport == t->rport &&
	       last->new_state == t->old_state;
}

/* Uses the ports of the last transition: the first may lack them. */
static void name_sockets(const struct test_case *test, struct observed_socket *sockets, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct ts_transition *last = sockets[i].list[sockets[i].n - 1];
		const struct endpoint *end = observed_endpoint(test, last->lport, last->rport);

		sockets[i].name = end ? end->name : 0;
		for (size_t j = 0; j < i; j++)
			sockets[i].nth += sockets[j].name == sockets[i].name;
	}
}

size_t observed_sockets(const struct observed *observed, const struct test_case *test,
			struct observed_socket sockets[OBSERVED_SOCKETS])
{
	size_t n = 0, at;

	for (size_t i = 0; i < observed->n; i++) {
		const struct ts_transition *t = &observed->list[i];

		if (!is_of(test, t->lport, t->rport))
			continue;
		for (at = 0; at < n && !same_socket(&sockets[at], t); at++)
			;
		if (at == OBSERVED_SOCKETS)
			continue;
		if (at == n)
			sockets[n++] = (struct observed_socket){ 0 };
		if (!sockets[at].id)
			sockets[at].id = t->id;
		if (sockets[at].n < STEPS_MAX)
			sockets[at].list[sockets[at].n++] = t;
	}
	name_sockets(test, sockets, n);
	return n;
}
