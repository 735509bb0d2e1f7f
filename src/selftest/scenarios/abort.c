// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Scenarios: connections that one side aborts, in every state. */
#include "selftest/scenarios/steps.h"

/* clang-format off: tables, laid out by hand */

/* After TALK: the server's socket receives the reset. */
#define SERVER_MEETS_RESET                                                                         \
	"server error s ECONNRESET\n"                                                              \
	"server close s\n"                                                                         \
	"server close l\n"
#define SERVER_RESET                                                                               \
	"s  ESTABLISHED>CLOSED server accept|use reset-by-peer ECONNRESET"                         \
	" rst=received in=5 out=7\n"
#define CLIENT_RESET                                                                               \
	"c  ESTABLISHED>CLOSED client connect reset-by-peer ECONNRESET"                            \
	" rst=received in=7 out=5\n"

const struct scenario selftest_abort[] = {
	{
		.name = "the client aborts",
		.script = CONNECT TALK CLIENT_ABORTS,
		.expect = OPENED CLIENT_ABORTED,
	},
	{
		.name = "the server aborts",
		.script = CONNECT TALK "server linger s\n"
				       "server close s\n"
				       "client error c ECONNRESET\n"
				       "client close c\n"
				       "server close l\n",
		.expect = OPENED "s  ESTABLISHED>CLOSED server accept|use aborted-linger rst=sent"
				 " in=5 out=7\n" CLIENT_RESET,
	},
	{
		.name = "a close with unread data",
		.script = CONNECT TALK "client send c 10\n"
				       "server readable s\n"
				       "server close s\n"
				       "client error c ECONNRESET\n"
				       "client close c\n"
				       "server close l\n",
		.expect = OPENED
		"s  ESTABLISHED>CLOSED server accept|use aborted-unread-data rst=sent"
		" in=15 out=7\n"
		"c  ESTABLISHED>CLOSED client connect reset-by-peer ECONNRESET"
		" rst=received in=7 out=?\n",
	},
	{
		.name = "a socket is disconnected",
		.script = CONNECT TALK "client disconnect c\n" SERVER_MEETS_RESET
				       "client close c\n",
		.expect = OPENED
		"c  ESTABLISHED>CLOSED client connect aborted rst=sent in=7 out=5\n" SERVER_RESET,
	},
	{
		.name = "an administrator ends a connection",
		.script = CONNECT TALK "admin destroy c\n" SERVER_MEETS_RESET "client close c\n",
		.expect = OPENED
		"c  ESTABLISHED>CLOSED client connect destroyed ECONNABORTED by=admin"
		" rst=sent in=7 out=5\n" SERVER_RESET,
	},
	{
		.name = "a listener closes before it accepts",
		.script = "server listen l\n"
			  "client connect c\n"
			  "server readable l\n"
			  "server close l\n"
			  "client error c ECONNRESET\n"
			  "client close c\n",
		.expect = OPENED "s  ESTABLISHED>CLOSED server listener listener-closed rst=sent\n"
				 "c  ESTABLISHED>CLOSED client connect reset-by-peer ECONNRESET"
				 " rst=received\n",
	},
	{
		.name = "a reset in FIN_WAIT_1",
		.script = OPEN_TO_PEER "client shutdown q\n"
				       "peer expect FIN\n"
				       "peer forge RST\n"
				       "client error q ECONNRESET\n"
				       "client close q\n",
		.expect = OPENED_TO_PEER "q  ESTABLISHED>FIN_WAIT_1 client connect\n"
					 "q  FIN_WAIT_1>CLOSED      client connect"
					 " reset-by-peer ECONNRESET rst=received\n",
	},
	{
		.name = "a reset in FIN_WAIT_2",
		.script = OPEN_TO_PEER "client shutdown q\n"
				       "peer expect FIN\n"
				       "peer forge ACK\n"
				       "await q FIN_WAIT_2\n"
				       "peer forge RST\n"
				       "client error q ECONNRESET\n"
				       "client close q\n",
		.expect = OPENED_TO_PEER "q  ESTABLISHED>FIN_WAIT_1 client connect\n"
					 "q  FIN_WAIT_1>FIN_WAIT_2  client connect\n"
					 "q  FIN_WAIT_2>CLOSED      client connect"
					 " reset-by-peer ECONNRESET rst=received\n",
	},
	{
		.name = "a reset in CLOSING",
		.script = OPEN_TO_PEER "client shutdown q\n"
				       "peer expect FIN\n"
				       "peer forge FIN,ACK ack=-1\n"
				       "await q CLOSING\n"
				       "peer forge RST\n"
				       "client error q ECONNRESET\n"
				       "client close q\n",
		.expect = OPENED_TO_PEER "q  ESTABLISHED>FIN_WAIT_1 client connect\n"
					 "q  FIN_WAIT_1>CLOSING     client connect\n"
					 "q  CLOSING>CLOSED         client connect"
					 " reset-by-peer ECONNRESET rst=received\n",
	},
	{
		.name = "a reset in CLOSE_WAIT",
		.script = OPEN_TO_PEER "peer forge FIN,ACK\n"
				       "await q CLOSE_WAIT\n"
				       "peer forge RST\n"
				       "client error q EPIPE\n"
				       "client close q\n",
		.expect = OPENED_TO_PEER "q  ESTABLISHED>CLOSE_WAIT client connect\n"
					 "q  CLOSE_WAIT>CLOSED      client connect"
					 " reset-by-peer EPIPE rst=received\n",
	},
	{
		.name = "a reset in LAST_ACK",
		.script = OPEN_TO_PEER "peer forge FIN,ACK\n"
				       "await q CLOSE_WAIT\n"
				       "client close q\n"
				       "peer expect FIN\n"
				       "peer forge RST\n"
				       "await q gone\n",
		.expect = OPENED_TO_PEER "q  ESTABLISHED>CLOSE_WAIT client connect\n"
					 "q  CLOSE_WAIT>LAST_ACK    client connect\n"
					 "q  LAST_ACK>CLOSED        client connect"
					 " reset-by-peer ECONNRESET rst=received\n",
	},
	{
		.name = "an abort in FIN_WAIT_2, unread data in CLOSE_WAIT",
		.script = CONNECT "client send c 10\n"
				  "client shutdown c\n"
				  "await s CLOSE_WAIT\n"
				  "await c FIN_WAIT_2\n"
				  "client linger c\n"
				  "client close c\n"
				  "server error s EPIPE\n"
				  "server close s\n"
				  "client connect d\n"
				  "server accept l t\n"
				  "client send d 10\n"
				  "client shutdown d\n"
				  "await t CLOSE_WAIT\n"
				  "await d FIN_WAIT_2\n"
				  "server close t\n"
				  "client error d ECONNRESET\n"
				  "client close d\n"
				  "server close l\n",
		.expect = OPENED OPENS(
			"d",
			"t") "c  ESTABLISHED>FIN_WAIT_1 client connect\n"
			     "c  FIN_WAIT_1>FIN_WAIT_2  client connect\n"
			     "c  FIN_WAIT_2>CLOSED      client connect aborted-linger rst=sent out=10\n"
			     "s  ESTABLISHED>CLOSE_WAIT server accept|listener\n"
			     "s  CLOSE_WAIT>CLOSED      server accept|listener"
			     " reset-by-peer EPIPE rst=received in=10\n"
			     "d  ESTABLISHED>FIN_WAIT_1 client connect\n"
			     "d  FIN_WAIT_1>FIN_WAIT_2  client connect\n"
			     "d  FIN_WAIT_2>CLOSED      client connect"
			     " reset-by-peer ECONNRESET rst=received out=10\n"
			     "t  ESTABLISHED>CLOSE_WAIT server accept|listener\n"
			     "t  CLOSE_WAIT>CLOSED      server accept|use"
			     " aborted-unread-data rst=sent in=10\n",
	},
	{
		.name = "data for a closed socket in FIN_WAIT_1",
		.script = OPEN_TO_PEER "client close q\n"
				       "peer expect FIN\n"
				       "peer forge ACK data=10 ack=-1\n"
				       "peer expect RST\n"
				       "await q gone\n",
		.expect = OPENED_TO_PEER "q  ESTABLISHED>FIN_WAIT_1 client connect\n"
					 "q  FIN_WAIT_1>CLOSED      client connect"
					 " aborted-late-data| ECONNRESET rst=sent|\n",
	},
	{
		.name = "data for a closed socket in FIN_WAIT_2",
		.script = OPEN_TO_PEER "client close q\n"
				       "peer expect FIN\n"
				       "peer forge ACK\n"
				       "await q FIN_WAIT_2\n"
				       "peer forge ACK data=10\n"
				       "peer expect RST\n"
				       "await q gone\n",
		.expect = OPENED_TO_PEER
		"q  ESTABLISHED>FIN_WAIT_1 client connect\n"
		"q  FIN_WAIT_1>FIN_WAIT_2  client connect\n"
		"q +FIN_WAIT_2>CLOSED      client connect aborted-late-data rst=sent\n",
	},
	{
		.name = "a close that does not wait in FIN_WAIT_2",
		.script = OPEN_TO_PEER "client set q linger2 -1\n"
				       "client shutdown q\n"
				       "peer expect FIN\n"
				       "peer forge ACK\n"
				       "await q FIN_WAIT_2\n"
				       "client close q\n"
				       "peer expect RST\n",
		.expect = OPENED_TO_PEER
		"q  ESTABLISHED>FIN_WAIT_1 client connect\n"
		"q  FIN_WAIT_1>FIN_WAIT_2  client connect\n"
		"q  FIN_WAIT_2>CLOSED      client connect aborted rst=sent\n",
	},
	{ 0 },
};
