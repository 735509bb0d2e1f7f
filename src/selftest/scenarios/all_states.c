// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Scenarios that stop half-way, so that sockets are in every state at once while the state
 * counts are compared.
 */
#include "selftest/scenarios/steps.h"

/* clang-format off: tables, laid out by hand */

const struct scenario selftest_all_states[] = {
	{
		.name = "held in LISTEN, SYN_SENT and SYN_RECV",
		.script = "peer ready\n"
			  "server listen l\n"
			  "peer forge SYN\n"
			  "peer expect SYN,ACK\n"
			  "await r SYN_RECV\n"
			  "client start q\n"
			  "await q SYN_SENT\n"
			  "hold\n"
			  "client close q\n"
			  "peer forge RST\n"
			  "await r gone\n"
			  "server close l\n",
		.expect = LISTENER
		"q  CLOSED>SYN_SENT  client connect\n"
		"q  SYN_SENT>CLOSED  client connect aborted retrans=?\n"
		"r ?LISTEN>SYN_RECV  server listener\n"
		"r ?SYN_RECV>CLOSED  server listener reset-by-peer| rst=received|"
		" retrans=?\n",
	},
	{
		.name = "held in ESTABLISHED, FIN_WAIT_2 and CLOSE_WAIT",
		.script = CONNECT "client connect d\n"
				  "server accept l t\n"
				  "client shutdown d\n"
				  "await d FIN_WAIT_2\n"
				  "await t CLOSE_WAIT\n"
				  "hold\n"
				  "server close t\n"
				  "client eof d\n"
				  "client close d\n"
				  "client linger c\n"
				  "client close c\n"
				  "server error s ECONNRESET\n"
				  "server close s\n"
				  "server close l\n",
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
			     "t  LAST_ACK>CLOSED        server accept|use normal\n",
	},
	{
		.name = "held in FIN_WAIT_1 and CLOSING",
		.script = CONNECT OPEN_TO_PEER "server deaf s\n"
					       "client shutdown c\n"
					       "await c FIN_WAIT_1\n"
					       "client shutdown q\n"
					       "peer expect FIN\n"
					       "peer forge FIN,ACK ack=-1\n"
					       "await q CLOSING\n"
					       "hold\n"
					       "peer forge RST\n"
					       "client error q ECONNRESET\n"
					       "client close q\n"
					       "client linger c\n"
					       "client close c\n"
					       "server linger s\n"
					       "server close s\n"
					       "server close l\n",
		.expect = OPENED OPENED_TO_PEER
		"c  ESTABLISHED>FIN_WAIT_1 client connect\n"
		"c  FIN_WAIT_1>CLOSED      client connect aborted-linger rst=sent\n"
		"s  ESTABLISHED>CLOSED     server accept|use aborted-linger rst=sent\n"
		"q  ESTABLISHED>FIN_WAIT_1 client connect\n"
		"q  FIN_WAIT_1>CLOSING     client connect\n"
		"q  CLOSING>CLOSED         client connect"
		" reset-by-peer ECONNRESET rst=received\n",
	},
	{
		.name = "held in LAST_ACK, TIME_WAIT and FIN_WAIT_2 of an orphan",
		.script = CONNECT OPEN_TO_PEER "client connect d\n"
					       "server accept l t\n"
					       "client shutdown d\n"
					       "server eof t\n"
					       "server close t\n"
					       "client eof d\n"
					       "client close d\n"
					       "await d TIME_WAIT\n"
					       "client close q\n"
					       "peer expect FIN\n"
					       "peer forge ACK\n"
					       "await q FIN_WAIT_2\n"
					       "client shutdown c\n"
					       "await s CLOSE_WAIT\n"
					       "client deaf c\n"
					       "server close s\n"
					       "await s LAST_ACK\n"
					       "hold\n"
					       "client hear c\n"
					       "client eof c\n"
					       "client close c\n"
					       "await s gone\n"
					       "peer forge RST\n"
					       "await q gone\n"
					       "server close l\n",
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
		"q +FIN_WAIT_2>CLOSED      client connect reset-by-peer rst=received\n",
	},
	{ 0 },
};
