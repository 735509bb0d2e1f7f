// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Scenarios: the subflows of MPTCP sockets. */
#include "selftest/scenarios/steps.h"

/* Tables, laid out by hand. */
/* clang-format off */

/*
 * The kernel closes a subflow when both ends have closed the MPTCP socket: a worker of each end, so
 * either subflow may be first (orders 1 and 2), or both at the same time (3). The FINs are then handled
 * on two CPUs, and one end may have the ACK of its FIN before the other end's FIN (4 and 5).
 */
#define SUBFLOW_CLOSES(s, first, second, both, who, bytes) \
	s " " first both "ESTABLISHED>FIN_WAIT_1 " who "\n" \
	s " " first "FIN_WAIT_1>FIN_WAIT_2 " who "\n" \
	s " " first "?FIN_WAIT_2>TIME_WAIT " who " normal " bytes "\n" \
	s " " both "FIN_WAIT_1>CLOSING " who "\n" \
	s " " both "?CLOSING>TIME_WAIT " who " normal " bytes "\n" \
	s " " second "ESTABLISHED>CLOSE_WAIT " who "\n" \
	s " " second "CLOSE_WAIT>LAST_ACK " who "\n" \
	s " " second "LAST_ACK>CLOSED " who " normal " bytes "\n"
#define SUBFLOWS_CLOSE \
	SUBFLOW_CLOSES("c", "14", "2", "35", "client connect", "in=7 out=5") \
	SUBFLOW_CLOSES("s", "25", "1", "34", "server accept|listener", "in=5 out=7")

const struct scenario selftest_mptcp[] = {
	{ .name = "MPTCP: a listener opens and closes",
	  .flags = SCENARIO_MPTCP,
	  .script = "server listen l; server close l; ",
	  .expect = LISTENER },
	{ .name = "MPTCP: a connect is refused",
	  .flags = SCENARIO_MPTCP,
	  .script = "client connect c ECONNREFUSED; client close c; ",
	  .expect = "c  CLOSED>SYN_SENT client connect\n"
		"c  SYN_SENT>CLOSED client connect refused ECONNREFUSED rst=received\n" },
	{ .name = "MPTCP: the client closes first",
	  .flags = SCENARIO_MPTCP,
	  .script = CONNECT TALK
		"client close c; server eof s; server close s; await s over; await c over; "
		"server close l; ",
	  .expect = OPENED SUBFLOWS_CLOSE },
	{ .name = "MPTCP: the server closes first",
	  .flags = SCENARIO_MPTCP,
	  .script = CONNECT TALK
		"server close s; client eof c; client close c; await c over; await s over; "
		"server close l; ",
	  .expect = OPENED SUBFLOWS_CLOSE },
	{ .name = "MPTCP: the client aborts",
	  .flags = SCENARIO_MPTCP,
	  .script = CONNECT TALK CLIENT_ABORTS,
	  .expect = OPENED
		"c  ESTABLISHED>CLOSED client connect aborted-linger rst=sent"
		" in=7 out=5\n"
		"s  ESTABLISHED>CLOSED server accept|listener reset-by-peer ECONNRESET"
		" rst=received in=5 out=7\n" },
	{ .name = "MPTCP: the server aborts",
	  .flags = SCENARIO_MPTCP,
	  .script = CONNECT TALK
		"server linger s; server close s; client error c ECONNRESET; client close c; "
		"server close l; ",
	  .expect = OPENED "s  ESTABLISHED>CLOSED server accept|use aborted-linger rst=sent"
		" in=5 out=7\n"
		"c  ESTABLISHED>CLOSED client connect reset-by-peer ECONNRESET"
		" rst=received in=7 out=5\n" },
	{ 0 },
};
