/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Expectations: what a scenario says that its sockets do, read into steps.
 *
 *   s  ~LISTEN>SYN_RECV      server listener
 *   s   SYN_RECV>ESTABLISHED server listener  min=50
 *   c  +TIME_WAIT>CLOSED     client connect   reset-by-peer rst=received
 *   c'  CLOSED>SYN_SENT      client connect
 *
 * SOCKET, with one ' for the second of the same ports, and so on; OLD>NEW with a mark: ~ where
 * tracepoints alone infer it, + where they do not show it, ? where they infer it or do not show
 * it (a half-open connection, by its second SYN-ACK), - where only they show it, * where only some
 * kernels make it; WHO (? for
 * nobody, NAME:COMM for an actor by another name) and HOW it is known; then REASON, ERRNO and
 * facts. A|B is A, but B where there are tracepoints alone.
 */
#ifndef SELFTEST_EXPECT_H
#define SELFTEST_EXPECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tcpstate/event.h>

#include "selftest/scenario.h"
#include "tracer/tier.h"

enum { STEP_TEXT = 160, STEPS_MAX = 48 };

/* Facts that are not part of a step's text. */
enum step_fact {
	STEP_RETRANSMITTED = 1 << 0, /* segments were sent again */
	STEP_NO_DURATION = 1 << 1,   /* the time in the old state is not known */
	STEP_PORT = 1 << 2,	     /* the local port was told, even if later */
};

/* One transition of one socket. */
struct step {
	char socket; /* endpoint */
	uint8_t nth; /* 0: the first socket of these ports */
	uint8_t old_state;
	uint8_t new_state;
	bool not_shown_here;  /* this tier does not show it */
	bool any_out;	      /* out=?: how much was acknowledged is a matter of time */
	bool any_retrans;     /* retrans=?: so is whether a SYN was sent again */
	bool needs_hooks;     /* tracepoints alone do not show it for sure: + or ? */
	bool optional;	      /* this tier may show it */
	uint8_t facts;	      /* enum step_fact */
	uint32_t min_ms;      /* time in the old state, at least */
	char text[STEP_TEXT]; /* canonical, as check_describe() writes what was seen */
};

/*
 * The steps for this tier, those that it does not show included. Returns how many, or
 * -EINVAL with the line that is none.
 */
int expect_parse(const char *text, enum hook_tier tier, struct step *steps, size_t max,
		 char *bad_line, size_t bad_size);

/* Whether the transition ends a full socket that a connection had, so that it tells totals. */
bool ends_full_socket(uint8_t old_state, uint8_t new_state);

#endif
