// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Scenarios: handshakes on the listener's side. */
#include "selftest/scenarios/steps.h"

/* clang-format off: tables, laid out by hand */

/* A forged SYN, and the SYN-ACK. */
#define HALF_OPEN                                                                                  \
	"peer ready\n"                                                                             \
	"server listen l\n"                                                                        \
	"peer forge SYN\n"                                                                         \
	"peer expect SYN,ACK\n"                                                                    \
	"await r SYN_RECV\n"
/* The end of that connection. */
#define PEER_RESETS                                                                                \
	"peer forge RST\n"                                                                         \
	"server error r ECONNRESET\n"                                                              \
	"server close r\n"                                                                         \
	"server close l\n"
#define RESET_BY_PEER                                                                              \
	"r  ESTABLISHED>CLOSED server accept|listener"                                             \
	" reset-by-peer ECONNRESET rst=received\n"

/*
 * A backlog of 2 allows three connections. The SYN of a fourth comes before the queue is full; its
 * last ACK finds the queue full. A longer SYN queue would cause SYN cookies.
 */
#define OVERFLOW                                                                                   \
	"peer ready\n"                                                                             \
	"server listen l 2\n"                                                                      \
	"client connect c\n"                                                                       \
	"client connect d\n"                                                                       \
	"peer forge SYN\n"                                                                         \
	"peer expect SYN,ACK\n"                                                                    \
	"await r SYN_RECV\n"                                                                       \
	"client connect u\n"                                                                       \
	"peer forge ACK\n"
#define TWO_ABORT                                                                                  \
	"client linger c\n"                                                                        \
	"client close c\n"                                                                         \
	"server error s ECONNRESET\n"                                                              \
	"server close s\n"                                                                         \
	"client linger d\n"                                                                        \
	"client close d\n"                                                                         \
	"server error t ECONNRESET\n"                                                              \
	"server close t\n"
#define CLIENTS_ABORT                                                                              \
	TWO_ABORT                                                                                  \
	"client linger u\n"                                                                        \
	"client close u\n"                                                                         \
	"server error v ECONNRESET\n"                                                              \
	"server close v\n"
#define ABORTED(c, s)                                                                              \
	c " ESTABLISHED>CLOSED client connect aborted-linger rst=sent\n" s                         \
	  " ESTABLISHED>CLOSED server accept|listener"                                             \
	  " reset-by-peer ECONNRESET rst=received\n"
#define THREE_ABORTED                                                                              \
	OPENS("c", "s")                                                                            \
	ABORTED("c", "s") OPENS("d", "t") ABORTED("d", "t") OPENS("u", "v") ABORTED("u", "v")

#define CHILD_BY_COOKIE(s)                                                                         \
	s " ~LISTEN>SYN_RECV server listener cookie|\n" s                                          \
	  " SYN_RECV>ESTABLISHED server listener cookie| no-duration\n"
#define BY_COOKIE(c, s)                                                                            \
	c " CLOSED>SYN_SENT client connect\n" c                                                    \
	  " SYN_SENT>ESTABLISHED client connect\n" CHILD_BY_COOKIE(s)

