// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Finds expected transitions that no BPF program was shown. */
#include "selftest/hidden.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "selftest/drop.h"
#include "tcp/state.h"

int sightings_add(struct sightings *sightings, const struct ts_sighting *what, uint64_t count)
{
	if (sightings->n == sightings->room) {
		size_t room = sightings->room ? 2 * sightings->room : 1024;
		struct sighting *list = reallocarray(sightings->list, room, sizeof(*list));

		if (!list)
			return -ENOMEM;
		sightings->list = list;
		sightings->room = room;
	}
	sightings->list[sightings->n++] = (struct sighting){ *what, count };
	return 0;
}

void sightings_free(struct sightings *sightings)
{
	free(sightings->list);
	*sightings = (struct sightings){ 0 };
}

static bool is_in(uint16_t port, uint16_t first, uint16_t last)
{
	return port >= first && port <= last;
}

uint64_t sightings_of_ports(const struct sightings *sightings, uint16_t first, uint16_t last,
			    uint8_t old_state, uint8_t new_state)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < sightings->n; i++) {
		const struct ts_sighting *what = &sightings->list[i].what;

		if ((is_in(what->lport, first, last) || is_in(what->rport, first, last)) &&
		    what->old_state == old_state && what->new_state == new_state)
			sum += sightings->list[i].count;
	}
	return sum;
}

/* How often a socket of these ports left the state, whatever the next one. */
static unsigned sightings_from(const struct sightings *sightings, uint16_t lport, uint16_t rport,
			       uint8_t old_state)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < sightings->n; i++) {
		const struct ts_sighting *what = &sightings->list[i].what;

		if (what->lport == lport && what->rport == rport && what->old_state == old_state)
			sum += sightings->list[i].count;
	}
	return (unsigned)sum;
}

static unsigned observed_from(const struct observed *observed, uint16_t lport, uint16_t rport,
			      uint8_t old_state)
{
	unsigned n = 0;

	for (size_t i = 0; i < observed->n; i++) {
		const struct ts_transition *t = &observed->list[i];

		n += t->lport == lport && t->rport == rport && t->old_state == old_state;
	}
	return n;
}

/*
 * A step that the tracepoint shows. Those of timewait sockets have hooks of their own; the end of a
 * half-open connection is inferred from its absence.
 */
static bool is_of_tracepoint(const struct step *step)
{
	bool is_absence = *step->text == '~' && step->old_state == TS_SYN_RECV;

	return !step->needs_hooks && !step->not_shown_here && !step->optional && !step->orders &&
	       !is_absence;
}

/* Steps of the same ports that leave the same state, up to and including this one. */
static unsigned expected_from(const struct check *check, const struct step *step)
{
	unsigned n = 0;

	for (const struct step *other = check->steps; other <= step; other++)
		n += is_of_tracepoint(other) && other->socket == step->socket &&
		     other->old_state == step->old_state;
	return n;
}

static bool is_hidden(const struct check *check, const struct step *step,
		      const struct sightings *sightings)
{
	const struct endpoint *end = endpoint_find(step->socket);
	unsigned expected = expected_from(check, step);
	uint16_t port = check->test->port, lport, rport;

	if (!end || end->unbound || !is_of_tracepoint(step))
		return false;
	lport = (uint16_t)(port + end->local);
	rport = end->remote ? (uint16_t)(port + end->remote) : 0;
	/* a half-open connection is known by its retransmitted SYN-ACK, too */
	if (step->old_state == TS_LISTEN && end->remote &&
	    sightings_from(sightings, lport, rport, TS_NEW_SYN_RECV))
		return false;
	return observed_from(check->observed, lport, rport, step->old_state) < expected &&
	       sightings_from(sightings, lport, rport, step->old_state) < expected;
}

bool hidden_drop(const struct check *check, const struct sightings *sightings, const char *line)
{
	static const char synack[] = "synack-retransmitted - ";
	const struct endpoint *end;

	if (!sightings->taken || strncmp(line, synack, sizeof(synack) - 1))
		return false;
	end = endpoint_find(line[sizeof(synack) - 1]);
	if (!end || !end->local || !end->remote)
		return false;
	return !sightings_from(sightings, (uint16_t)(check->test->port + end->local),
			       (uint16_t)(check->test->port + end->remote), TS_NEW_SYN_RECV);
}

static unsigned hidden_drops(const struct check *check, const struct sightings *sightings,
			     FILE *why)
{
	char line[DROP_TEXT];
	unsigned n = 0;

	for (size_t i = 0; drop_line(check->test->scenario, i, line); i++) {
		if (!hidden_drop(check, sightings, line))
			continue;
		n++;
		if (why)
			(void)fprintf(why, "# hidden from all BPF programs: %s\n", line);
	}
	return n;
}

unsigned hidden_steps(const struct check *check, const struct sightings *sightings, FILE *why)
{
	unsigned n = 0;

	for (size_t i = 0; i < check->n && sightings->taken; i++) {
		const struct step *step = &check->steps[i];

		if (!is_hidden(check, step, sightings))
			continue;
		n++;
		if (!why)
			continue;
		(void)fprintf(why, "# hidden from all BPF programs: %c%s %s>%s\n", step->socket,
			      marks_of(step->nth), state_name(step->old_state),
			      state_name(step->new_state));
	}
	return n + (sightings->taken ? hidden_drops(check, sightings, why) : 0);
}
