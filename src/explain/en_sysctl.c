// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* explain in English: sysctls. */
#include "explain/explain.h"

/* Tables, laid out by hand. */
/* clang-format off */

const struct sysctl_text explain_en_sysctls[SYSCTLS] = {
	[SYSCTL_FIN_TIMEOUT] = { "how long a closed socket waits in FIN_WAIT_2 for the peer to "
	    "close; unrelated to the length of TIME_WAIT",
	  "about {}, unless the program set TCP_LINGER2", { 0 } },
	[SYSCTL_MAX_TW_BUCKETS] = { "maximum of timewait sockets (TIME_WAIT and closed "
	    "FIN_WAIT_2); any beyond it goes to CLOSED at once", NULL, { 0 } },
	[SYSCTL_TW_REUSE] = {
	  "whether connect() may take over a port pair in TIME_WAIT, if both sides use timestamps",
	  NULL, { "no", "yes", "on loopback only" } },
	[SYSCTL_TW_REUSE_DELAY] = { "minimum age of a TIME_WAIT for that", "{}", { 0 } },
	[SYSCTL_RFC1337] = { "whether TIME_WAIT survives a RST of the peer", NULL,
	  { "no, a RST ends it", "yes, the RST is dropped", NULL } },
	[SYSCTL_KEEPALIVE_TIME] = {
	  "silence before the first keepalive probe, on sockets with SO_KEEPALIVE", "{}", { 0 } },
	[SYSCTL_KEEPALIVE_INTVL] = { "time between keepalive probes", "{}", { 0 } },
	[SYSCTL_KEEPALIVE_PROBES] = { "unanswered probes that end the connection",
	  "a lost peer is detected after about {} of silence", { 0 } },
	[SYSCTL_RETRIES1] = {
	  "retransmissions after which the kernel doubts the route; this ends no connection", NULL,
	  { 0 } },
	[SYSCTL_RETRIES2] = {
	  "how long the kernel retransmits data before the connection times out (ETIMEDOUT)",
	  "at least about {}; longer with a long round trip", { 0 } },
	[SYSCTL_SYN_RETRIES] = {
	  "retransmissions of a SYN, without those of tcp_syn_linear_timeouts",
	  "connect() fails with ETIMEDOUT after about {}", { 0 } },
	[SYSCTL_SYN_LINEAR_TIMEOUTS] = {
	  "additional retransmissions of a SYN at the first timeout, before it begins to double",
	  NULL, { 0 } },
	[SYSCTL_SYNACK_RETRIES] = {
	  "retransmissions of a SYN-ACK; fewer when the SYN queue fills up",
	  "a half-open connection times out after about {}", { 0 } },
	[SYSCTL_MAX_SYN_BACKLOG] = { "with tcp_syncookies at 0: half-open connections of a "
	    "listener beyond three quarters of this are for known peers only", NULL, { 0 } },
	[SYSCTL_SYNCOOKIES] = { "treatment of a SYN when the SYN queue is full", NULL,
	  { "it is dropped", "it is answered with a cookie, and nothing is kept of it",
	    "a cookie always, full or not (for tests)" } },
	[SYSCTL_SOMAXCONN] = {
	  "the largest backlog of listen(); it limits the accept queue and the SYN queue", NULL,
	  { 0 } },
	[SYSCTL_ORPHAN_RETRIES] = {
	  "how long the kernel retransmits a FIN, and data before it, after close(); 0 means 8",
	  "times out after at least about {}", { 0 } },
	[SYSCTL_MAX_ORPHANS] = { "maximum of closed sockets that still send or wait for ACKs; any "
	    "beyond it is dropped, mostly with a RST", NULL, { 0 } },
	[SYSCTL_ABORT_ON_OVERFLOW] = {
	  "treatment of the last ACK of a handshake when the accept queue is full", NULL,
	  { "it is ignored; the client's next packet may find room", "the client gets a RST",
	    NULL } },
	[SYSCTL_LOCAL_PORT_RANGE] = { "the ports that connect() chooses from",
	  "{} ports for each local address and remote endpoint", { 0 } },
	[SYSCTL_MIGRATE_REQ] = {
	  "whether connections of a closed listener go to another one of its SO_REUSEPORT group",
	  NULL, { "no, they end", "yes", NULL } },
	[SYSCTL_FASTOPEN] = { "TCP Fast Open, a sum of bits: 1 as client, 2 as server", NULL,
	  { 0 } },
	[SYSCTL_RTO_MAX] = { "the longest time between two retransmissions", "{}", { 0 } },
};
