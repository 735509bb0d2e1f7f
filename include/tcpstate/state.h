/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* TCP states with the kernel's numbers (include/net/tcp_states.h); names: src/tcp/state.c. */
#ifndef TCPSTATE_STATE_H
#define TCPSTATE_STATE_H

enum ts_tcp_state {
	TS_STATE_NONE = 0,
	TS_ESTABLISHED = 1,
	TS_SYN_SENT = 2,
	TS_SYN_RECV = 3,
	TS_FIN_WAIT_1 = 4,
	TS_FIN_WAIT_2 = 5,
	TS_TIME_WAIT = 6,
	TS_CLOSED = 7,
	TS_CLOSE_WAIT = 8,
	TS_LAST_ACK = 9,
	TS_LISTEN = 10,
	TS_CLOSING = 11,
	TS_NEW_SYN_RECV = 12, /* request socket: printed as SYN_RECV */
	TS_STATES = 13,
};

#endif
