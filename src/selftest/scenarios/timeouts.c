// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Scenarios: silent peers, and the timeouts that end their connections. */
#include "selftest/scenarios/steps.h"

/* Tables, laid out by hand. */
/* clang-format off */

/* The server's socket receives nothing, and is aborted at the end. */
#define SERVER_GIVES_UP \
	"server linger s; server close s; server close l; "

const struct scenario selftest_timeouts[] = {
	{ .name = "a SYN is never answered",
	  .flags = SCENARIO_SLOW | SCENARIO_SHORT_RETRIES,
	  .script = "peer ready; client open q; client set q syn-retries 1; client start q; "
		"client finish q ETIMEDOUT; client close q; ",
	  .expect = "q  CLOSED>SYN_SENT client connect\n"
		"q  SYN_SENT>CLOSED client connect timed-out ETIMEDOUT retrans\n" },
	{ .name = "a SYN is not answered within the user's timeout",
	  .flags = SCENARIO_SLOW,
	  .script = "peer ready; client set q user-timeout 300; client start q; "
		"client finish q ETIMEDOUT; client close q; ",
	  .expect = "q  CLOSED>SYN_SENT client connect\n"
		"q  SYN_SENT>CLOSED client connect user-timeout ETIMEDOUT retrans\n" },
	{ .name = "data is never acknowledged",
	  .flags = SCENARIO_SLOW | SCENARIO_SHORT_RETRIES,
	  .script = CONNECT TALK
		"server deaf s; client send c 10; client error c ETIMEDOUT; client close c; " SERVER_GIVES_UP,
	  .expect = OPENED "c  ESTABLISHED>CLOSED client connect timed-out ETIMEDOUT"
		" in=7 out=5 retransmitted\n"
		"s  ESTABLISHED>CLOSED server accept|use aborted-linger rst=sent"
		" in=5 out=7\n" },
	{ .name = "data is not acknowledged within the user's timeout",
	  .flags = SCENARIO_SLOW | SCENARIO_SHORT_RETRIES,
	  .script = CONNECT TALK
		"client set c user-timeout 300; server deaf s; client send c 10; "
		"client error c ETIMEDOUT; client close c; " SERVER_GIVES_UP,
	  .expect = OPENED "c  ESTABLISHED>CLOSED client connect user-timeout ETIMEDOUT"
		" in=7 out=5 retransmitted\n"
		"s  ESTABLISHED>CLOSED server accept|use aborted-linger rst=sent"
		" in=5 out=7\n" },
	{ .name = "keepalives are not answered",
	  .flags = SCENARIO_SLOW | SCENARIO_SHORT_RETRIES,
	  .script = CONNECT TALK
		"client set c keep-idle 1; client set c keep-interval 1; "
		"client set c keep-count 1; client set c keepalive 1; server deaf s; "
		"client error c ETIMEDOUT; client close c; " SERVER_GIVES_UP,
	  .expect = OPENED "c  ESTABLISHED>CLOSED client connect keepalive-timeout ETIMEDOUT"
		" rst=sent in=7 out=5\n"
		"s  ESTABLISHED>CLOSED server accept|use aborted-linger rst=sent"
		" in=5 out=7\n" },
	{ .name = "a closed window is not opened again",
	  .flags = SCENARIO_SLOW | SCENARIO_SHORT_RETRIES,
	  .script = OPEN_TO_PEER
		"client send q 10; peer expect PSH; peer forge ACK window=0; client send q 10; "
		"client error q ETIMEDOUT; client close q; ",
	  .expect = OPENED_TO_PEER
		"q  ESTABLISHED>CLOSED client connect probe-timeout ETIMEDOUT out=10\n" },
	{ .name = "a FIN is never acknowledged",
	  .flags = SCENARIO_SLOW | SCENARIO_SHORT_RETRIES,
	  .script = OPEN_TO_PEER "client close q; await q gone; ",
	  .expect = OPENED_TO_PEER
		"q  ESTABLISHED>FIN_WAIT_1 client connect\n"
		"q  FIN_WAIT_1>CLOSED      client connect timed-out ETIMEDOUT retransmitted\n" },
	{ .name = "the last FIN is never acknowledged",
	  .flags = SCENARIO_SLOW | SCENARIO_SHORT_RETRIES,
	  .script = OPEN_TO_PEER
		"peer forge FIN,ACK; await q CLOSE_WAIT; client close q; await q gone; ",
	  .expect = OPENED_TO_PEER
		"q  ESTABLISHED>CLOSE_WAIT client connect\n"
		"q  CLOSE_WAIT>LAST_ACK    client connect\n"
		"q  LAST_ACK>CLOSED        client connect timed-out ETIMEDOUT retransmitted\n" },
	{ .name = "a FIN that crossed another is never acknowledged",
	  .flags = SCENARIO_SLOW | SCENARIO_SHORT_RETRIES,
	  .script = OPEN_TO_PEER
		"client close q; peer expect FIN; peer forge FIN,ACK ack=-1; await q gone; ",
	  .expect = OPENED_TO_PEER
		"q  ESTABLISHED>FIN_WAIT_1 client connect\n"
		"q  FIN_WAIT_1>CLOSING     client connect\n"
		"q  CLOSING>CLOSED         client connect timed-out ETIMEDOUT retransmitted\n" },
	{ .name = "the other's FIN never comes",
	  .flags = SCENARIO_SLOW | SCENARIO_SHORT_RETRIES,
	  .script = CONNECT TALK
		"client set c linger2 1; client close c; server eof s; await c gone; "
		"server close s; await s gone; server close l; ",
	  .expect = OPENED
		"c  ESTABLISHED>FIN_WAIT_1 client connect\n"
		"c  FIN_WAIT_1>FIN_WAIT_2  client connect\n"
		"c +FIN_WAIT_2>CLOSED      client connect fin-timeout in=7 out=5 min=900\n"
		"s  ESTABLISHED>CLOSE_WAIT server accept|use\n"
		"s  CLOSE_WAIT>LAST_ACK    server accept|use\n"
		"s  LAST_ACK>CLOSED        server accept|use reset-by-peer ECONNRESET"
		" rst=received in=5 out=7\n" },
	{ 0 },
};
