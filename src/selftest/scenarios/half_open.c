// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Scenarios: handshakes on the listener's side. */
#include "selftest/scenarios/steps.h"

/* Tables, laid out by hand. */
/* clang-format off */

/* A forged SYN, and the SYN-ACK. */
#define HALF_OPEN \
	"peer ready; server listen l; peer forge SYN; peer expect SYN,ACK; " \
	"await r SYN_RECV; "
/* The end of that connection. */
#define PEER_RESETS \
	"peer forge RST; server error r ECONNRESET; server close r; server close l; "
#define RESET_BY_PEER \
	"r  ESTABLISHED>CLOSED server accept|listener" \
	" reset-by-peer ECONNRESET rst=received\n"

/*
 * A backlog of 2 allows three connections. The SYN of a fourth comes before the queue is full; its
 * last ACK finds the queue full. A longer SYN queue would cause SYN cookies.
 */
#define OVERFLOW \
	"peer ready; server listen l 2; client connect c; client connect d; " \
	"peer forge SYN; peer expect SYN,ACK; await r SYN_RECV; client connect u; " \
	"server queued l 3; peer forge ACK; server dropped l 1; "
#define TWO_ABORT \
	"client linger c; client close c; server error s ECONNRESET; server close s; " \
	"client linger d; client close d; server error t ECONNRESET; server close t; "
#define CLIENTS_ABORT \
	TWO_ABORT \
	"client linger u; client close u; server error v ECONNRESET; server close v; "
#define ABORTED(c, s) \
	c " ESTABLISHED>CLOSED client connect aborted-linger rst=sent\n" s \
	  " ESTABLISHED>CLOSED server accept|listener" \
	  " reset-by-peer ECONNRESET rst=received\n"
#define THREE_ABORTED \
	OPENS("c", "s") \
	ABORTED("c", "s") OPENS("d", "t") ABORTED("d", "t") OPENS("u", "v") ABORTED("u", "v")

#define CHILD_BY_COOKIE(s) \
	s " ~LISTEN>SYN_RECV server listener cookie|\n" s \
	  " SYN_RECV>ESTABLISHED server listener cookie| no-duration\n"
#define BY_COOKIE(c, s) \
	c " CLOSED>SYN_SENT client connect\n" c \
	  " SYN_SENT>ESTABLISHED client connect\n" CHILD_BY_COOKIE(s)

