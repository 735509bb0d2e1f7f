// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Scenarios: listeners, and clients' handshakes. */
#include "selftest/scenarios/steps.h"

/* clang-format off: tables, laid out by hand */

const struct scenario selftest_open[] = {
	{
		.name = "a listener opens and closes",
		.script = "server listen l\n"
			  "server close l\n",
		.expect = LISTENER,
	},
	{
		.name = "a listener is shut down and listens again",
		.script = "server listen l\n"
			  "server shutdown l RD\n"
			  "server listen l\n"
			  "server close l\n",
		.expect = LISTENER LISTENER,
	},
	{
		.name = "a connect is refused",
		.script = "client connect c ECONNREFUSED\n"
			  "client close c\n",
		.expect = "c  CLOSED>SYN_SENT client connect\n"
			  "c  SYN_SENT>CLOSED client connect refused ECONNREFUSED rst=received\n",
	},
	{
		.name = "refused, then connected",
		.script = "client connect c ECONNREFUSED\n" CONNECT "client linger c\n"
			  "client close c\n"
			  "server error s ECONNRESET\n"
			  "server close s\n"
			  "server close l\n",
		.expect =
			"c  CLOSED>SYN_SENT client connect\n"
			"c  SYN_SENT>CLOSED client connect refused ECONNREFUSED rst=received\n" OPENED
			"c  ESTABLISHED>CLOSED client connect aborted-linger rst=sent\n"
			"s  ESTABLISHED>CLOSED server accept|listener"
			" reset-by-peer ECONNRESET rst=received\n",
	},
	{
		.name = "a router says that the peer cannot be reached",
		.script = "peer ready\n"
			  "client start q\n"
			  "peer expect SYN\n"
			  "peer unreachable\n"
			  "client finish q EHOSTUNREACH\n"
			  "client close q\n",
		.expect = "q  CLOSED>SYN_SENT client connect\n"
			  "q  SYN_SENT>CLOSED client connect unreachable EHOSTUNREACH retrans=?\n",
	},
	{
		.name = "a client closes in SYN_SENT",
		.script = "peer ready\n"
			  "client start q\n"
			  "await q SYN_SENT\n"
			  "client close q\n",
		.expect = "q  CLOSED>SYN_SENT client connect\n"
			  "q  SYN_SENT>CLOSED client connect aborted retrans=?\n",
	},
	{
		.name = "a socket connects to itself",
		.script = "client connect x\n"
			  "client send x 3\n"
			  "client recv x 3\n"
			  "client close x\n",
		.expect = "x  CLOSED>SYN_SENT        client connect\n"
			  "x  SYN_SENT>SYN_RECV      client connect\n"
			  "x  SYN_RECV>ESTABLISHED   client connect\n"
			  "x  ESTABLISHED>FIN_WAIT_1 client connect\n"
			  "x  FIN_WAIT_1>CLOSING     client connect\n"
			  "x ~CLOSING>TIME_WAIT      client connect normal in=3 out=3\n",
	},
	{
		.name = "both ends open at the same time",
		.script = "peer ready\n"
			  "client start q\n"
			  "peer expect SYN\n"
			  "peer forge SYN\n"
			  "await q SYN_RECV\n"
			  "peer expect SYN,ACK\n"
			  "peer forge ACK\n"
			  "client finish q\n"
			  "peer forge RST\n"
			  "client error q ECONNRESET\n"
			  "client close q\n",
		.expect = SIMULTANEOUS_OPEN "q  SYN_RECV>ESTABLISHED client connect retrans=?\n"
					    "q  ESTABLISHED>CLOSED   client connect"
					    " reset-by-peer ECONNRESET rst=received\n",
	},
	{
		.name = "both ends open at the same time, one resets",
		.script = "peer ready\n"
			  "client start q\n"
			  "peer expect SYN\n"
			  "peer forge SYN\n"
			  "await q SYN_RECV\n"
			  "peer forge RST\n"
			  "client finish q ECONNRESET\n"
			  "client close q\n",
		.expect = SIMULTANEOUS_OPEN
		"q  SYN_RECV>CLOSED client connect reset-by-peer ECONNRESET rst=received"
		" retrans=?\n",
	},
	{
		.name = "both ends open at the same time, one closes at once",
		.script = "peer ready\n"
			  "client start q\n"
			  "peer expect SYN\n"
			  "peer forge SYN\n"
			  "await q SYN_RECV\n"
			  "client close q\n"
			  "peer expect FIN\n"
			  "peer forge ACK\n"
			  "await q FIN_WAIT_2\n"
			  "peer forge FIN,ACK\n"
			  "await q TIME_WAIT\n",
		.expect = SIMULTANEOUS_OPEN "q  SYN_RECV>FIN_WAIT_1   client connect retrans=?\n"
					    "q  FIN_WAIT_1>FIN_WAIT_2 client connect\n"
					    "q +FIN_WAIT_2>TIME_WAIT  client connect normal\n",
	},
	{ 0 },
};
