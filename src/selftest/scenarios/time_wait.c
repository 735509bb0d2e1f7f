// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Scenarios: how TIME_WAIT ends. */
#include "selftest/scenarios/steps.h"

/* Tables, laid out by hand. */
/* clang-format off */

/* The forged peer leads the client to TIME_WAIT. */
#define CLIENT_IN_TIME_WAIT \
	OPEN_TO_PEER \
	"client shutdown q; peer expect FIN; peer forge FIN,ACK; client eof q; " \
	"client close q; await q TIME_WAIT; "
#define CLIENT_CAME_TO_TIME_WAIT \
	OPENED_TO_PEER \
	"q  ESTABLISHED>FIN_WAIT_1 client connect\n" \
	"q  FIN_WAIT_1>FIN_WAIT_2  client connect\n" \
	"q ~FIN_WAIT_2>TIME_WAIT   client connect normal\n"

/* A second connection on the same ports, with a fast end. */
#define SECOND_CONNECTION \
	"c' CLOSED>SYN_SENT       client connect\n" \
	"c' SYN_SENT>ESTABLISHED  client connect\n" \
	"c' ESTABLISHED>CLOSED    client connect aborted-linger rst=sent\n" \
	"s' ~LISTEN>SYN_RECV      server listener\n" \
	"s' SYN_RECV>ESTABLISHED  server listener\n" \
	"s' ESTABLISHED>CLOSED    server accept|listener" \
	" reset-by-peer ECONNRESET rst=received\n"

const struct scenario selftest_time_wait[] = {
	{ .name = "a reset in TIME_WAIT",
	  .script = CLIENT_IN_TIME_WAIT "peer forge RST; await q gone; ",
	  .expect = CLIENT_CAME_TO_TIME_WAIT
		"q +TIME_WAIT>CLOSED client connect reset-by-peer rst=received\n" },
	{ .name = "an administrator ends a TIME_WAIT",
	  .script = CLIENT_IN_TIME_WAIT "admin destroy q; await q gone; ",
	  .expect = CLIENT_CAME_TO_TIME_WAIT
		"q +TIME_WAIT>CLOSED client connect destroyed by=admin\n" },
		/* tcp_tw_reuse needs timestamps and a new second */
	{ .name = "a client reuses the port of its TIME_WAIT",
	  .flags = SCENARIO_SLOW,
	  .script = CONNECT TALK
		"client shutdown c; server eof s; server close s; client eof c; client close c; "
		"await c TIME_WAIT; await s gone; pause 2100; client connect c; "
		"await s ESTABLISHED; server accept l s; "
		"client linger c; client close c; server error s ECONNRESET; server close s; "
		"server close l; ",
	  .expect = OPENED
		"c  ESTABLISHED>FIN_WAIT_1 client connect\n"
		"c  FIN_WAIT_1>FIN_WAIT_2  client connect\n"
		"c ~FIN_WAIT_2>TIME_WAIT   client connect normal in=7 out=5\n"
		"c +TIME_WAIT>CLOSED       client connect reused min=2000\n"
		"s  ESTABLISHED>CLOSE_WAIT server accept|use\n"
		"s  CLOSE_WAIT>LAST_ACK    server accept|use\n"
		"s  LAST_ACK>CLOSED        server accept|use normal in=5 out=7\n" SECOND_CONNECTION },
	{ .name = "a SYN comes for a server's TIME_WAIT",
	  .script = CONNECT TALK
		"server shutdown s; client eof c; client close c; server eof s; server close s; "
		"await s TIME_WAIT; await c gone; client connect c; await s ESTABLISHED; "
		"server accept l s; client linger c; "
		"client close c; server error s ECONNRESET; server close s; server close l; ",
	  .expect = OPENED
		"c  ESTABLISHED>CLOSE_WAIT  client connect\n"
		"c  CLOSE_WAIT>LAST_ACK     client connect\n"
		"c  LAST_ACK>CLOSED         client connect normal in=7 out=5\n"
		"s  ESTABLISHED>FIN_WAIT_1  server accept|use\n"
		"s  FIN_WAIT_1>FIN_WAIT_2   server accept|use\n"
		"s ~FIN_WAIT_2>TIME_WAIT    server accept|use normal in=5 out=7\n"
		"s +TIME_WAIT>CLOSED        server accept|use reused\n" SECOND_CONNECTION },
	{ .name = "no room for another TIME_WAIT",
	  .flags = SCENARIO_NEEDS_HOOKS,
	  .setting = "ipv4/tcp_max_tw_buckets=0",
	  .script = OPEN_TO_PEER
		"client shutdown q; peer expect FIN; peer forge FIN,ACK; client eof q; "
		"await q gone; client close q; ",
	  .expect = OPENED_TO_PEER
		"q  ESTABLISHED>FIN_WAIT_1 client connect\n"
		"q  FIN_WAIT_1>FIN_WAIT_2  client connect\n"
		"q  FIN_WAIT_2>CLOSED      client connect time-wait-overflow\n" },
	{ .name = "TIME_WAIT expires",
	  .flags = SCENARIO_LONG,
	  .script = CLIENT_IN_TIME_WAIT "pause 58000; await q gone; ",
	  .expect = CLIENT_CAME_TO_TIME_WAIT
		"q +TIME_WAIT>CLOSED client connect normal min=59000\n" },
	{ 0 },
};
