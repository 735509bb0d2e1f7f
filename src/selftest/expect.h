/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Expectations: the transitions of a scenario's sockets, parsed into steps.
 *
 *   s  ~LISTEN>SYN_RECV      server listener
 *   s   SYN_RECV>ESTABLISHED server listener  min=50
 *   c  +TIME_WAIT>CLOSED     client connect   reset-by-peer rst=received
 *   c'  CLOSED>SYN_SENT      client connect
 *
 * SOCKET has one ' for the second socket of the same ports, and so on. OLD>NEW has a mark:
 *   ~  the tracepoint tier infers it
 *   +  the tracepoint tier does not show it
 *   ?  the tracepoint tier infers it or does not show it (a half-open connection)
 *   -  only the tracepoint tier shows it
 *   *  only some kernels make it; the tracepoint tier infers it
 *   1 to 5  it comes in these of several lawful orders, which depend on packets; with ?, the
 *      tracepoint tier may infer it
 * WHO is the owner (? for unknown, NAME:COMM for an actor that changed its name), HOW is how it is
 * known. REASON, ERRNO and facts follow. A|B is B in the tracepoint tier, else A.
 */
#ifndef SELFTEST_EXPECT_H
#define SELFTEST_EXPECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tcpstate/event.h>

#include "selftest/scenario.h"
#include "tracer/tier.h"

enum { STEP_TEXT = 160, STEPS_MAX = 48, ORDERS_MAX = 5 };

/* Facts beside a step's text. */
enum step_fact {
	STEP_RETRANSMITTED = 1 << 0, /* segments were retransmitted */
	STEP_NO_DURATION = 1 << 1,   /* the time in the old state is unknown */
	STEP_PORT = 1 << 2,	     /* the local port was reported, even if later */
};

/* One transition of one socket. */
struct step {
	char socket; /* endpoint */
	uint8_t nth; /* 0: the first socket of these ports */
	uint8_t old_state;
	uint8_t new_state;
	bool not_shown_here;  /* the tier does not show it */
	bool any_out;	      /* out=?: the acknowledged bytes depend on timing */
	bool any_retrans;     /* retrans=?: so do retransmitted SYNs */
	bool needs_hooks;     /* marked + or ? */
	bool optional;	      /* it may come or not */
	uint8_t orders;	      /* bit n: it comes in order n; 0: in any */
	uint8_t facts;	      /* enum step_fact */
	uint32_t min_ms;      /* minimum time in the old state */
	char text[STEP_TEXT]; /* in the form of check_describe() */
};

/*
 * Parses the steps for a tier, including those that it does not show. Returns their number, or
 * -EINVAL with the malformed line.
 */
int expect_parse(const char *text, enum hook_tier tier, struct step *steps, size_t max,
		 char *bad_line, size_t bad_size);

/* True if the transition ends a full socket, so that it has totals. */
bool ends_full_socket(uint8_t old_state, uint8_t new_state);

#endif