const struct scenario selftest_half_open[] = {
	{
		.name = "a handshake whose last ACK is slow",
		.script = HALF_OPEN "pause 60\n"
				    "peer forge ACK\n"
				    "server accept l r\n"
				    "server cookie r\n" PEER_RESETS,
		.expect = LISTENER
		"r ~LISTEN>SYN_RECV      server listener\n"
		"r  SYN_RECV>ESTABLISHED server listener min=60 retrans=?\n" RESET_BY_PEER,
	},
	{
		.name = "a handshake whose SYN-ACK is retransmitted",
		.flags = SCENARIO_SLOW,
		.script = HALF_OPEN "peer expect SYN,ACK\n"
				    "peer forge ACK\n"
				    "server accept l r\n" PEER_RESETS,
		.expect = LISTENER
		"r ~LISTEN>SYN_RECV      server listener\n"
		"r  SYN_RECV>ESTABLISHED server listener min=900|min=0 retrans\n" RESET_BY_PEER,
		.drops = "synack-retransmitted - r server listen\n",
	},
	{
		/* the server stays in SYN_RECV */
		.name = "a client withholds the last ACK",
		.flags = SCENARIO_SLOW,
		.script = "server listen l\n"
			  "server set l syn-retries 1\n"
			  "client deaf c\n"
			  "client set c syn-retries 1\n"
			  "client start c\n"
			  "await s SYN_RECV\n"
			  "client finish c ETIMEDOUT\n"
			  "await s gone\n"
			  "client close c\n"
			  "server close l\n",
		.expect = LISTENER "c  CLOSED>SYN_SENT client connect\n"
				   "c  SYN_SENT>CLOSED client connect timed-out ETIMEDOUT retrans\n"
				   "s ~LISTEN>SYN_RECV server listener\n"
				   "s ~SYN_RECV>CLOSED server listener timed-out| retrans|\n",
	},
	{
		.name = "a half-open connection is reset",
		.script = HALF_OPEN "peer forge RST\n"
				    "await r gone\n"
				    "server close l\n",
		.expect = LISTENER
		"r ?LISTEN>SYN_RECV server listener\n"
		"r ?SYN_RECV>CLOSED server listener reset-by-peer| rst=received| retrans=?\n",
	},
	{
		.name = "the listener of a half-open connection closes",
		.flags = SCENARIO_SLOW,
		.script = HALF_OPEN "server close l\n"
				    "await r gone\n",
		.expect = LISTENER
		"r ?LISTEN>SYN_RECV server listener\n"
		"r ?SYN_RECV>CLOSED server listener listener-closed| retrans=?\n",
	},
	{
		.name = "an administrator ends a half-open connection",
		.script = HALF_OPEN "admin destroy r\n"
				    "await r gone\n"
				    "server close l\n",
		.expect = LISTENER
		"r ?LISTEN>SYN_RECV server listener\n"
		"r ?SYN_RECV>CLOSED server listener destroyed| by=admin| retrans=?\n",
	},
	{
		.name = "the last ACK finds the accept queue full",
		.script = OVERFLOW "server accept l s\n"
				   "peer forge ACK\n"
				   "server accept l t\n"
				   "server accept l v\n"
				   "server accept l r\n" CLIENTS_ABORT PEER_RESETS,
		.expect = LISTENER THREE_ABORTED
		"r ~LISTEN>SYN_RECV      server listener\n"
		"r  SYN_RECV>ESTABLISHED server listener retrans=?\n" RESET_BY_PEER,
		.drops = "accept-queue-full ack r server listen\n",
	},
	{
		.name = "the last ACK finds the accept queue full and is answered with a reset",
		.setting = "ipv4/tcp_abort_on_overflow=1",
		.script = OVERFLOW "peer expect RST\n"
				   "await r gone\n"
				   "server accept l s\n"
				   "server accept l t\n"
				   "server accept l v\n" CLIENTS_ABORT "server close l\n",
		.expect = LISTENER THREE_ABORTED
		"r ?LISTEN>SYN_RECV      server listener\n"
		"r ?SYN_RECV>CLOSED      server listener aborted| rst=sent| retrans=?\n",
		.drops = "accept-queue-full ack r server listen\n",
	},
	{
		.name = "a SYN finds the accept queue full",
		.script = "peer ready\n"
			  "server listen l 1\n"
			  "client connect c\n"
			  "client connect d\n"
			  "peer forge SYN\n"
			  "server accept l s\n"
			  "server accept l t\n" TWO_ABORT "server close l\n",
		.expect = LISTENER OPENS("c", "s") ABORTED("c", "s") OPENS("d", "t")
			ABORTED("d", "t"),
		.drops = "accept-queue-full syn r server listen\n",
	},
	{
		/* newer kernels allow one more in the SYN queue: s may exist or not */
		.name = "a SYN finds the SYN queue full",
		.setting = "ipv4/tcp_syncookies=0",
		.script = "peer ready\n"
			  "server listen l 1\n"
			  "peer forge SYN\n"
			  "peer expect SYN,ACK\n"
			  "await r SYN_RECV\n"
			  "client deaf c\n"
			  "client start c\n"
			  "client deaf d\n"
			  "client start d\n"
			  "await d SYN_SENT\n"
			  "peer forge RST\n"
			  "await r gone\n"
			  "server close l\n"
			  "await s gone\n"
			  "client close c\n"
			  "client close d\n",
		.expect = LISTENER
		"c  CLOSED>SYN_SENT client connect\n"
		"c  SYN_SENT>CLOSED client connect aborted retrans=?\n"
		"d  CLOSED>SYN_SENT client connect\n"
		"d  SYN_SENT>CLOSED client connect aborted retrans=?\n"
		"r ?LISTEN>SYN_RECV server listener\n"
		"r ?SYN_RECV>CLOSED server listener reset-by-peer| rst=received| retrans=?\n"
		"s *LISTEN>SYN_RECV server listener\n"
		"s *SYN_RECV>CLOSED server listener listener-closed| retrans=?\n",
		.drops = "syn-queue-full syn t server listen\n",
	},
	{
		.name = "another listener takes over a half-open connection",
		.setting = "ipv4/tcp_migrate_req=1",
		.script = "peer ready\n"
			  "server share l\n"
			  "server listen l\n"
			  "peer forge SYN\n"
			  "peer expect SYN,ACK\n"
			  "await r SYN_RECV\n"
			  "server share m\n"
			  "server listen m\n"
			  "server close l\n"
			  "peer hope SYN,ACK\n" /* from its timer, for the other listener */
			  "peer forge ACK\n"
			  "server accept m r\n"
			  "peer forge RST\n"
			  "server error r ECONNRESET\n"
			  "server close r\n"
			  "server close m\n",
		.expect = LISTENER
		"l' CLOSED>LISTEN        server listen\n"
		"l' LISTEN>CLOSED        server listen normal\n"
		"r ~LISTEN>SYN_RECV      server listener\n"
		"r  SYN_RECV>ESTABLISHED server listener retrans\n" RESET_BY_PEER,
	},
	{
		.name = "a handshake by SYN cookie",
		.setting = "ipv4/tcp_syncookies=2",
		.script = CONNECT TALK CLIENT_ABORTS,
		.expect = LISTENER BY_COOKIE("c", "s") CLIENT_ABORTED,
		.drops = "cookie syn s server listen\n",
	},
	{
		/* pauses, so that each drop is reported by itself */
		.name = "the last ACK of a SYN cookie finds the accept queue full",
		.setting = "ipv4/tcp_syncookies=2",
		.script = "peer ready\n"
			  "server listen l 1\n"
			  "client connect c\n"
			  "pause 30\n"
			  "peer forge SYN\n"
			  "peer expect SYN,ACK\n"
			  "pause 30\n"
			  "client connect d\n"
			  "pause 30\n"
			  "peer forge ACK\n"
			  "server accept l s\n"
			  "server accept l t\n"
			  "peer forge ACK\n"
			  "server accept l r\n" TWO_ABORT PEER_RESETS,
		.expect = LISTENER BY_COOKIE("c", "s") ABORTED("c", "s") BY_COOKIE("d", "t")
			ABORTED("d", "t") CHILD_BY_COOKIE("r") RESET_BY_PEER,
		.drops = "cookie syn s server listen\n"
			   "cookie syn t server listen\n"
			   "cookie syn r server listen\n"
			   "accept-queue-full ack r server listen\n",
	},
	{
		.name = "TCP Fast Open",
		.script = "server listen l\n"
			  "server set l fast-open 5\n"
			  "client fast c 5\n"
			  "client finish c\n"
			  "server accept l s\n"
			  "server recv s 5\n"
			  "server send s 7\n"
			  "client recv c 7\n" CLIENT_ABORTS,
		.expect = LISTENER CLIENT_OPENS
		"s  LISTEN>SYN_RECV      server listener fast-open\n"
		"s  SYN_RECV>ESTABLISHED server listener fast-open\n" CLIENT_ABORTED,
	},
	{
		.name = "TCP Fast Open, closed before the last ACK",
		.script = "peer ready\n"
			  "server listen l\n"
			  "server set l fast-open 5\n"
			  "peer forge SYN data=5\n"
			  "peer expect SYN,ACK\n"
			  "server accept l r\n"
			  "server recv r 5\n"
			  "server close r\n"
			  "peer expect FIN\n"
			  "peer forge ACK\n"
			  "await r FIN_WAIT_2\n"
			  "peer forge FIN,ACK\n"
			  "await r TIME_WAIT\n"
			  "server close l\n",
		.expect = LISTENER
		"r  LISTEN>SYN_RECV       server|? listener|unknown fast-open\n"
		"r  SYN_RECV>FIN_WAIT_1   server accept|use fast-open retrans=?\n"
		"r  FIN_WAIT_1>FIN_WAIT_2 server accept|use\n"
		"r +FIN_WAIT_2>TIME_WAIT  server accept|use normal in=5\n",
	},
	{
		.name = "a listener that waits for data",
		.script = "server listen l\n"
			  "server set l defer-accept 5\n"
			  "client connect c\n"
			  "await s SYN_RECV\n"
			  "pause 60\n"
			  "client send c 5\n"
			  "server accept l s\n"
			  "server recv s 5\n"
			  "server send s 7\n"
			  "client recv c 7\n" CLIENT_ABORTS,
		.expect = LISTENER CLIENT_OPENS
		"s ~LISTEN>SYN_RECV      server listener\n"
		"s  SYN_RECV>ESTABLISHED server listener min=60|min=0 retrans=?\n" CLIENT_ABORTED,
	},
	{ 0 },
};
