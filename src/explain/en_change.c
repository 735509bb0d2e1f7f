// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* explain in English: transitions. */
#include "explain/explain.h"

/* clang-format off: tables, laid out by hand */

const struct explain_change explain_en_changes[EXPLAIN_CHANGES] = {
	{ TS_CLOSED,
	  TS_LISTEN,
	  { .event = "listen()",
	    .action = "none",
	    .meaning = "A server's socket becomes a listener; from now on SYNs are answered.",
	    .normal = "Once for each listener, when the server starts." } },
	{ TS_CLOSED,
	  TS_SYN_SENT,
	  { .event = "connect()",
	    .action = "send SYN",
	    .meaning = "A client begins a handshake (the active open). If the socket is not "
		       "bound yet, its local port is chosen right after this step.",
	    .normal = "Once for each connection that this machine opens." } },
	{ TS_LISTEN,
	  TS_SYN_RECV,
	  { .event = "SYN comes",
	    .action = "send SYN-ACK",
	    .meaning = "A client begins a handshake (the passive open). The listener stays in "
		       "LISTEN: the one in SYN_RECV is a new, small socket for this "
		       "connection.",
	    .normal = "Once for each connection that this machine is asked for. With SYN "
		      "cookies it shows only when the handshake is over." } },
	{ TS_LISTEN,
	  TS_CLOSED,
	  { .event = "close(), or shutdown() for reading",
	    .action = "reset what is not accepted",
	    .meaning = "The listener ends. What waited in its accept queue ends with it, "
		       "unless tcp_migrate_req moves it to another listener of its "
		       "SO_REUSEPORT group.",
	    .normal = "When a server ends or restarts." } },
	{ TS_SYN_SENT,
	  TS_SYN_RECV,
	  { .event = "SYN comes without ACK",
	    .action = "send SYN-ACK",
	    .meaning = "Both ends called connect() toward each other, and the SYNs crossed: "
		       "the simultaneous open. Both then answer, and one connection comes of "
		       "it.",
	    .normal = "Very rare: hole punching through NATs, or a socket that connects to its "
		      "own port." } },
	{ TS_SYN_SENT,
	  TS_ESTABLISHED,
	  { .event = "SYN-ACK comes",
	    .action = "send ACK",
	    .meaning = "The handshake is done for the client; connect() returns. The time in "
		       "SYN_SENT was one round trip, plus 1 s and more for a SYN that was "
		       "lost.",
	    .normal = "Once for each connection that this machine opens." } },
	{ TS_SYN_SENT,
	  TS_CLOSED,
	  { .event = "RST, ICMP error, timeout or close()",
	    .action = "none",
	    .meaning = "connect() failed: refused (ECONNREFUSED), timed out (ETIMEDOUT) or "
		       "unreachable (EHOSTUNREACH and others), or the program gave up first.",
	    .normal = "Now and then. The reason says which; each has its own explanation." } },
	{ TS_SYN_RECV,
	  TS_ESTABLISHED,
	  { .event = "ACK of the SYN-ACK comes",
	    .action = "none",
	    .meaning = "The handshake is done for the server: the connection enters the accept "
		       "queue and waits there for accept().",
	    .normal = "Once for each connection that this machine serves." } },
	{ TS_SYN_RECV,
	  TS_FIN_WAIT_1,
	  { .event = "close()",
	    .action = "send FIN",
	    .meaning = "The program closed before the last ACK of the handshake came. A "
		       "program has a socket in SYN_RECV only with TCP Fast Open or in a "
		       "simultaneous open.",
	    .normal = "Very rare." } },
	{ TS_SYN_RECV,
	  TS_CLOSE_WAIT,
	  { .event = "FIN comes before the handshake is over",
	    .action = "send ACK",
	    .meaning = "The SYN carried data and a FIN: with TCP Fast Open a client may send "
		       "its whole request and close in one packet.",
	    .normal = "Very rare: only with TCP Fast Open on this listener." } },
	{ TS_SYN_RECV,
	  TS_CLOSED,
	  { .event = "RST, timeout, or no room",
	    .action = "none, or send RST",
	    .meaning = "The handshake failed on the server's side: the client reset it, its "
		       "ACK never came, or the kernel could not keep the connection.",
	    .normal = "Now and then: port scanners do just that. Many by timeout are a SYN "
		      "flood or a broken way back." } },
	{ TS_ESTABLISHED,
	  TS_FIN_WAIT_1,
	  { .event = "close() or shutdown() for writing",
	    .action = "send FIN",
	    .meaning = "This side closes first (the active close); it will be the one with the "
		       "TIME_WAIT.",
	    .normal = "Once for each connection that this side closes first." } },
	{ TS_ESTABLISHED,
	  TS_CLOSE_WAIT,
	  { .event = "FIN comes",
	    .action = "send ACK",
	    .meaning = "The peer closed first (the passive close). The program reads the end "
		       "of file when it has read all data before it.",
	    .normal = "Once for each connection that the peer closes first." } },
	{ TS_ESTABLISHED,
	  TS_CLOSED,
	  { .event = "RST, timeout, or abort",
	    .action = "none, or send RST",
	    .meaning = "The connection broke: reset by the peer, timed out, closed with data "
		       "unread or with a linger time of 0, or destroyed from outside.",
	    .normal = "Now and then. Some programs reset on purpose to avoid TIME_WAIT." } },
	{ TS_FIN_WAIT_1,
	  TS_FIN_WAIT_2,
	  { .event = "ACK of the FIN comes",
	    .action = "none",
	    .meaning = "The peer's kernel knows that this side has closed. Linux goes through "
		       "here even if the peer's FIN comes in the same packet.",
	    .normal = "Once for each connection that this side closes first." } },
	{ TS_FIN_WAIT_1,
	  TS_CLOSING,
	  { .event = "FIN comes, our own not acknowledged yet",
	    .action = "send ACK",
	    .meaning = "Both sides closed at the same time: the FINs crossed on the way.",
	    .normal = "Rare." } },
	{ TS_FIN_WAIT_1,
	  TS_CLOSED,
	  { .event = "RST, timeout, or data after close()",
	    .action = "none, or send RST",
	    .meaning = "The close did not end in order: the peer reset, or sent data that "
		       "nobody can read any more, or did not acknowledge the FIN for too long.",
	    .normal = "Now and then, with clients that vanish." } },
	{ TS_FIN_WAIT_2,
	  TS_TIME_WAIT,
	  { .event = "FIN comes",
	    .action = "send ACK",
	    .meaning = "Both sides have closed in order. The socket is freed; a small timewait "
		       "socket keeps the ports for 60 s.",
	    .normal = "Once for each connection that this side closes first." } },
	{ TS_FIN_WAIT_2,
	  TS_CLOSED,
	  { .event = "RST, tcp_fin_timeout, or data after close()",
	    .action = "none, or send RST",
	    .meaning = "The peer never closed in order: it kept its end open for too long "
		       "after close() here, reset the connection, or sent data that nobody can "
		       "read.",
	    .normal = "Now and then. Often, with fin-timeout: the peer's program leaks "
		      "connections in CLOSE_WAIT." } },
	{ TS_CLOSING,
	  TS_TIME_WAIT,
	  { .event = "ACK of the FIN comes",
	    .action = "none",
	    .meaning = "Both FINs are acknowledged. After a simultaneous close both sides have "
		       "a TIME_WAIT.",
	    .normal = "Rare." } },
	{ TS_CLOSING,
	  TS_CLOSED,
	  { .event = "RST or timeout",
	    .action = "none, or send RST",
	    .meaning = "The ACK of our FIN never came.",
	    .normal = "Very rare." } },
	{ TS_CLOSE_WAIT,
	  TS_LAST_ACK,
	  { .event = "close() or shutdown() for writing",
	    .action = "send FIN",
	    .meaning = "The program on this side closes too, after the peer. How long it took "
		       "is the time in CLOSE_WAIT.",
	    .normal = "Once for each connection that the peer closes first." } },
	{ TS_CLOSE_WAIT,
	  TS_CLOSED,
	  { .event = "RST, timeout, or abort",
	    .action = "none, or send RST",
	    .meaning = "The connection broke while half-closed. Often the program closed with "
		       "data unread, or went on sending to a peer that had closed wholly.",
	    .normal = "Now and then." } },
	{ TS_LAST_ACK,
	  TS_CLOSED,
	  { .event = "ACK of the FIN comes",
	    .action = "none",
	    .meaning = "Closed in order on the side that closed second: no TIME_WAIT. A RST, "
		       "too many timeouts or a full table of orphans end it too; the reason "
		       "says so.",
	    .normal = "Once for each connection that the peer closes first." } },
	{ TS_TIME_WAIT,
	  TS_CLOSED,
	  { .event = "60 s are over, or a new connection or a RST ends it",
	    .action = "none",
	    .meaning = "The kernel forgets the connection; its ports may be used again.",
	    .normal = "Once for each connection that this side closed first." } },
};

