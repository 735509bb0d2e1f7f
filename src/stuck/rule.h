/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Rules: after how long in a state, or with a condition in that state, a socket is stuck. */
#ifndef STUCK_RULE_H
#define STUCK_RULE_H

#include <stdint.h>

#include <tcpstate/event.h>

#include "lib/error.h"

/* A rule for each state, by its number, and one for each condition. */
enum stuck_rule {
	STUCK_UNREAD = TS_STATES, /* ESTABLISHED:unread, data that the process does not read */
	STUCK_UNSENT,		  /* ESTABLISHED:unsent, data that the peer does not take */
	STUCK_FULL,		  /* LISTEN:full, the accept queue */
	STUCK_IDLE, /* ESTABLISHED:idle, no data in either direction; off by default */
	STUCK_RULES,
};

enum { STUCK_RULE_TEXT = 64 };

/* Limits in ns. STUCK_OFF: none. STUCK_FIN_TIMEOUT: tcp_fin_timeout of the socket's namespace. */
static const uint64_t STUCK_OFF = ~UINT64_C(0);
static const uint64_t STUCK_FIN_TIMEOUT = ~UINT64_C(0) - 1;

struct stuck_rules {
	uint64_t ns[STUCK_RULES];
};

void stuck_rules_default(struct stuck_rules *rules);
/*
 * Parses STATE>TIME or STATE:CONDITION>TIME; TIME is 300ms, 10s, 5m, 1h, a number of seconds or off.
 * Returns 0, or -EINVAL with error set.
 */
int stuck_rule_parse(struct stuck_rules *rules, const char *text, struct error *error);
/* "CLOSE_WAIT>60s". ns: the limit, with STUCK_FIN_TIMEOUT resolved. */
void stuck_rule_print(enum stuck_rule rule, uint64_t ns, char text[STUCK_RULE_TEXT]);
unsigned stuck_rule_state(enum stuck_rule rule);

#endif