const struct scenario selftest_half_open[] = {
	{ .name = "a handshake whose last ACK is slow",
	  .script = HALF_OPEN
		"pause 60; peer forge ACK; await r ESTABLISHED; server accept l r; server cookie r; " PEER_RESETS,
	  .expect = LISTENER
		"r ~LISTEN>SYN_RECV      server listener\n"
		"r  SYN_RECV>ESTABLISHED server listener min=60 retrans=?\n" RESET_BY_PEER },
	{ .name = "a handshake whose SYN-ACK is retransmitted",
	  .flags = SCENARIO_SLOW,
	  .script = HALF_OPEN "peer expect SYN,ACK; peer forge ACK; await r ESTABLISHED; "
		"server accept l r; " PEER_RESETS,
	  .expect = LISTENER
		"r ~LISTEN>SYN_RECV      server listener\n"
		"r  SYN_RECV>ESTABLISHED server listener min=900|min=0 retrans\n" RESET_BY_PEER,
	  .drops = "synack-retransmitted - r server listen\n" },
	/* the server stays in SYN_RECV */
	{ .name = "a client withholds the last ACK",
	  .flags = SCENARIO_SLOW,
	  .script = "server listen l; server set l syn-retries 1; client deaf c; "
		"client set c syn-retries 1; client start c; "
		"client finish c ETIMEDOUT; await s gone; client close c; server close l; ",
	  .expect = LISTENER "c  CLOSED>SYN_SENT client connect\n"
		"c  SYN_SENT>CLOSED client connect timed-out ETIMEDOUT retrans\n"
		"s ~LISTEN>SYN_RECV server listener\n"
		"s ~SYN_RECV>CLOSED server listener timed-out| retrans|\n" },
	{ .name = "a half-open connection is reset",
	  .script = HALF_OPEN "peer forge RST; await r gone; server close l; ",
	  .expect = LISTENER
		"r ?LISTEN>SYN_RECV server listener\n"
		"r ?SYN_RECV>CLOSED server listener reset-by-peer| rst=received| retrans=?\n" },
	{ .name = "the listener of a half-open connection closes",
	  .flags = SCENARIO_SLOW,
	  .script = HALF_OPEN "server close l; await r gone; ",
	  .expect = LISTENER
		"r ?LISTEN>SYN_RECV server listener\n"
		"r ?SYN_RECV>CLOSED server listener listener-closed| retrans=?\n" },
	{ .name = "an administrator ends a half-open connection",
	  .script = HALF_OPEN "admin destroy r; await r gone; server close l; ",
	  .expect = LISTENER
		"r ?LISTEN>SYN_RECV server listener\n"
		"r ?SYN_RECV>CLOSED server listener destroyed| by=admin| retrans=?\n" },
	{ .name = "the last ACK finds the accept queue full",
	  .script = OVERFLOW
		"server accept l s; peer forge ACK; await r ESTABLISHED; server accept l t; "
		"server accept l v; "
		"server accept l r; " CLIENTS_ABORT PEER_RESETS,
	  .expect = LISTENER THREE_ABORTED
		"r ~LISTEN>SYN_RECV      server listener\n"
		"r  SYN_RECV>ESTABLISHED server listener retrans=?\n" RESET_BY_PEER,
	  .drops = "accept-queue-full ack r server listen\n" },
	{ .name = "the last ACK finds the accept queue full and is answered with a reset",
	  .setting = "ipv4/tcp_abort_on_overflow=1",
	  .script = OVERFLOW
		"peer expect RST; await r gone; server accept l s; server accept l t; "
		"server accept l v; " CLIENTS_ABORT "server close l; ",
	  .expect = LISTENER THREE_ABORTED
		"r ?LISTEN>SYN_RECV      server listener\n"
		"r ?SYN_RECV>CLOSED      server listener aborted| rst=sent| retrans=?\n",
	  .drops = "accept-queue-full ack r server listen\n" },
	{ .name = "a SYN finds the accept queue full",
	  .script = "peer ready; server listen l 1; client connect c; client connect d; "
		"server queued l 2; peer forge SYN; server dropped l 1; server accept l s; "
		"server accept l t; " TWO_ABORT "server close l; ",
	  .expect = LISTENER OPENS("c", "s") ABORTED("c", "s") OPENS("d", "t")
		ABORTED("d", "t"),
	  .drops = "accept-queue-full syn r server listen\n" },
	/*
	 * Newer kernels allow one more in the SYN queue: s may exist or not. So may t on a slow
	 * machine: d repeats its SYN after a second, when r may be gone.
	 */
	{ .name = "a SYN finds the SYN queue full",
	  .setting = "ipv4/tcp_syncookies=0",
	  .script = "peer ready; server listen l 1; peer forge SYN; peer expect SYN,ACK; "
		"await r SYN_RECV; client deaf c; client start c; client deaf d; client start d; "
		"await d SYN_SENT; server dropped l 1; peer forge RST; await r gone; server close l; await s gone; "
		"await t gone; client close c; client close d; ",
	  .expect = LISTENER
		"c  CLOSED>SYN_SENT client connect\n"
		"c  SYN_SENT>CLOSED client connect aborted retrans=?\n"
		"d  CLOSED>SYN_SENT client connect\n"
		"d  SYN_SENT>CLOSED client connect aborted retrans=?\n"
		"r ?LISTEN>SYN_RECV server listener\n"
		"r ?SYN_RECV>CLOSED server listener reset-by-peer| rst=received| retrans=?\n"
		"s *LISTEN>SYN_RECV server listener\n"
		"s *SYN_RECV>CLOSED server listener listener-closed| retrans=?\n"
		"t *LISTEN>SYN_RECV server listener\n"
		"t *SYN_RECV>CLOSED server listener listener-closed| retrans=?\n",
	  .drops = "syn-queue-full syn t server listen\n" },
	{ .name = "another listener takes over a half-open connection",
	  .setting = "ipv4/tcp_migrate_req=1",
	  .script = "peer ready; server share l; server listen l; peer forge SYN; "
		"peer expect SYN,ACK; await r SYN_RECV; server share m; server listen m; "
		"server close l; peer hope SYN,ACK; " /* from its timer */
		"peer forge ACK; await r ESTABLISHED; server accept m r; peer forge RST; server error r ECONNRESET; "
		"server close r; server close m; ",
	  .expect = LISTENER
		"l' CLOSED>LISTEN        server listen\n"
		"l' LISTEN>CLOSED        server listen normal\n"
		"r ~LISTEN>SYN_RECV      server listener\n"
		"r  SYN_RECV>ESTABLISHED server/? listener/unknown retrans\n" RESET_BY_PEER },
	{ .name = "a handshake by SYN cookie",
	  .setting = "ipv4/tcp_syncookies=2",
	  .script = CONNECT TALK CLIENT_ABORTS,
	  .expect = LISTENER BY_COOKIE("c", "s") CLIENT_ABORTED,
	  .drops = "cookie syn s server listen\n" },
	/* pauses, so that each drop is reported by itself */
	{ .name = "the last ACK of a SYN cookie finds the accept queue full",
	  .setting = "ipv4/tcp_syncookies=2",
	  .script = "peer ready; server listen l 1; client connect c; pause 30; peer forge SYN; "
		"peer expect SYN,ACK; pause 30; client connect d; server queued l 2; "
		"pause 30; peer forge ACK; server dropped l 1; server accept l s; "
		"server accept l t; peer forge ACK; await r ESTABLISHED; server accept l r; " TWO_ABORT PEER_RESETS,
	  .expect = LISTENER BY_COOKIE("c", "s") ABORTED("c", "s") BY_COOKIE("d", "t")
		ABORTED("d", "t") CHILD_BY_COOKIE("r") RESET_BY_PEER,
	  .drops = "cookie syn s server listen\n"
		"cookie syn t server listen\n"
		"cookie syn r server listen\n"
		"accept-queue-full ack r server listen\n" },
	{ .name = "TCP Fast Open",
	  .script = "server listen l; server set l fast-open 5; client fast c 5; "
		"client finish c; await s ESTABLISHED; server accept l s; server recv s 5; server send s 7; "
		"client recv c 7; " CLIENT_ABORTS,
	  .expect = LISTENER "c  CLOSED>SYN_SENT      client connect\n"
		"c  SYN_SENT>ESTABLISHED client connect fast-open\n"
		"s  LISTEN>SYN_RECV      server listener fast-open\n"
		"s  SYN_RECV>ESTABLISHED server listener fast-open\n" CLIENT_ABORTED },
	{ .name = "TCP Fast Open, closed before the last ACK",
	  .script = "peer ready; server listen l; server set l fast-open 5; "
		"peer forge SYN data=5; peer expect SYN,ACK; server accept l r; server recv r 5; "
		"server close r; peer expect FIN; peer forge ACK; await r FIN_WAIT_2; "
		"peer forge FIN,ACK; await r TIME_WAIT; server close l; ",
	  .expect = LISTENER
		"r  LISTEN>SYN_RECV       server|? listener|unknown fast-open\n"
		"r  SYN_RECV>FIN_WAIT_1   server accept|use fast-open retrans=?\n"
		"r  FIN_WAIT_1>FIN_WAIT_2 server accept|use\n"
		"r +FIN_WAIT_2>TIME_WAIT  server accept|use normal in=5\n" },
	{ .name = "a listener that waits for data",
	  .script = "server listen l; server set l defer-accept 5; client connect c; "
		"await s SYN_RECV; pause 60; client send c 5; await s ESTABLISHED; server accept l s; "
		"server recv s 5; server send s 7; client recv c 7; " CLIENT_ABORTS,
	  .expect = LISTENER CLIENT_OPENS
		"s ~LISTEN>SYN_RECV      server listener\n"
		"s  SYN_RECV>ESTABLISHED server listener min=60|min=0 retrans=?\n" CLIENT_ABORTED },
	{ 0 },
};