const struct explain_change explain_en_others[EXPLAIN_OTHERS] = {
	{ TS_FIN_WAIT_1,
	  TS_TIME_WAIT,
	  { .meaning = "RFC 9293 allows it when the peer's FIN comes together with the ACK of "
		       "our own. Linux takes two steps for that packet, from FIN_WAIT_1 to "
		       "FIN_WAIT_2 and from there to TIME_WAIT, so that FIN_WAIT_2 is always "
		       "passed." } },
	{ TS_LISTEN,
	  TS_SYN_SENT,
	  { .meaning = "RFC 9293 has it: sending on a listener opens it actively. Linux, as "
		       "all systems with BSD sockets, refuses: connect() on a listener fails "
		       "with EISCONN." } },
	{ TS_SYN_RECV,
	  TS_LISTEN,
	  { .meaning = "In RFC 9293 a reset takes a passive open back to LISTEN. In Linux the "
		       "listener never left LISTEN: the half-open connection, a socket of its "
		       "own, goes to CLOSED." } },
	{ TS_CLOSED,
	  TS_SYN_RECV,
	  { .meaning = "A connection of a server begins with LISTEN to SYN_RECV: it is born of "
		       "its listener." } },
	{ TS_CLOSE_WAIT,
	  TS_TIME_WAIT,
	  { .meaning = "The side that closes second has no TIME_WAIT: it goes to LAST_ACK and "
		       "then to CLOSED." } },
	{ TS_LAST_ACK,
	  TS_TIME_WAIT,
	  { .meaning = "TIME_WAIT is for the side that closed first, which sends the last ACK. "
		       "This side receives it and is done." } },
	{ TS_TIME_WAIT,
	  TS_SYN_RECV,
	  { .meaning = "A new SYN for the same ports may end TIME_WAIT early, if its sequence "
		       "number or its timestamp is newer. Linux frees the timewait socket "
		       "(TIME_WAIT to CLOSED) and begins a new connection (LISTEN to "
		       "SYN_RECV)." } },
};
