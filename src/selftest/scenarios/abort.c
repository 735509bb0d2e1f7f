// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Scenarios: connections that one side aborts, in every state. */
#include "selftest/scenarios/steps.h"

/* Tables, laid out by hand. */
/* clang-format off */

/* After TALK: the server's socket receives the reset. */
#define SERVER_MEETS_RESET \
	"server error s ECONNRESET; server close s; server close l; "
#define SERVER_RESET \
	"s  ESTABLISHED>CLOSED server accept|use reset-by-peer ECONNRESET" \
	" rst=received in=5 out=7\n"
#define CLIENT_RESET \
	"c  ESTABLISHED>CLOSED client connect reset-by-peer ECONNRESET" \
	" rst=received in=7 out=5\n"

const struct scenario selftest_abort[] = {
	{ .name = "the client aborts",
	  .script = CONNECT TALK CLIENT_ABORTS,
	  .expect = OPENED CLIENT_ABORTED },
	{ .name = "the server aborts",
	  .script = CONNECT TALK
		"server linger s; server close s; client error c ECONNRESET; client close c; "
		"server close l; ",
	  .expect = OPENED "s  ESTABLISHED>CLOSED server accept|use aborted-linger rst=sent"
		" in=5 out=7\n" CLIENT_RESET },
	{ .name = "a close with unread data",
	  .script = CONNECT TALK
		"client send c 10; server readable s; server close s; client error c ECONNRESET; "
		"client close c; server close l; ",
	  .expect = OPENED
		"s  ESTABLISHED>CLOSED server accept|use aborted-unread-data rst=sent"
		" in=15 out=7\n"
		"c  ESTABLISHED>CLOSED client connect reset-by-peer ECONNRESET"
		" rst=received in=7 out=?\n" },
	{ .name = "a socket is disconnected",
	  .script = CONNECT TALK "client disconnect c; " SERVER_MEETS_RESET
		"client close c; ",
	  .expect = OPENED
		"c  ESTABLISHED>CLOSED client connect aborted rst=sent in=7 out=5\n" SERVER_RESET },
	{ .name = "an administrator ends a connection",
	  .script = CONNECT TALK "admin destroy c; " SERVER_MEETS_RESET "client close c; ",
	  .expect = OPENED
		"c  ESTABLISHED>CLOSED client connect destroyed ECONNABORTED by=admin"
		" rst=sent in=7 out=5\n" SERVER_RESET },
	{ .name = "a listener closes before it accepts",
	  .script = "server listen l; client connect c; await s ESTABLISHED; server close l; "
		"client error c ECONNRESET; client close c; ",
	  .expect = OPENED "s  ESTABLISHED>CLOSED server listener listener-closed rst=sent\n"
		"c  ESTABLISHED>CLOSED client connect reset-by-peer ECONNRESET"
		" rst=received\n" },
	{ .name = "a reset that answers a packet ends nothing",
	  .script = "peer ready; client start q; peer expect SYN; peer forge ACK ack=-1; peer expect RST; "
		"await q SYN_SENT; client close q; ",
	  .expect = "q  CLOSED>SYN_SENT client connect\n"
		"q  SYN_SENT>CLOSED client connect aborted retrans=?\n" },
	{ .name = "a reset in FIN_WAIT_1",
	  .script = OPEN_TO_PEER
		"client shutdown q; peer expect FIN; peer forge RST; client error q ECONNRESET; "
		"client close q; ",
	  .expect = OPENED_TO_PEER "q  ESTABLISHED>FIN_WAIT_1 client connect\n"
		"q  FIN_WAIT_1>CLOSED      client connect"
		" reset-by-peer ECONNRESET rst=received\n" },
	{ .name = "a reset in FIN_WAIT_2",
	  .script = OPEN_TO_PEER
		"client shutdown q; peer expect FIN; peer forge ACK; await q FIN_WAIT_2; "
		"peer forge RST; client error q ECONNRESET; client close q; ",
	  .expect = OPENED_TO_PEER "q  ESTABLISHED>FIN_WAIT_1 client connect\n"
		"q  FIN_WAIT_1>FIN_WAIT_2  client connect\n"
		"q  FIN_WAIT_2>CLOSED      client connect"
		" reset-by-peer ECONNRESET rst=received\n" },
	{ .name = "a reset in CLOSING",
	  .script = OPEN_TO_PEER
		"client shutdown q; peer expect FIN; peer forge FIN,ACK ack=-1; await q CLOSING; "
		"peer forge RST; client error q ECONNRESET; client close q; ",
	  .expect = OPENED_TO_PEER "q  ESTABLISHED>FIN_WAIT_1 client connect\n"
		"q  FIN_WAIT_1>CLOSING     client connect\n"
		"q  CLOSING>CLOSED         client connect"
		" reset-by-peer ECONNRESET rst=received\n" },
	{ .name = "a reset in CLOSE_WAIT",
	  .script = OPEN_TO_PEER
		"peer forge FIN,ACK; await q CLOSE_WAIT; peer forge RST; client error q EPIPE; "
		"client close q; ",
	  .expect = OPENED_TO_PEER "q  ESTABLISHED>CLOSE_WAIT client connect\n"
		"q  CLOSE_WAIT>CLOSED      client connect"
		" reset-by-peer EPIPE rst=received\n" },
	{ .name = "a reset in LAST_ACK",
	  .script = OPEN_TO_PEER
		"peer forge FIN,ACK; await q CLOSE_WAIT; client close q; peer expect FIN; "
		"peer forge RST; await q gone; ",
	  .expect = OPENED_TO_PEER "q  ESTABLISHED>CLOSE_WAIT client connect\n"
		"q  CLOSE_WAIT>LAST_ACK    client connect\n"
		"q  LAST_ACK>CLOSED        client connect"
		" reset-by-peer ECONNRESET rst=received\n" },
	{ .name = "an abort in FIN_WAIT_2, unread data in CLOSE_WAIT",
	  .script = CONNECT
		"client send c 10; client shutdown c; await s CLOSE_WAIT; await c FIN_WAIT_2; "
		"client linger c; client close c; server error s EPIPE; server close s; "
		"client connect d; await t ESTABLISHED; server accept l t; client send d 10; client shutdown d; "
		"await t CLOSE_WAIT; await d FIN_WAIT_2; server close t; "
		"client error d ECONNRESET; client close d; server close l; ",
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
		" aborted-unread-data rst=sent in=10\n" },
	{ .name = "data for a closed socket in FIN_WAIT_1",
	  .script = OPEN_TO_PEER
		"client close q; peer expect FIN; peer forge ACK data=10 ack=-1; "
		"peer expect RST; await q gone; ",
	  .expect = OPENED_TO_PEER "q  ESTABLISHED>FIN_WAIT_1 client connect\n"
		"q  FIN_WAIT_1>CLOSED      client connect"
		" aborted-late-data| ECONNRESET rst=sent|\n" },
	{ .name = "data for a closed socket in FIN_WAIT_2",
	  .script = OPEN_TO_PEER
		"client close q; peer expect FIN; peer forge ACK; await q FIN_WAIT_2; "
		"peer forge ACK data=10; peer expect RST; await q gone; ",
	  .expect = OPENED_TO_PEER
		"q  ESTABLISHED>FIN_WAIT_1 client connect\n"
		"q  FIN_WAIT_1>FIN_WAIT_2  client connect\n"
		"q +FIN_WAIT_2>CLOSED      client connect aborted-late-data rst=sent\n" },
	{ .name = "data for a socket that is shut down both ways",
	  .script = OPEN_TO_PEER
		"client shutdown q; client shutdown q RD; peer expect FIN; peer forge ACK; "
		"await q FIN_WAIT_2; peer forge ACK data=10; peer expect RST; "
		"client error q ECONNRESET; client close q; ",
	  .expect = OPENED_TO_PEER
		"q  ESTABLISHED>FIN_WAIT_1 client connect\n"
		"q  FIN_WAIT_1>FIN_WAIT_2  client connect\n"
		"q  FIN_WAIT_2>CLOSED      client connect"
		" aborted-late-data| ECONNRESET rst=sent|\n" },
	{ .name = "a close that does not wait in FIN_WAIT_2",
	  .script = OPEN_TO_PEER
		"client set q linger2 -1; client shutdown q; peer expect FIN; peer forge ACK; "
		"await q FIN_WAIT_2; client close q; peer expect RST; ",
	  .expect = OPENED_TO_PEER
		"q  ESTABLISHED>FIN_WAIT_1 client connect\n"
		"q  FIN_WAIT_1>FIN_WAIT_2  client connect\n"
		"q  FIN_WAIT_2>CLOSED      client connect aborted rst=sent\n" },
	{ 0 },
};
