/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Scenarios as data, and the names of their sockets.
 *
 * A script is a list of steps, each ended by a semicolon: actor, verb, arguments. An expectation
 * has one transition a line: `SOCKET [MARK]OLD>NEW WHO HOW [REASON [ERRNO]] [FACT]...`; see selftest/expect.h.
 *
 * A step ends when its system call has returned, and the other end may be late.
 * A script therefore waits for each state that the next step needs, by a step of its own:
 *
 *   await SOCKET STATE|gone   /proc/net/tcp shows it
 *   await SOCKET over         it is gone or in TIME_WAIT
 *   ACTOR eof|recv|readable   the other end's FIN or data has come
 *   ACTOR error SOCKET ERRNO  the socket has that error
 *   ACTOR accept|finish       the handshake has ended
 *   ACTOR queued|dropped      the listener has N connections, or has dropped N packets
 *   peer expect|hope FLAGS    the kernel has sent such a segment
 *   trace, hold               the trace has begun; the state counts were compared
 *   scan                      the tracer has scanned open files for an owner
 *   read                      the tracer has read late ports
 *   pause MS                  only where time itself is tested: a minimum, or an interval of reports
 *
 * No step, and no scenario, is repeated until it passes.
 */
#ifndef SELFTEST_SCENARIO_H
#define SELFTEST_SCENARIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum scenario_flag {
	SCENARIO_V4 = 1 << 0, /* IPv4 only; neither V4 nor V6: both */
	SCENARIO_V6 = 1 << 1,
	SCENARIO_MPTCP = 1 << 2,	 /* sockets are MPTCP sockets */
	SCENARIO_LONG = 1 << 3,		 /* takes more than a minute: --long */
	SCENARIO_NEEDS_HOOKS = 1 << 4,	 /* skipped in the tracepoint tier */
	SCENARIO_STRESS = 1 << 6,	 /* many connections, counted together: stress.h */
	SCENARIO_SLOW = 1 << 5,		 /* waits for a second or more: starts before the others */
	SCENARIO_SHORT_RETRIES = 1 << 7, /* connections end after two retransmissions */
};

struct scenario {
	const char *name;
	unsigned flags;
	const char *setting; /* "ipv4/tcp_syncookies=2": runs apart from the others; or NULL */
	const char *script;
	const char *expect;
	const char *drops; /* handshake drops: `WHY syn|ack|- SOCKET WHO HOW` a line; or NULL */
	const char *needs; /* BPF program that the tracepoint tier needs for it; or NULL */
};

/* In the order of the report. Each table ends with a NULL name, the list with NULL. */
extern const struct scenario *const selftest_tables[];
extern const struct scenario selftest_open[], selftest_half_open[], selftest_close[],
	selftest_abort[], selftest_timeouts[], selftest_time_wait[], selftest_owner[],
	selftest_mptcp[], selftest_all_states[], selftest_stress[];

/* Ports of one test case. */
enum { CASE_PORTS = 10, CASE_FIRST_PORT = 20000, SOCKET_NAMES = 26 };

/*
 * A socket of a scenario, by its letter in script and expectation. Ports are relative to the
 * test case's first; 0: none, or any if `unbound`.
 */
struct endpoint {
	char name;
	uint8_t local;
	uint8_t remote;
	uint8_t role; /* enum ts_role */
	bool unbound; /* the kernel chooses the local port */
	bool hidden;  /* no transition is expected of it */
};

/* NULL: unknown. */
const struct endpoint *endpoint_find(char name);
/* By ports relative to the test case's first; a local port beyond CASE_PORTS is an unbound one. */
const struct endpoint *endpoint_match(unsigned local, unsigned remote);

#endif
