/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The transitions of TCP: RFC 9293, section 3.3.2, as Linux implements it. A child of a listener
 * begins in SYN_RECV. FIN_WAIT_1 reaches TIME_WAIT through FIN_WAIT_2. LISTEN never becomes
 * SYN_SENT, and SYN_RECV never becomes LISTEN.
 */
#ifndef TCP_TRANSITIONS_H
#define TCP_TRANSITIONS_H

#include <stdbool.h>

#include <tcpstate/event.h>

bool transition_is_legal(unsigned old_state, unsigned new_state);
/* An arrow of the state diagram: the legal ones without aborts, timeouts and early closes. */
bool transition_is_regular(unsigned old_state, unsigned new_state);
/*
 * The legal ones that selftest's scenarios produce. SYN_RECV to CLOSE_WAIT is not one: it needs
 * data in the SYN (TCP Fast Open).
 */
bool transition_is_shown(unsigned old_state, unsigned new_state);

/*
 * The connection failed: what --failed selects. A connection that reached TIME_WAIT was closed
 * by both ends before, so the end of TIME_WAIT is never a failure. Without a reason the states
 * decide: a connection ends in order through TIME_WAIT, or from LAST_ACK without an error.
 */
bool transition_failed(const struct ts_transition *t);

/* The old state is one of the handshake. */
static inline bool transition_from_handshake(const struct ts_transition *t)
{
	return t->old_state == TS_SYN_SENT || t->old_state == TS_SYN_RECV ||
	       t->old_state == TS_NEW_SYN_RECV;
}

#endif
