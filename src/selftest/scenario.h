/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the parts of `selftest` share: scenarios as data, and the names of their sockets.
 *
 * A script has one step a line: who, what, with what. An expectation has one transition a
 * line: `SOCKET [MARK]OLD>NEW WHO HOW [REASON [ERRNO]] [FACT]...`; selftest_expect.h says more.
 */
#ifndef SELFTEST_SCENARIO_H
#define SELFTEST_SCENARIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum scenario_flag {
	SCENARIO_V4 = 1 << 0, /* over IPv4 alone; neither this nor the next: over both */
	SCENARIO_V6 = 1 << 1,
	SCENARIO_MPTCP = 1 << 2,       /* its sockets are MPTCP's */
	SCENARIO_LONG = 1 << 3,	       /* takes more than a minute: --long */
	SCENARIO_NEEDS_HOOKS = 1 << 4, /* tracepoints alone would tell it wrong */
	SCENARIO_STRESS = 1 << 6,      /* many connections, counted together: selftest_storm.h */
	SCENARIO_SLOW = 1 << 5,	       /* waits for a second or more: begun before the others */
};

struct scenario {
	const char *name;
	unsigned flags;
	const char *setting; /* "ipv4/tcp_syncookies=2": played apart from the others; or NULL */
	const char *script;
	const char *expect;
	const char *drops; /* handshakes in trouble: `WHY syn|ack|- SOCKET WHO HOW` a line; or NULL */
	const char *needs; /* BPF program without which tracepoints alone tell less; or NULL */
};

/* In the order in which they are reported; each table ends with a NULL name, all with NULL. */
extern const struct scenario *const selftest_tables[];
extern const struct scenario selftest_open[], selftest_half_open[], selftest_close[],
	selftest_abort[], selftest_timeouts[], selftest_time_wait[], selftest_owner[],
	selftest_mptcp[], selftest_all_states[], selftest_stress[];

/* Ports of one playing of a scenario. */
enum { CASE_PORTS = 10, CASE_FIRST_PORT = 20000, CASE_TRIES = 3, SOCKET_NAMES = 26 };

/*
 * A socket of a scenario, by the letter it goes by in script and expectation. Ports count from
 * the playing's first; 0: none, or any where `unbound`.
 */
struct endpoint {
	char name;
	uint8_t local;
	uint8_t remote;
	uint8_t role; /* enum ts_role */
	bool unbound; /* the kernel chooses the local port */
	bool hidden;  /* part of the stage: nothing is expected of it */
};

/* NULL: no such socket. */
const struct endpoint *endpoint_find(char name);
/* By ports counted from the playing's first; a local port beyond them is an unbound one. */
const struct endpoint *endpoint_match(unsigned local, unsigned remote);

#endif
