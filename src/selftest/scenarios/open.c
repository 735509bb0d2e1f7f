// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Scenarios: listeners, and clients' handshakes. */
#include "selftest/scenarios/steps.h"

/* Tables, laid out by hand. */
/* clang-format off */

const struct scenario selftest_open[] = {
	{ .name = "a listener opens and closes",
	  .script = "server listen l; server close l; ",
	  .expect = LISTENER },
	{ .name = "a listener is shut down and listens again",
	  .script = "server listen l; server shutdown l RD; server listen l; server close l; ",
	  .expect = LISTENER LISTENER },
	{ .name = "a connect is refused",
	  .script = "client connect c ECONNREFUSED; client close c; ",
	  .expect = "c  CLOSED>SYN_SENT client connect\n"
		"c  SYN_SENT>CLOSED client connect refused ECONNREFUSED rst=received\n" },
	{ .name = "refused, then connected",
	  .script = "client connect c ECONNREFUSED; " CONNECT
		"client linger c; client close c; server error s ECONNRESET; server close s; "
		"server close l; ",
	  .expect = "c  CLOSED>SYN_SENT client connect\n"
		"c  SYN_SENT>CLOSED client connect refused ECONNREFUSED rst=received\n" OPENED
		"c  ESTABLISHED>CLOSED client connect aborted-linger rst=sent\n"
		"s  ESTABLISHED>CLOSED server accept|listener"
		" reset-by-peer ECONNRESET rst=received\n" },
	{ .name = "a router says that the peer cannot be reached",
	  .script = "peer ready; client start q; peer expect SYN; peer unreachable; "
		"client finish q EHOSTUNREACH; client close q; ",
	  .expect = "q  CLOSED>SYN_SENT client connect\n"
		"q  SYN_SENT>CLOSED client connect unreachable EHOSTUNREACH retrans=?\n" },
	{ .name = "a client closes in SYN_SENT",
	  .script = "peer ready; client start q; await q SYN_SENT; client close q; ",
	  .expect = "q  CLOSED>SYN_SENT client connect\n"
		"q  SYN_SENT>CLOSED client connect aborted retrans=?\n" },
	{ .name = "a router's answer comes while the client has the lock",
	  .script = "peer ready; client notice q; client start q; peer expect SYN; client hold q; "
		"peer unreachable; client release q; client take q EHOSTUNREACH; client close q; ",
	  .expect = "q  CLOSED>SYN_SENT client connect\n"
		"q  SYN_SENT>CLOSED client connect unreachable EHOSTUNREACH retrans=?\n" },
	{ .name = "the same answer, in no error queue",
	  .flags = SCENARIO_V6 | SCENARIO_NEEDS_HOOKS,
	  .script = "peer ready; client start q; peer expect SYN; client hold q; "
		"peer unreachable; client release q; client take q EHOSTUNREACH; client close q; ",
	  .expect = "q  CLOSED>SYN_SENT client connect\n"
		"q  SYN_SENT>CLOSED client connect unreachable EHOSTUNREACH retrans=?\n" },
	{ .name = "disconnected after a router's answer to an earlier connection",
	  .script = "peer ready; client notice q; client start q; peer expect SYN; client hold q; "
		"peer unreachable; client release q; client readable q; client disconnect q; "
		"client start q; await q SYN_SENT; client close q; ",
	  .expect = "q  CLOSED>SYN_SENT client connect\n"
		"q  SYN_SENT>CLOSED client connect unreachable EHOSTUNREACH retrans=?\n"
		"q  CLOSED>SYN_SENT client connect\n"
		"q  SYN_SENT>CLOSED client connect aborted retrans=?\n" },
	{ .name = "the bound port has a connection to the same peer",
	  .script = CONNECT "client connect e EADDRNOTAVAIL; client close e; client linger c; "
		"client close c; server error s ECONNRESET; server close s; server close l; ",
	  .expect = OPENED "c' CLOSED>SYN_SENT client connect\n"
		"c' SYN_SENT>CLOSED client connect no-local-port EADDRNOTAVAIL\n"
		"c  ESTABLISHED>CLOSED client connect aborted-linger rst=sent\n"
		"s  ESTABLISHED>CLOSED server accept|listener"
		" reset-by-peer ECONNRESET rst=received\n" },
	{ .name = "no local port is left",
	  .setting = "ipv4/ip_local_port_range=60999 60999",
	  .script = "server listen l; client connect u; server accept l v; "
		"client connect f EADDRNOTAVAIL; client close f; client linger u; "
		"client close u; server error v ECONNRESET; server close v; server close l; ",
	  .expect = LISTENER "u  CLOSED>SYN_SENT client connect\n"
		"u  SYN_SENT>ESTABLISHED client connect\n"
		"v ~LISTEN>SYN_RECV      server listener\n"
		"v  SYN_RECV>ESTABLISHED server listener/accept\n" /* it has no port to await */
		"u' CLOSED>SYN_SENT      client connect\n"
		"u' SYN_SENT>CLOSED client connect no-local-port EADDRNOTAVAIL\n"
		"u  ESTABLISHED>CLOSED client connect aborted-linger rst=sent\n"
		"v  ESTABLISHED>CLOSED server accept|listener"
		" reset-by-peer ECONNRESET rst=received\n" },
	{ .name = "a socket connects to itself",
	  .script = "client connect x; client send x 3; client recv x 3; client close x; ",
	  .expect = "x  CLOSED>SYN_SENT        client connect\n"
		"x  SYN_SENT>SYN_RECV      client connect\n"
		"x  SYN_RECV>ESTABLISHED   client connect\n"
		"x  ESTABLISHED>FIN_WAIT_1 client connect\n"
		"x  FIN_WAIT_1>CLOSING     client connect\n"
		"x ~CLOSING>TIME_WAIT      client connect normal in=3 out=3\n" },
	{ .name = "both ends open at the same time",
	  .script = "peer ready; client start q; peer expect SYN; peer forge SYN; "
		"await q SYN_RECV; peer expect SYN,ACK; peer forge ACK; client finish q; "
		"peer forge RST; client error q ECONNRESET; client close q; ",
	  .expect = SIMULTANEOUS_OPEN "q  SYN_RECV>ESTABLISHED client connect retrans=?\n"
		"q  ESTABLISHED>CLOSED   client connect"
		" reset-by-peer ECONNRESET rst=received\n" },
	{ .name = "both ends open at the same time, one resets",
	  .script = "peer ready; client start q; peer expect SYN; peer forge SYN; "
		"await q SYN_RECV; peer forge RST; client finish q ECONNRESET; client close q; ",
	  .expect = SIMULTANEOUS_OPEN
		"q  SYN_RECV>CLOSED client connect reset-by-peer ECONNRESET rst=received"
		" retrans=?\n" },
	{ .name = "both ends open at the same time, one closes at once",
	  .script = "peer ready; client start q; peer expect SYN; peer forge SYN; "
		"await q SYN_RECV; client close q; peer forge ACK; peer expect FIN; peer forge ACK; "
		"await q FIN_WAIT_2; peer forge FIN,ACK; await q TIME_WAIT; ",
	  .expect = SIMULTANEOUS_OPEN "q  SYN_RECV>FIN_WAIT_1   client connect retrans=?\n"
		"q  FIN_WAIT_1>FIN_WAIT_2 client connect\n"
		"q +FIN_WAIT_2>TIME_WAIT  client connect normal\n" },
	{ 0 },
};
