// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The table of legal transitions. */
#include "tcp/transitions.h"

#include <tcpstate/state.h>

static const uint16_t legal[16] = {
	[TS_CLOSED] = 1 << TS_LISTEN | 1 << TS_SYN_SENT,
	[TS_LISTEN] = 1 << TS_SYN_RECV | 1 << TS_CLOSED,
	[TS_SYN_SENT] = 1 << TS_SYN_RECV | 1 << TS_ESTABLISHED | 1 << TS_CLOSED,
	[TS_SYN_RECV] = 1 << TS_ESTABLISHED | 1 << TS_FIN_WAIT_1 | 1 << TS_CLOSE_WAIT |
			1 << TS_CLOSED,
	[TS_ESTABLISHED] = 1 << TS_FIN_WAIT_1 | 1 << TS_CLOSE_WAIT | 1 << TS_CLOSED,
	[TS_FIN_WAIT_1] = 1 << TS_FIN_WAIT_2 | 1 << TS_CLOSING | 1 << TS_CLOSED,
	[TS_FIN_WAIT_2] = 1 << TS_TIME_WAIT | 1 << TS_CLOSED,
	[TS_CLOSING] = 1 << TS_TIME_WAIT | 1 << TS_CLOSED,
	[TS_CLOSE_WAIT] = 1 << TS_LAST_ACK | 1 << TS_CLOSED,
	[TS_LAST_ACK] = 1 << TS_CLOSED,
	[TS_TIME_WAIT] = 1 << TS_CLOSED,
};

bool transition_is_legal(unsigned old_state, unsigned new_state)
{
	return legal[old_state & 15] >> (new_state & 15) & 1;
}

bool transition_is_shown(unsigned old_state, unsigned new_state)
{
	return transition_is_legal(old_state, new_state) &&
	       !(old_state == TS_SYN_RECV && new_state == TS_CLOSE_WAIT);
}
