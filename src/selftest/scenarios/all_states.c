// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Scenarios that stop half-way, so that sockets are in every state at once while the state
 * counts are compared.
 */
#include "selftest/scenarios/steps.h"

/* Tables, laid out by hand. */
/* clang-format off */

const struct scenario selftest_all_states[] = {
	{ .name = "held in LISTEN, SYN_SENT and SYN_RECV",
	  .script = "peer ready; server listen l; peer forge SYN; peer expect SYN,ACK; "
		"await r SYN_RECV; client start q; await q SYN_SENT; hold; client close q; "
		"peer forge RST; await r gone; server close l; ",
	  .expect = LISTENER
		"q  CLOSED>SYN_SENT  client connect\n"
		"q  SYN_SENT>CLOSED  client connect aborted retrans=?\n"
		"r ?LISTEN>SYN_RECV  server listener\n"
		"r ?SYN_RECV>CLOSED  server listener reset-by-peer| rst=received|"
		" retrans=?\n" },
	{ .name = "held in ESTABLISHED, FIN_WAIT_2 and CLOSE_WAIT",
	  .script = CONNECT
		"client connect d; await t ESTABLISHED; server accept l t; client shutdown d; await d FIN_WAIT_2; "
		"await t CLOSE_WAIT; hold; server close t; client eof d; client close d; "
		"client linger c; client close c; server error s ECONNRESET; server close s; "
		"server close l; ",
	  .expect = OPENED OPENS(
		"d",
		"t") "c  ESTABLISHED>CLOSED     client connect aborted-linger rst=sent\n"
		"s  ESTABLISHED>CLOSED     server accept|listener"
		" reset-by-peer ECONNRESET rst=received\n"
		"d  ESTABLISHED>FIN_WAIT_1 client connect\n"
		"d  FIN_WAIT_1>FIN_WAIT_2  client connect\n"
		"d ~FIN_WAIT_2>TIME_WAIT   client connect normal\n"
		"t  ESTABLISHED>CLOSE_WAIT server accept|listener\n"
		"t  CLOSE_WAIT>LAST_ACK    server accept|use\n"
		"t  LAST_ACK>CLOSED        server accept|use normal\n" },
	{ .name = "held in FIN_WAIT_1 and CLOSING",
	  .script = CONNECT OPEN_TO_PEER
		"server deaf s; client shutdown c; await c FIN_WAIT_1; client shutdown q; "
		"peer expect FIN; peer forge FIN,ACK ack=-1; await q CLOSING; hold; "
		"peer forge RST; client error q ECONNRESET; client close q; client linger c; "
		"client close c; server linger s; server close s; server close l; ",
	  .expect = OPENED OPENED_TO_PEER
		"c  ESTABLISHED>FIN_WAIT_1 client connect\n"
		"c  FIN_WAIT_1>CLOSED      client connect aborted-linger rst=sent\n"
		"s  ESTABLISHED>CLOSED     server accept|use aborted-linger rst=sent\n"
		"q  ESTABLISHED>FIN_WAIT_1 client connect\n"
		"q  FIN_WAIT_1>CLOSING     client connect\n"
		"q  CLOSING>CLOSED         client connect"
		" reset-by-peer ECONNRESET rst=received\n" },
	/* an orphan has a minute in FIN_WAIT_2: it comes last, and ends first */
	{ .name = "held in LAST_ACK, TIME_WAIT and FIN_WAIT_2 of an orphan",
	  .script = CONNECT OPEN_TO_PEER
		"client connect d; await t ESTABLISHED; server accept l t; client shutdown d; server eof t; "
		"server close t; client eof d; client close d; await d TIME_WAIT; "
		"client shutdown c; await s CLOSE_WAIT; client deaf c; server close s; "
		"await s LAST_ACK; client close q; peer expect FIN; peer forge ACK; "
		"await q FIN_WAIT_2; hold; peer forge RST; await q gone; client hear c; "
		"client eof c; client close c; await s gone; server close l; ",
	  .expect = OPENED OPENS("d", "t") OPENED_TO_PEER
		"c  ESTABLISHED>FIN_WAIT_1 client connect\n"
		"c  FIN_WAIT_1>FIN_WAIT_2  client connect\n"
		"c ~FIN_WAIT_2>TIME_WAIT   client connect normal\n"
		"s  ESTABLISHED>CLOSE_WAIT server accept|listener\n"
		"s  CLOSE_WAIT>LAST_ACK    server accept|use\n"
		"s  LAST_ACK>CLOSED        server accept|use normal\n"
		"d  ESTABLISHED>FIN_WAIT_1 client connect\n"
		"d  FIN_WAIT_1>FIN_WAIT_2  client connect\n"
		"d ~FIN_WAIT_2>TIME_WAIT   client connect normal\n"
		"t  ESTABLISHED>CLOSE_WAIT server accept|listener\n"
		"t  CLOSE_WAIT>LAST_ACK    server accept|use\n"
		"t  LAST_ACK>CLOSED        server accept|use normal\n"
		"q  ESTABLISHED>FIN_WAIT_1 client connect\n"
		"q  FIN_WAIT_1>FIN_WAIT_2  client connect\n"
		"q +FIN_WAIT_2>CLOSED      client connect reset-by-peer rst=received\n" },
	{ 0 },
};
