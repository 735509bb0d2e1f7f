/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Rules: in which state, or with what undone in it, a socket is stuck after how long. */
#ifndef STUCK_RULE_H
#define STUCK_RULE_H

#include <stdint.h>

#include <tcpstate/event.h>

#include "lib/error.h"

/* A rule for each state, by its number, and one for each thing that may be undone in a state. */
enum stuck_rule {
	STUCK_UNREAD = TS_STATES, /* ESTABLISHED:unread, data that no one reads */
	STUCK_UNSENT,		  /* ESTABLISHED:unsent, data that the peer does not take */
	STUCK_FULL,		  /* LISTEN:full, the accept queue */
	STUCK_RULES,
};

enum { STUCK_RULE_TEXT = 64 };

/* How long is too long, ns; STUCK_OFF: never; STUCK_FIN_TIMEOUT: after its namespace's tcp_fin_timeout. */
static const uint64_t STUCK_OFF = ~UINT64_C(0);
static const uint64_t STUCK_FIN_TIMEOUT = ~UINT64_C(0) - 1;

struct stuck_rules {
	uint64_t ns[STUCK_RULES];
};

void stuck_rules_default(struct stuck_rules *rules);
/* --rule: STATE>TIME or STATE:WHAT>TIME, with 300ms, 10s, 5m, 1h, a number of seconds or off. */
int stuck_rule_parse(struct stuck_rules *rules, const char *text, struct error *error);
/* "CLOSE_WAIT>60s"; ns: the rule's, or what STUCK_FIN_TIMEOUT came to. */
void stuck_rule_print(enum stuck_rule rule, uint64_t ns, char text[STUCK_RULE_TEXT]);
/* The state that it is about. */
unsigned stuck_rule_state(enum stuck_rule rule);

#endif
