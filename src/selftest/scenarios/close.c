// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Scenarios: orderly closes, from either end. */
#include "selftest/scenarios/steps.h"

/* Tables, laid out by hand. */
/* clang-format off */

const struct scenario selftest_close[] = {
	{ .name = "the client closes first",
	  .script = CONNECT TALK
		"client close c; server eof s; await c FIN_WAIT_2; server close s; await s gone; "
		"await c TIME_WAIT; server close l; ",
	  .expect = OPENED "c  ESTABLISHED>FIN_WAIT_1 client connect\n"
		"c  FIN_WAIT_1>FIN_WAIT_2  client connect\n"
		"c +FIN_WAIT_2>TIME_WAIT   client connect normal in=7 out=5\n"
		"s  ESTABLISHED>CLOSE_WAIT server accept|use\n"
		"s  CLOSE_WAIT>LAST_ACK    server accept|use\n"
		"s  LAST_ACK>CLOSED        server accept|use normal in=5 out=7\n" },
	{ .name = "the server closes first",
	  .script = CONNECT TALK
		"server close s; client eof c; await s FIN_WAIT_2; client close c; await c gone; "
		"await s TIME_WAIT; server close l; ",
	  .expect = OPENED "c  ESTABLISHED>CLOSE_WAIT client connect\n"
		"c  CLOSE_WAIT>LAST_ACK    client connect\n"
		"c  LAST_ACK>CLOSED        client connect normal in=7 out=5\n"
		"s  ESTABLISHED>FIN_WAIT_1 server accept|use\n"
		"s  FIN_WAIT_1>FIN_WAIT_2  server accept|use\n"
		"s +FIN_WAIT_2>TIME_WAIT   server accept|use normal in=5 out=7\n" },
	{ .name = "the client ends its half first",
	  .script = CONNECT TALK
		"client shutdown c; server eof s; server send s 4000; client recv c 4000; "
		"server close s; client eof c; client close c; server close l; ",
	  .expect = OPENED
		"c  ESTABLISHED>FIN_WAIT_1 client connect\n"
		"c  FIN_WAIT_1>FIN_WAIT_2  client connect\n"
		"c ~FIN_WAIT_2>TIME_WAIT   client connect normal in=4007 out=5\n"
		"s  ESTABLISHED>CLOSE_WAIT server accept|use\n"
		"s  CLOSE_WAIT>LAST_ACK    server accept|use\n"
		"s  LAST_ACK>CLOSED        server accept|use normal in=5 out=4007\n" },
	{ .name = "the server ends its half first",
	  .script = CONNECT TALK
		"server shutdown s; client eof c; client send c 4000; server recv s 4000; "
		"client close c; server eof s; server close s; server close l; ",
	  .expect = OPENED
		"c  ESTABLISHED>CLOSE_WAIT client connect\n"
		"c  CLOSE_WAIT>LAST_ACK    client connect\n"
		"c  LAST_ACK>CLOSED        client connect normal in=7 out=4005\n"
		"s  ESTABLISHED>FIN_WAIT_1 server accept|use\n"
		"s  FIN_WAIT_1>FIN_WAIT_2  server accept|use\n"
		"s ~FIN_WAIT_2>TIME_WAIT   server accept|use normal in=4005 out=7\n" },
	{ .name = "a killed process closes",
	  .script = CONNECT TALK
		"kill client; server eof s; await c FIN_WAIT_2; server close s; await s gone; "
		"server close l; ",
	  .expect = OPENED "c  ESTABLISHED>FIN_WAIT_1 client connect\n"
		"c  FIN_WAIT_1>FIN_WAIT_2  client connect\n"
		"c +FIN_WAIT_2>TIME_WAIT   client connect normal in=7 out=5\n"
		"s  ESTABLISHED>CLOSE_WAIT server accept|use\n"
		"s  CLOSE_WAIT>LAST_ACK    server accept|use\n"
		"s  LAST_ACK>CLOSED        server accept|use normal in=5 out=7\n" },
	{ .name = "a FIN comes with the ACK of the other's",
	  .script = OPEN_TO_PEER
		"client shutdown q; peer expect FIN; peer forge FIN,ACK; client eof q; "
		"client close q; ",
	  .expect = OPENED_TO_PEER "q  ESTABLISHED>FIN_WAIT_1 client connect\n"
		"q  FIN_WAIT_1>FIN_WAIT_2  client connect\n"
		"q ~FIN_WAIT_2>TIME_WAIT   client connect normal\n" },
	{ .name = "both ends close at the same time",
	  .script = OPEN_TO_PEER
		"client shutdown q; peer expect FIN; peer forge FIN,ACK ack=-1; await q CLOSING; "
		"peer forge ACK; await q TIME_WAIT; client close q; ",
	  .expect = OPENED_TO_PEER "q  ESTABLISHED>FIN_WAIT_1 client connect\n"
		"q  FIN_WAIT_1>CLOSING     client connect\n"
		"q ~CLOSING>TIME_WAIT      client connect normal\n" },
	{ .name = "a connection is taken away and brought back (TCP_REPAIR)",
	  .script = CONNECT TALK "client checkpoint c; client restore c; client send c 3; "
		"server recv s 3; client shutdown c; server eof s; server close s; "
		"client eof c; client close c; server close l; ",
	  .expect = OPENED "c  ESTABLISHED>CLOSED client connect aborted in=7 out=5\n"
		"c' CLOSED>SYN_SENT        client connect\n"
		"c' SYN_SENT>ESTABLISHED   client connect repaired\n"
		"c' ESTABLISHED>FIN_WAIT_1 client connect\n"
		"c' FIN_WAIT_1>FIN_WAIT_2  client connect\n"
		"c' ~FIN_WAIT_2>TIME_WAIT  client connect normal in=0 out=3\n"
		"s  ESTABLISHED>CLOSE_WAIT server accept|use\n"
		"s  CLOSE_WAIT>LAST_ACK    server accept|use\n"
		"s  LAST_ACK>CLOSED        server accept|use normal in=8 out=7\n" },
	{ 0 },
};
