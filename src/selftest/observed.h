/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What was traced while scenarios were played, sorted by playing and by socket. */
#ifndef SELFTEST_OBSERVED_H
#define SELFTEST_OBSERVED_H

#include <stddef.h>
#include <stdint.h>

#include <tcpstate/event.h>

#include "selftest/scenario.h"
#include "selftest/expect.h"
#include "selftest/runner.h"

struct seen {
	struct ts_transition *list; /* in the order in which they came */
	size_t n;
	size_t room;
	struct ts_drop *drops; /* handshakes in trouble */
	size_t n_drops;
};

int seen_add_drop(struct seen *seen, const struct ts_drop *drop);
int seen_add(struct seen *seen, const struct ts_transition *t);
/* The local port of a socket, told after its event. */
void seen_port(struct seen *seen, uint64_t id, uint16_t port);
void seen_free(struct seen *seen);

/* The playing that a socket belongs to, whichever try, by its ports; NULL: none. */
const struct play *seen_play(const struct stage *stage, uint16_t lport, uint16_t rport);
/* Which of a playing's sockets those ports are; NULL: none, or another try's. */
const struct endpoint *seen_endpoint(const struct play *play, uint16_t lport, uint16_t rport);

/* What one socket did: transitions of one id. */
struct seen_socket {
	char name; /* endpoint; 0: none of the scenario's */
	uint8_t nth;
	uint64_t id;
	size_t n;
	const struct ts_transition *list[STEPS_MAX];
};

enum { SEEN_SOCKETS = 12 };

/* Sockets of a playing, in the order of their first transitions. Returns how many. */
size_t seen_sockets(const struct seen *seen, const struct play *play,
		    struct seen_socket sockets[SEEN_SOCKETS]);

#endif
