/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Observed transitions and handshake drops, by test case and socket. */
#ifndef SELFTEST_OBSERVED_H
#define SELFTEST_OBSERVED_H

#include <stddef.h>
#include <stdint.h>

#include <tcpstate/event.h>

#include "selftest/scenario.h"
#include "selftest/expect.h"
#include "selftest/runner.h"

struct observed {
	struct ts_transition *list; /* in arrival order */
	size_t n;
	size_t room;
	struct ts_drop *drops; /* handshake drops */
	size_t n_drops;
};

int observed_add_drop(struct observed *observed, const struct ts_drop *drop);
int observed_add(struct observed *observed, const struct ts_transition *t);
/* Sets a local port that was reported after the event. */
void observed_set_port(struct observed *observed, uint64_t id, uint16_t port);
void observed_free(struct observed *observed);

/* The test case of a socket by its ports, in any try; NULL: none. */
const struct test_case *observed_case(const struct case_list *cases, uint16_t lport,
				      uint16_t rport);
/* The socket of a test case by its ports; NULL: none, or an earlier try's. */
const struct endpoint *observed_endpoint(const struct test_case *test, uint16_t lport,
					 uint16_t rport);

/* The transitions of one socket id. */
struct observed_socket {
	char name; /* endpoint; 0: not in the scenario */
	uint8_t nth;
	uint64_t id;
	size_t n;
	const struct ts_transition *list[STEPS_MAX];
};

enum { OBSERVED_SOCKETS = 12 };

/* The sockets of a test case in the order of their first transitions. Returns their number. */
size_t observed_sockets(const struct observed *observed, const struct test_case *test,
			struct observed_socket sockets[OBSERVED_SOCKETS]);

#endif
