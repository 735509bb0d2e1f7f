// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Scenarios: owners, when several processes use a socket. */
#include "selftest/scenarios/steps.h"

/* Tables, laid out by hand. */
/* clang-format off */

#define FORK \
	"server listen l; server fork; client connect c; await s ESTABLISHED; worker accept l s; "
#define CLIENT_CLOSED \
	"c  ESTABLISHED>FIN_WAIT_1 client connect\n" \
	"c  FIN_WAIT_1>FIN_WAIT_2  client connect\n"

const struct scenario selftest_owner[] = {
	{ .name = "a worker accepts",
	  .script = FORK
		"client close c; await s CLOSE_WAIT; await c FIN_WAIT_2; worker close s; "
		"await c TIME_WAIT; "
		"worker close l; server close l; ",
	  .expect = OPENED CLIENT_CLOSED
		"c +FIN_WAIT_2>TIME_WAIT   client connect normal\n"
		"s  ESTABLISHED>CLOSE_WAIT worker|server/worker/? accept|listener/snapshot/unknown\n"
		"s  CLOSE_WAIT>LAST_ACK    worker accept|use/snapshot\n"
		"s  LAST_ACK>CLOSED        worker accept|use/snapshot normal\n" },
	{ .name = "a worker reads",
	  .script = FORK
		"client send c 5; worker recv s 5; client linger c; client close c; "
		"worker error s ECONNRESET; worker close s; worker close l; server close l; ",
	  .expect = OPENED
		"c  ESTABLISHED>CLOSED client connect aborted-linger rst=sent out=5\n"
		"s  ESTABLISHED>CLOSED worker accept|use/snapshot reset-by-peer ECONNRESET"
		" rst=received in=5\n" },
	{ .name = "a worker reads the end",
	  .needs = "receive_end",
	  .script = FORK
		"client shutdown c; worker eof s; await c FIN_WAIT_2; client linger c; "
		"client close c; worker error s EPIPE; worker close s; worker close l; "
		"server close l; ",
	  .expect = OPENED CLIENT_CLOSED
		"c  FIN_WAIT_2>CLOSED      client connect aborted-linger rst=sent\n"
		"s  ESTABLISHED>CLOSE_WAIT worker|server/worker/? accept|listener/snapshot/unknown\n"
		"s  CLOSE_WAIT>CLOSED      worker accept|use/snapshot reset-by-peer EPIPE"
		" rst=received\n" },
	{ .name = "a worker writes",
	  .needs = "send",
	  .script = FORK
		"worker send s 7; client recv c 7; client linger c; client close c; "
		"worker error s ECONNRESET; worker close s; worker close l; server close l; ",
	  .expect = OPENED
		"c  ESTABLISHED>CLOSED client connect aborted-linger rst=sent in=7\n"
		"s  ESTABLISHED>CLOSED worker accept|use/snapshot reset-by-peer ECONNRESET"
		" rst=received out=7\n" },
	{ .name = "an owner takes another name",
	  .script = CONNECT
		"client rename other; client linger c; client close c; "
		"server error s ECONNRESET; server close s; server close l; ",
	  .expect = OPENED
		"c  ESTABLISHED>CLOSED client:other connect aborted-linger rst=sent\n"
		"s  ESTABLISHED>CLOSED server accept|listener reset-by-peer ECONNRESET"
		" rst=received\n" },
	{ .name = "a daemon's parent ends",
	  .flags = SCENARIO_SLOW,
	  .script = "server listen l; server fork; server exit; scan; "
		"client connect c; await s ESTABLISHED; worker accept l s; client linger c; client close c; "
		"worker error s ECONNRESET; worker close s; worker close l; ",
	  .expect = "l  CLOSED>LISTEN        server listen\n"
		"c  CLOSED>SYN_SENT      client connect\n"
		"c  SYN_SENT>ESTABLISHED client connect\n"
		"c  ESTABLISHED>CLOSED   client connect aborted-linger rst=sent\n"
		"s ~LISTEN>SYN_RECV      worker listener\n"
		"s  SYN_RECV>ESTABLISHED worker listener\n"
		"s  ESTABLISHED>CLOSED   worker/? accept|listener/snapshot/unknown"
		" reset-by-peer ECONNRESET rst=received\n"
		"l  LISTEN>CLOSED        worker snapshot normal\n" },
	/* unknown: until the scan of open files */
	{ .name = "a server hands its listener over",
	  .script = "server listen l; server fork; server close l; client connect c; "
		"await s ESTABLISHED; worker accept l s; "
		"client linger c; client close c; worker error s ECONNRESET; worker close s; "
		"worker close l; ",
	  .expect = CLIENT_OPENS
		"l  CLOSED>LISTEN        server listen\n"
		"c  ESTABLISHED>CLOSED   client connect aborted-linger rst=sent\n"
		"s ~LISTEN>SYN_RECV      worker/? listener/unknown\n"
		"s  SYN_RECV>ESTABLISHED worker/? listener/unknown\n"
		"s  ESTABLISHED>CLOSED   worker/? accept/listener/unknown/snapshot"
		" reset-by-peer ECONNRESET rst=received\n"
		"l  LISTEN>CLOSED        worker use/snapshot normal\n" },
	{ .name = "a server hands its connection over",
	  .script = CONNECT TALK
		"server fork; server close s; pause 300; client shutdown c; await s CLOSE_WAIT; await c FIN_WAIT_2; "
		"client linger c; client close c; worker error s EPIPE; worker close s; "
		"worker close l; server close l; ",
	  .expect = OPENED
		"c  ESTABLISHED>FIN_WAIT_1 client connect\n"
		"c  FIN_WAIT_1>FIN_WAIT_2  client connect\n"
		"c  FIN_WAIT_2>CLOSED      client connect aborted-linger rst=sent in=7 out=5\n"
		"s  ESTABLISHED>CLOSE_WAIT worker/? snapshot/unknown\n"
		"s  CLOSE_WAIT>CLOSED      worker/? snapshot/unknown reset-by-peer EPIPE"
		" rst=received in=5 out=7\n" },
	{ .name = "a server ends with a connection in its queue",
	  .script = "server listen l; client connect c; await s ESTABLISHED; server exit; "
		"client error c ECONNRESET; client close c; ",
	  .expect = OPENED
		"c  ESTABLISHED>CLOSED client connect reset-by-peer ECONNRESET rst=received\n"
		"s  ESTABLISHED>CLOSED server listener listener-closed rst=sent\n" },
	{ .name = "the last holder of a listener ends with a connection in its queue",
	  .script = "server listen l; server fork; client connect c; await s ESTABLISHED; server close l; "
		"worker exit; client error c ECONNRESET; client close c; ",
	  .expect = OPENS("c", "s")
		"l  CLOSED>LISTEN      server listen\n"
		"l  LISTEN>CLOSED      worker use/snapshot normal\n"
		"c  ESTABLISHED>CLOSED client connect reset-by-peer ECONNRESET rst=received\n"
		"s  ESTABLISHED>CLOSED worker listener listener-closed rst=sent\n" },
	{ .name = "a local port that the kernel chooses late",
	  .flags = SCENARIO_SLOW,
	  .script = "peer ready; client start w; peer expect SYN; read; client close w; ",
	  .expect = "w  CLOSED>SYN_SENT client connect port\n"
		"w  SYN_SENT>CLOSED client connect aborted retrans=?\n" },
	{ .name = "older than the trace",
	  .script = CONNECT TALK
		"client connect d; await t ESTABLISHED; trace; client linger c; client close c; "
		"server error s ECONNRESET; server close s; client shutdown d; "
		"await t CLOSE_WAIT; await d FIN_WAIT_2; client linger d; client close d; "
		"await t gone; server close l; ",
	  .expect = "l  LISTEN>CLOSED          server snapshot normal\n"
		"c  ESTABLISHED>CLOSED     client snapshot aborted-linger rst=sent"
		" in=7 out=5\n"
		"s  ESTABLISHED>CLOSED     server snapshot reset-by-peer ECONNRESET"
		" rst=received in=5 out=7\n"
		"d  ESTABLISHED>FIN_WAIT_1 client snapshot\n"
		"d  FIN_WAIT_1>FIN_WAIT_2  client snapshot\n"
		"d  FIN_WAIT_2>CLOSED      client snapshot aborted-linger rst=sent\n"
		"t  ESTABLISHED>CLOSE_WAIT ? unknown\n"
		"t  CLOSE_WAIT>CLOSED      ? unknown reset-by-peer EPIPE rst=received\n" },
		/* the tracepoint tier sees its start only if the SYN-ACK is retransmitted meanwhile */
	{ .name = "half-open and older than the trace",
	  .flags = SCENARIO_NEEDS_HOOKS,
	  .script = "peer ready; server listen l; peer forge SYN; peer expect SYN,ACK; "
		"await r SYN_RECV; trace; peer forge RST; await r gone; server close l; ",
	  .expect = "l  LISTEN>CLOSED   server snapshot normal\n"
		"r ?SYN_RECV>CLOSED ? unknown reset-by-peer| rst=received| retrans=?\n" },
	{ 0 },
};
