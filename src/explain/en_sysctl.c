// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* explain in English: sysctls. */
#include "explain/explain.h"

/* clang-format off: tables, laid out by hand */

const struct sysctl_text explain_en_sysctls[SYSCTLS] = {
	[SYSCTL_FIN_TIMEOUT] = { "how long a closed socket waits in FIN_WAIT_2 for the peer to close; it has "
				 "nothing to do with the length of TIME_WAIT",
				 "about {}, unless the program set TCP_LINGER2",
				 { 0 } },
	[SYSCTL_MAX_TW_BUCKETS] = { "how many timewait sockets (TIME_WAIT and closed FIN_WAIT_2) may exist; what comes "
				    "beyond goes to CLOSED at once",
				    NULL,
				    { 0 } },
	[SYSCTL_TW_REUSE] = { "whether connect() may take over a port pair in TIME_WAIT, if both sides use "
			      "timestamps",
			      NULL,
			      { "no", "yes", "on loopback only" } },
	[SYSCTL_TW_REUSE_DELAY] = { "the least age of a TIME_WAIT for that", "{}", { 0 } },
	[SYSCTL_RFC1337] = { "whether TIME_WAIT survives a RST of the peer",
			     NULL,
			     { "no, a RST ends it", "yes, the RST is dropped", NULL } },
	[SYSCTL_KEEPALIVE_TIME] = { "silence after which keepalive sends its first probe, on sockets with SO_KEEPALIVE",
				    "{}",
				    { 0 } },
	[SYSCTL_KEEPALIVE_INTVL] = { "time between keepalive probes", "{}", { 0 } },
	[SYSCTL_KEEPALIVE_PROBES] = { "probes without an answer that end the connection",
				      "a peer that is gone is noticed after about {} of silence",
				      { 0 } },
	[SYSCTL_RETRIES1] = { "retransmissions after which the kernel doubts the route; this ends nothing",
			      NULL,
			      { 0 } },
	[SYSCTL_RETRIES2] = { "how long data is sent again before the connection is given up (ETIMEDOUT)",
			      "about {} at least; longer where the round trip is long",
			      { 0 } },
	[SYSCTL_SYN_RETRIES] = { "how often a SYN is sent again, those of tcp_syn_linear_timeouts not counted",
				 "connect() fails with ETIMEDOUT after about {}",
				 { 0 } },
	[SYSCTL_SYN_LINEAR_TIMEOUTS] = { "how many SYNs more are sent again at the first timeout, before it begins to "
					 "double",
					 NULL,
					 { 0 } },
	[SYSCTL_SYNACK_RETRIES] = { "how often a SYN-ACK is sent again; fewer times when the SYN queue fills up",
				    "a half-open connection is forgotten after about {}",
				    { 0 } },
	[SYSCTL_MAX_SYN_BACKLOG] = { "with tcp_syncookies at 0: the half-open connections of a listener beyond three "
				     "quarters of this are for known peers only",
				     NULL,
				     { 0 } },
	[SYSCTL_SYNCOOKIES] = { "what becomes of a SYN when the SYN queue is full",
				NULL,
				{ "it is thrown away",
				  "it is answered with a cookie, and nothing is kept of it",
				  "a cookie always, full or not (for tests)" } },
	[SYSCTL_SOMAXCONN] = { "the largest backlog that listen() gets; it bounds the accept queue and the SYN "
			       "queue",
			       NULL,
			       { 0 } },
	[SYSCTL_ORPHAN_RETRIES] = { "how long a FIN, and data before it, is sent again after close(); 0 means 8",
				    "given up after about {} at least",
				    { 0 } },
	[SYSCTL_MAX_ORPHANS] = { "how many closed sockets with unfinished business the machine keeps; beyond that "
				 "they are given up, mostly with a RST",
				 NULL,
				 { 0 } },
	[SYSCTL_ABORT_ON_OVERFLOW] = { "what becomes of the last ACK of a handshake when the accept queue is full",
				       NULL,
				       { "it is ignored, and the client's next packet may find room",
					 "the client gets a RST", NULL } },
	[SYSCTL_LOCAL_PORT_RANGE] = { "the ports that connect() chooses from",
				      "{} ports for each local address and remote endpoint",
				      { 0 } },
	[SYSCTL_MIGRATE_REQ] = { "whether connections of a listener that is closed go to another one of its "
				 "SO_REUSEPORT group",
				 NULL,
				 { "no, they are ended", "yes", NULL } },
	[SYSCTL_FASTOPEN] = { "TCP Fast Open, a sum of bits: 1 as client, 2 as server",
			      NULL,
			      { 0 } },
	[SYSCTL_RTO_MAX] = { "the longest time between two retransmissions", "{}", { 0 } },
};
