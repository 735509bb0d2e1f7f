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

struct observed {
	struct ts_transition *list; /* in the order in which they came */
	size_t n;
	size_t room;
	struct ts_drop *drops; /* handshakes in trouble */
	size_t n_drops;
};

int observed_add_drop(struct observed *observed, const struct ts_drop *drop);
int observed_add(struct observed *observed, const struct ts_transition *t);
/* The local port of a socket, told after its event. */
void observed_set_port(struct observed *observed, uint64_t id, uint16_t port);
void observed_free(struct observed *observed);

/* The playing that a socket belongs to, whichever try, by its ports; NULL: none. */
const struct test_case *observed_case(const struct case_list *cases, uint16_t lport,
				      uint16_t rport);
/* Which of a playing's sockets those ports are; NULL: none, or another try's. */
const struct endpoint *observed_endpoint(const struct test_case *test, uint16_t lport,
					 uint16_t rport);

/* What one socket did: transitions of one id. */
struct observed_socket {
	char name; /* endpoint; 0: none of the scenario's */
	uint8_t nth;
	uint64_t id;
	size_t n;
	const struct ts_transition *list[STEPS_MAX];
};

enum { OBSERVED_SOCKETS = 12 };

/* Sockets of a playing, in the order of their first transitions. Returns how many. */
size_t observed_sockets(const struct observed *observed, const struct test_case *test,
			struct observed_socket sockets[OBSERVED_SOCKETS]);

#endif
