// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* explain in English: transitions. */
#include "explain/explain.h"

/* Tables, laid out by hand. */
/* clang-format off */

const struct explain_change explain_en_changes[EXPLAIN_CHANGES] = {
	{ TS_CLOSED, TS_LISTEN, { .event = "listen()", .action = "none",
	    .meaning = "A server's socket becomes a listener. It answers SYNs from now on.",
	    .normal = "Once for each listener, when the server starts." } },
	{ TS_CLOSED, TS_SYN_SENT, { .event = "connect()", .action = "send SYN",
	    .meaning = "A client begins a handshake (the active open). If the socket is not bound "
	      "yet, the kernel chooses its local port right after this step.",
	    .normal = "Once for each connection that this machine opens." } },
	{ TS_LISTEN, TS_SYN_RECV, { .event = "SYN comes", .action = "send SYN-ACK",
	    .meaning = "A client begins a handshake (the passive open). The listener stays in "
	      "LISTEN. The socket in SYN_RECV is a new request socket for this connection.",
	    .normal = "Once for each connection to this machine. With SYN cookies it is visible "
	      "only when the handshake is complete." } },
	{ TS_LISTEN, TS_CLOSED, { .event = "close(), or shutdown() for reading",
	    .action = "reset unaccepted connections",
	    .meaning = "The listener ends. The connections in its accept queue end too, unless "
	      "tcp_migrate_req moves them to another listener of its SO_REUSEPORT group.",
	    .normal = "When a server ends or restarts." } },
	{ TS_SYN_SENT, TS_SYN_RECV, { .event = "SYN comes without ACK", .action = "send SYN-ACK",
	    .meaning = "Both ends called connect() toward each other, and the SYNs crossed: the "
	      "simultaneous open. Both then answer, and the result is one connection.",
	    .normal = "Very rare: hole punching through NATs, or a socket that connects to its own "
	      "port." } },
	{ TS_SYN_SENT, TS_ESTABLISHED, { .event = "SYN-ACK comes", .action = "send ACK",
	    .meaning = "The handshake is complete for the client, and connect() returns. The time "
	      "in SYN_SENT was one round trip, plus 1 s or more for each lost SYN.",
	    .normal = "Once for each connection that this machine opens." } },
	{ TS_SYN_SENT, TS_CLOSED, { .event = "RST, ICMP error, timeout or close()",
	    .action = "none",
	    .meaning = "connect() failed: refused (ECONNREFUSED), timed out (ETIMEDOUT) or "
	      "unreachable (EHOSTUNREACH and others). Or the program closed first.",
	    .normal = "Now and then. Each reason has its own explanation." } },
	{ TS_SYN_RECV, TS_ESTABLISHED, { .event = "ACK of the SYN-ACK comes", .action = "none",
	    .meaning = "The handshake is complete for the server. The connection enters the accept "
	      "queue and waits there for accept().",
	    .normal = "Once for each connection that this machine serves." } },
	{ TS_SYN_RECV, TS_FIN_WAIT_1, { .event = "close()", .action = "send FIN",
	    .meaning = "The program closed before the last ACK of the handshake came. A program "
	      "has a socket in SYN_RECV only with TCP Fast Open or in a simultaneous open.",
	    .normal = "Very rare." } },
	{ TS_SYN_RECV, TS_CLOSE_WAIT, { .event = "FIN comes before the handshake is complete",
	    .action = "send ACK",
	    .meaning = "The SYN carried data and a FIN. With TCP Fast Open a client may send its "
	      "whole request and close in one packet.",
	    .normal = "Very rare: only with TCP Fast Open on this listener." } },
	{ TS_SYN_RECV, TS_CLOSED, { .event = "RST, timeout, or no room",
	    .action = "none, or send RST",
	    .meaning = "The handshake failed on the server's side. The client reset it, the "
	      "client's ACK never came, or the kernel could not keep the connection.",
	    .normal = "Now and then: port scanners cause it. Many timeouts mean a SYN flood or a "
	      "broken return path." } },
	{ TS_ESTABLISHED, TS_FIN_WAIT_1, { .event = "close() or shutdown() for writing",
	    .action = "send FIN",
	    .meaning = "This side closes first (the active close). It will have the TIME_WAIT.",
	    .normal = "Once for each connection that this side closes first." } },
	{ TS_ESTABLISHED, TS_CLOSE_WAIT, { .event = "FIN comes", .action = "send ACK",
	    .meaning = "The peer closed first (the passive close). The program reads end of file "
	      "after all data before it.",
	    .normal = "Once for each connection that the peer closes first." } },
	{ TS_ESTABLISHED, TS_CLOSED, { .event = "RST, timeout, or abort",
	    .action = "none, or send RST",
	    .meaning = "The connection failed: reset by the peer, timed out, closed with unread "
	      "data or with a linger time of 0, or destroyed from outside.",
	    .normal = "Now and then. Some programs reset on purpose to avoid TIME_WAIT." } },
	{ TS_FIN_WAIT_1, TS_FIN_WAIT_2, { .event = "ACK of the FIN comes", .action = "none",
	    .meaning = "The peer's kernel knows that this side has closed. Linux passes through "
	      "this state even if the peer's FIN comes in the same packet.",
	    .normal = "Once for each connection that this side closes first." } },
	{ TS_FIN_WAIT_1, TS_CLOSING, {
	    .event = "FIN comes, this side's FIN is not acknowledged yet", .action = "send ACK",
	    .meaning = "Both sides closed at the same time: the FINs crossed.",
	    .normal = "Rare." } },
	{ TS_FIN_WAIT_1, TS_CLOSED, { .event = "RST, timeout, or data after close()",
	    .action = "none, or send RST",
	    .meaning = "The close did not end in order. The peer reset, sent data that no process "
	      "can read any longer, or did not acknowledge the FIN for too long.",
	    .normal = "Now and then, with clients that vanish." } },
	{ TS_FIN_WAIT_2, TS_TIME_WAIT, { .event = "FIN comes", .action = "send ACK",
	    .meaning = "Both sides have closed in order. The kernel frees the socket. A small "
	      "timewait socket keeps the ports for 60 s.",
	    .normal = "Once for each connection that this side closes first." } },
	{ TS_FIN_WAIT_2, TS_CLOSED, { .event = "RST, tcp_fin_timeout, or data after close()",
	    .action = "none, or send RST",
	    .meaning = "The peer never closed in order. It kept its end open for too long after "
	      "close() here, or reset the connection. Or it sent data that no process can read.",
	    .normal = "Now and then. If it happens often with fin-timeout, the peer's program "
	      "leaks connections in CLOSE_WAIT." } },
	{ TS_CLOSING, TS_TIME_WAIT, { .event = "ACK of the FIN comes", .action = "none",
	    .meaning = "Both FINs are acknowledged. After a simultaneous close both sides have a "
	      "TIME_WAIT.",
	    .normal = "Rare." } },
	{ TS_CLOSING, TS_CLOSED, { .event = "RST or timeout", .action = "none, or send RST",
	    .meaning = "The ACK of this side's FIN never came.",
	    .normal = "Very rare." } },
	{ TS_CLOSE_WAIT, TS_LAST_ACK, { .event = "close() or shutdown() for writing",
	    .action = "send FIN",
	    .meaning = "The program on this side closes too, after the peer. The time in "
	      "CLOSE_WAIT shows how long it took.",
	    .normal = "Once for each connection that the peer closes first." } },
	{ TS_CLOSE_WAIT, TS_CLOSED, { .event = "RST, timeout, or abort",
	    .action = "none, or send RST",
	    .meaning = "The connection failed while half-closed. Often the program closed with "
	      "unread data, or went on sending to a peer that had closed wholly.",
	    .normal = "Now and then." } },
	{ TS_LAST_ACK, TS_CLOSED, { .event = "ACK of the FIN comes", .action = "none",
	    .meaning = "The side that closed second has closed in order: it has no TIME_WAIT. A "
	      "RST, too many timeouts or too many orphans end it too. The reason shows which.",
	    .normal = "Once for each connection that the peer closes first." } },
	{ TS_TIME_WAIT, TS_CLOSED, { .event = "60 s are over, or a new connection or a RST ends it",
	    .action = "none",
	    .meaning = "The kernel drops the connection. Its ports may be used again.",
	    .normal = "Once for each connection that this side closed first." } },
};

