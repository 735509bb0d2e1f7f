/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Lines that many scenarios have in common. */
#ifndef SELFTEST_SCENARIOS_STEPS_H
#define SELFTEST_SCENARIOS_STEPS_H

#include "selftest/scenario.h"

/* clang-format off: tables, laid out by hand */

/* Steps: a connection from client to server. */
#define CONNECT                                                                                    \
	"server listen l\n"                                                                        \
	"client connect c\n"                                                                       \
	"server accept l s\n"
/* Five bytes there, seven back. */
#define TALK                                                                                       \
	"client send c 5\n"                                                                        \
	"server recv s 5\n"                                                                        \
	"server send s 7\n"                                                                        \
	"client recv c 7\n"

/* What that does. */
#define LISTENER                                                                                   \
	"l  CLOSED>LISTEN        server listen\n"                                                  \
	"l  LISTEN>CLOSED        server listen normal\n"
#define OPENS(c, s)                                                                                \
	c "  CLOSED>SYN_SENT      client connect\n" c "  SYN_SENT>ESTABLISHED client connect\n" s  \
	  " ~LISTEN>SYN_RECV      server listener\n" s "  SYN_RECV>ESTABLISHED server listener\n"
#define CLIENT_OPENS                                                                               \
	"c  CLOSED>SYN_SENT      client connect\n"                                                 \
	"c  SYN_SENT>ESTABLISHED client connect\n"
#define OPENED LISTENER OPENS("c", "s")

/*
 * A connection to the forged peer, a process that a slow machine may let wait: the kernel's SYN
 * or SYN-ACK is sent again then (retrans=?).
 */
#define OPEN_TO_PEER                                                                               \
	"peer ready\n"                                                                             \
	"client start q\n"                                                                         \
	"peer expect SYN\n"                                                                        \
	"peer forge SYN,ACK\n"                                                                     \
	"client finish q\n"
#define OPENED_TO_PEER                                                                             \
	"q  CLOSED>SYN_SENT      client connect\n"                                                 \
	"q  SYN_SENT>ESTABLISHED client connect retrans=?\n"
/* An end by reset, that takes no time: after TALK. */
#define CLIENT_ABORTS                                                                              \
	"client linger c\n"                                                                        \
	"client close c\n"                                                                         \
	"server error s ECONNRESET\n"                                                              \
	"server close s\n"                                                                         \
	"server close l\n"
#define CLIENT_ABORTED                                                                             \
	"c  ESTABLISHED>CLOSED client connect aborted-linger rst=sent"                             \
	" in=7 out=5\n"                                                                            \
	"s  ESTABLISHED>CLOSED server accept|use reset-by-peer ECONNRESET"                         \
	" rst=received in=5 out=7\n"
/* The SYNs of both cross. */
#define SIMULTANEOUS_OPEN                                                                          \
	"q  CLOSED>SYN_SENT   client connect\n"                                                    \
	"q  SYN_SENT>SYN_RECV client connect retrans=?\n"

#endif
