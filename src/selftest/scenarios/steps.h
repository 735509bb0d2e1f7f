/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Steps and expectations that many scenarios share. */
#ifndef SELFTEST_SCENARIOS_STEPS_H
#define SELFTEST_SCENARIOS_STEPS_H

#include "selftest/scenario.h"

/* Tables, laid out by hand. */
/* clang-format off */

/*
 * Steps: a connection from client to server. A server that waits in accept() may have the connection
 * before it is established.
 */
#define CONNECT \
	"server listen l; client connect c; await s ESTABLISHED; server accept l s; "
/* The client sends 5 bytes, the server 7. */
#define TALK \
	"client send c 5; server recv s 5; server send s 7; client recv c 7; "

/* Its transitions. */
#define LISTENER \
	"l  CLOSED>LISTEN        server listen\n" \
	"l  LISTEN>CLOSED        server listen normal\n"
#define OPENS(c, s) \
	c "  CLOSED>SYN_SENT      client connect\n" c "  SYN_SENT>ESTABLISHED client connect\n" s \
	  " ~LISTEN>SYN_RECV      server listener\n" s "  SYN_RECV>ESTABLISHED server listener\n"
#define CLIENT_OPENS \
	"c  CLOSED>SYN_SENT      client connect\n" \
	"c  SYN_SENT>ESTABLISHED client connect\n"
#define OPENED LISTENER OPENS("c", "s")

/*
 * A connection to the forged peer. On a slow machine that process may be late, and the kernel
 * retransmits its SYN or SYN-ACK (retrans=?).
 */
#define OPEN_TO_PEER \
	"peer ready; client start q; peer expect SYN; peer forge SYN,ACK; client finish q; "
#define OPENED_TO_PEER \
	"q  CLOSED>SYN_SENT      client connect\n" \
	"q  SYN_SENT>ESTABLISHED client connect retrans=?\n"
/* A fast end by reset, after TALK. */
#define CLIENT_ABORTS \
	"client linger c; client close c; server error s ECONNRESET; server close s; " \
	"server close l; "
#define CLIENT_ABORTED \
	"c  ESTABLISHED>CLOSED client connect aborted-linger rst=sent" \
	" in=7 out=5\n" \
	"s  ESTABLISHED>CLOSED server accept|use reset-by-peer ECONNRESET" \
	" rst=received in=5 out=7\n"
/* Both SYNs cross. */
#define SIMULTANEOUS_OPEN \
	"q  CLOSED>SYN_SENT   client connect\n" \
	"q  SYN_SENT>SYN_RECV client connect retrans=?\n"

#endif