const struct explain_change explain_en_others[EXPLAIN_OTHERS] = {
	{ TS_FIN_WAIT_1, TS_TIME_WAIT, { .meaning = "RFC 9293 allows it when the peer's FIN comes "
	      "together with the ACK of this side's FIN. Linux takes two steps for that packet, "
	      "from FIN_WAIT_1 to FIN_WAIT_2 and then to TIME_WAIT: it always passes through "
	      "FIN_WAIT_2." } },
	{ TS_LISTEN, TS_SYN_SENT, { .meaning = "RFC 9293 has it: sending on a listener opens it "
	      "actively. Linux refuses, as all systems with BSD sockets do: connect() on a "
	      "listener fails with EISCONN." } },
	{ TS_SYN_RECV, TS_LISTEN, { .meaning = "In RFC 9293 a reset takes a passive open back to "
	      "LISTEN. In Linux the listener never left LISTEN. The half-open connection is a "
	      "socket of its own and goes to CLOSED." } },
	{ TS_CLOSED, TS_SYN_RECV, { .meaning = "A server's connection begins with LISTEN to "
	      "SYN_RECV: its listener creates it." } },
	{ TS_CLOSE_WAIT, TS_TIME_WAIT, { .meaning = "The side that closes second has no TIME_WAIT. "
	      "It goes to LAST_ACK and then to CLOSED." } },
	{ TS_LAST_ACK, TS_TIME_WAIT, { .meaning = "TIME_WAIT is for the side that closed first, "
	      "which sends the last ACK. This side receives that ACK and is done." } },
	{ TS_TIME_WAIT, TS_SYN_RECV, { .meaning = "A new SYN for the same ports may end TIME_WAIT "
	      "early, if its sequence number or its timestamp is newer. Linux frees the timewait "
	      "socket (TIME_WAIT to CLOSED) and begins a new connection (LISTEN to SYN_RECV)." } },
};
