// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The one table of TCP's transitions. */
#include "tcp/transitions.h"

#include <stdint.h>

#include <tcpstate/state.h>

/* By old state: bits of new states. */
static const struct {
	uint16_t regular; /* arrows of the state diagram */
	uint16_t other;	  /* aborts, timeouts, and closes before the handshake's end */
} transitions[16] = {
	[TS_CLOSED] = { 1 << TS_LISTEN | 1 << TS_SYN_SENT, 0 },
	[TS_LISTEN] = { 1 << TS_SYN_RECV, 1 << TS_CLOSED },
	[TS_SYN_SENT] = { 1 << TS_SYN_RECV | 1 << TS_ESTABLISHED, 1 << TS_CLOSED },
	[TS_SYN_RECV] = { 1 << TS_ESTABLISHED,
			  1 << TS_FIN_WAIT_1 | 1 << TS_CLOSE_WAIT | 1 << TS_CLOSED },
	[TS_ESTABLISHED] = { 1 << TS_FIN_WAIT_1 | 1 << TS_CLOSE_WAIT, 1 << TS_CLOSED },
	[TS_FIN_WAIT_1] = { 1 << TS_FIN_WAIT_2 | 1 << TS_CLOSING, 1 << TS_CLOSED },
	[TS_FIN_WAIT_2] = { 1 << TS_TIME_WAIT, 1 << TS_CLOSED },
	[TS_CLOSING] = { 1 << TS_TIME_WAIT, 1 << TS_CLOSED },
	[TS_CLOSE_WAIT] = { 1 << TS_LAST_ACK, 1 << TS_CLOSED },
	[TS_LAST_ACK] = { 1 << TS_CLOSED, 0 },
	[TS_TIME_WAIT] = { 1 << TS_CLOSED, 0 },
};

static bool has(uint16_t bits, unsigned state)
{
	return state < 16 && bits >> state & 1;
}

bool transition_failed(const struct ts_transition *t)
{
	if (t->old_state == TS_TIME_WAIT)
		return false;
	switch (t->reason) {
	case TS_REASON_NONE:
		if (t->new_state != TS_CLOSED || t->old_state == TS_LISTEN)
			return false;
		return t->err || t->old_state != TS_LAST_ACK;
	case TS_REASON_NORMAL:
	case TS_REASON_TIME_WAIT_OVERFLOW:
	case TS_REASON_REUSED:
		return false;
	default: /* reasons of later versions too */
		return true;
	}
}

bool transition_is_regular(unsigned old_state, unsigned new_state)
{
	return old_state < 16 && has(transitions[old_state].regular, new_state);
}

bool transition_is_legal(unsigned old_state, unsigned new_state)
{
	return transition_is_regular(old_state, new_state) ||
	       (old_state < 16 && has(transitions[old_state].other, new_state));
}

bool transition_is_shown(unsigned old_state, unsigned new_state)
{
	return transition_is_legal(old_state, new_state) &&
	       !(old_state == TS_SYN_RECV && new_state == TS_CLOSE_WAIT);
}
