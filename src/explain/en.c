// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* explain in English: states, commands and headings. Facts: RFC 9293 and Linux 5.10 to 7. */
#include "explain/explain.h"

/* Tables, laid out by hand. */
/* clang-format off */

static const struct explain_text states[TS_STATES] = {
	[TS_LISTEN] = { .meaning = "A server waits for connections on this port. The listener is "
	    "not a connection itself. Each SYN that it accepts makes a new socket, and the "
	    "listener stays in LISTEN. netstat on Windows prints LISTENING.",
	  .next = "A client sends a SYN. Then the program that owns the listener calls accept().",
	  .why = "LISTEN is permanent. No timer ends it: only close(), shutdown() or the exit of "
	    "the last process that holds the listener.",
	  .normal = "One listener for each address and port, or several with SO_REUSEPORT. A full "
	    "accept queue is not normal: the program calls accept() too seldom, or its backlog is "
	    "too small. The kernel then drops SYNs and the last ACKs of handshakes." },
	[TS_SYN_SENT] = { .meaning = "The program called connect(). The SYN is sent, and no usable "
	    "answer has come. Other spellings are SYN_SEND and SYNC_SEND.",
	  .next = "The peer: its SYN-ACK completes the connection, its RST refuses it "
	    "(ECONNREFUSED). Until then the kernel retransmits the SYN.",
	  .why = "No answer comes. A firewall drops packets silently, or no host has that address. "
	    "Or a route is broken in one direction, or the server's accept queue is full. A closed "
	    "port on a reachable host answers with a RST at once.",
	  .normal = "One round trip: this state is rarely visible. A retransmitted SYN delays the "
	    "connection by at least 1 s." },
	[TS_SYN_RECV] = { .meaning = "A SYN came and the kernel answered with a SYN-ACK. The ACK "
	    "that completes the handshake is missing: the connection is half-open. RFC 9293 says "
	    "SYN-RECEIVED. SYN_RCVD, SYNC_RECEIVED and the kernel's NEW_SYN_RECV are the same "
	    "state. Linux keeps a small request socket for the listener, and no process holds it. "
	    "In a simultaneous open the connecting socket enters this state too.",
	  .next = "The client sends its ACK. Until then the kernel retransmits the SYN-ACK.",
	  .why = "The SYN-ACK or the ACK is lost (a firewall, asymmetric routes), or the SYN has a "
	    "forged address (a SYN flood). Or the ACK came, and the kernel dropped it: the accept "
	    "queue was full, or the listener has TCP_DEFER_ACCEPT and the client has sent no data. "
	    "`list -o +ack_came,defer_accept` shows which.",
	  .normal = "One round trip: this state is rarely visible. Many at once, from many "
	    "addresses, mean a SYN flood or a broken return path." },
	[TS_ESTABLISHED] = { .meaning = "The handshake is complete, and data can flow in both "
	    "directions. The peer may be gone all the same. The server's program may not have "
	    "called accept() yet: until then no process holds that end.",
	  .next = "Either program sends data or closes.",
	  .why = "TCP does not limit idle time. A peer can vanish silently (power, cable, an "
	    "expired NAT entry). The kernel detects that only by unanswered data, or by keepalive "
	    "probes, which the program must turn on (SO_KEEPALIVE). `stuck --rule "
	    "'ESTABLISHED:idle>1h'` finds connections without data for so long, and says what the "
	    "kernel knows of their peers.",
	  .normal = "As many sockets as connections in use, for as long as they are in use. A "
	    "number that only grows means that some connections are never closed." },
	[TS_FIN_WAIT_1] = { .meaning = "This side closed first, by close() or shutdown(). Its FIN "
	    "is not acknowledged yet; unsent data goes before the FIN. The ACK of the FIN always "
	    "leads to FIN_WAIT_2. The peer's FIN may come together with that ACK. RFC 9293 then "
	    "allows a step straight to TIME_WAIT. Linux still passes through FIN_WAIT_2, in two "
	    "steps for one packet.",
	  .next = "The peer's kernel acknowledges the FIN. The peer's program has nothing to do.",
	  .why = "The peer or the network is gone and the kernel retransmits the FIN. Or the peer "
	    "does not read, and its closed window stops the data before the FIN.",
	  .normal = "One round trip: this state is rarely visible. Many sockets mean clients that "
	    "vanish or do not read their data." },
	[TS_FIN_WAIT_2] = { .meaning = "This side has closed its direction, and the peer has "
	    "acknowledged that. The connection is half-closed: the peer may still send. A program "
	    "that called only shutdown() can still read.",
	  .next = "The peer's program must close. Its end is in CLOSE_WAIT until then.",
	  .why = "The peer's program does not close, or still has data to send. After close() here "
	    "the kernel waits for tcp_fin_timeout and then drops the connection. After shutdown() "
	    "alone a socket that a process holds waits forever.",
	  .normal = "As long as the peer needs for its last data, mostly milliseconds. After "
	    "close() Linux mostly keeps a small timewait socket, which no process holds. ss and "
	    "/proc/net/tcp still show it as FIN_WAIT_2." },
	[TS_CLOSE_WAIT] = { .meaning = "The peer has closed. Its FIN came, and the kernel "
	    "acknowledged it. The program on this side has not closed its end.",
	  .next = "The program on this side: read what is left (read() then returns 0), send the "
	    "rest, and close().",
	  .why = "The program does not close. It has lost the descriptor (a leak), hangs or is busy "
	    "before it reads end of file, or a child inherited the descriptor. Or the connection still waits "
	    "for accept(). The kernel has no timer for this state. Keepalive probes end it only if "
	    "the peer is gone.",
	  .normal = "Milliseconds, or as long as the answer to a half-closed peer takes. A number "
	    "that only grows is a leak in the process that holds the sockets." },
	[TS_CLOSING] = { .meaning = "Both sides closed at the same time. The peer's FIN came "
	    "before the ACK of this side's FIN.",
	  .next = "The peer's kernel acknowledges the FIN. TIME_WAIT follows.",
	  .why = "The ACK is lost or the peer is gone. The kernel retransmits the FIN.",
	  .normal = "Rare, and one round trip long." },
	[TS_LAST_ACK] = { .meaning = "The peer closed first, then this side closed. This side's "
	    "FIN is not acknowledged yet. TIME_WAIT does not follow: only the side that closed "
	    "first has it.",
	  .next = "The peer's kernel acknowledges the FIN.",
	  .why = "The FIN or its ACK is lost, or the peer is gone. Or the peer does not read the "
	    "data before the FIN. The kernel retransmits.",
	  .normal = "One round trip: this state is rarely visible." },
	[TS_TIME_WAIT] = { .meaning = "Both sides have closed in order, and this side closed "
	    "first, or both closed at the same time. The kernel remembers the connection for a "
	    "while. It can then acknowledge a retransmitted FIN, and keeps late packets away from "
	    "a new connection with the same ports. It is a small timewait socket, and no process "
	    "holds it.",
	  .next = "The kernel's timer ends it.",
	  .why = "Linux keeps it for 60 s. The length is fixed at build time (TCP_TIMEWAIT_LEN) "
	    "and has no sysctl: tcp_fin_timeout is about FIN_WAIT_2 and does not change TIME_WAIT. "
	    "RFC 9293 asks for twice the maximum segment lifetime, 4 min in all. A late packet of "
	    "the connection may restart the 60 s.",
	  .normal = "About 60 times the connections per second that this side closes first. They "
	    "cost little memory and no port of a server. A client can run out of local ports to "
	    "one server and port. Reuse connections, let the other side close first, or allow "
	    "tcp_tw_reuse." },
	[TS_CLOSED] = { .meaning = "No connection: a socket before connect() or listen(), or after "
	    "its end. RFC 9293 calls the state fictional, because there is nothing to keep. The "
	    "kernel's name is CLOSE.",
	  .next = "The program: connect() or listen() starts again, close() frees the socket.",
	  .why = "A program may hold a socket long after its connection ended. Reads return what "
	    "is left, then the error once, then 0. A program that never closes such sockets, or "
	    "makes sockets that it does not use, runs out of descriptors (EMFILE), and no other "
	    "state shows it. `list -s closed` lists them, and `stuck --rule 'CLOSED>60s'` groups "
	    "them by program.",
	  .normal = "Every connection ends here. The reason shows whether it ended in order." },
};

static const char *const shows[SHOWS] = {
	[SHOW_LIST] = "the sockets, and the processes that hold them",
	[SHOW_LISTENERS] = "listeners with their queues",
	[SHOW_STUCK] = "sockets too long in it: process, cause, next step",
	[SHOW_CHANGES] = "into and out of it, as it happens",
	[SHOW_NEW_ONLY] = "sockets that enter it, as it happens",
	[SHOW_OLD_ONLY] = "sockets that leave it, and their time in it",
	[SHOW_THIS_CHANGE] = "this transition, as it happens",
	[SHOW_HANDSHAKES] = "how long handshakes take, and what fails",
	[SHOW_BAD_HANDSHAKES] = "failed handshakes, and why",
	[SHOW_FAILED] = "connections that fail, and why",
	[SHOW_TOTALS] = "connections that end, with their bytes",
	[SHOW_COUNT] = "whether the number grows: a line every 5 s",
	[SHOW_STATS] = "the kernel's counters",
	[SHOW_RESETS] = "the sender of the RST, and the reason",
	[SHOW_ALL] = "every transition, as it happens",
};

static const struct explain_words words = {
	.event = "Event", .action = "Action", .meaning = "Meaning", .next = "Next to act",
	.why_stays = "Why sockets stay in it", .why_happens = "Cause", .normal = "Normal",
	.now = "Now, on this machine", .commands = "Commands",
	.sysctls = "Sysctls, with their values here", .undrawn = "Not drawn: event / action",
	.kind = { [EXPLAIN_STATE] = "a TCP state", [EXPLAIN_CHANGE] = "a transition",
	  [EXPLAIN_REASON] = "why a connection ended", [EXPLAIN_DROP] = "a handshake drop" },
	.title = "{} ({})",
	.no_change = "not a transition",
	.comma = ", ",
	.illegal = "TCP on Linux has no transition from {} to {}.",
	.same = "{} to itself is not a transition.",
	.leads_to = "From {} a socket can go to: {}.",
	.comes_from = "To {} it can come from: {}.",
	.errno_line = "{} ({}) is the socket's error for: {}.",
	.sockets = "{} in {}",
	.uncounted = "not counted: the kernel does not list closed sockets",
	.owner = "{} held by PID {}, {}",
	.more_owners = "{} more processes hold {}",
	.no_file = "{} held by no process",
	.no_file_yet = "{} held by no process: not accepted yet, or already closed by the process",
	.unknown = "{} with unknown holders: the kernel, another PID namespace, or a process whose "
	  "open files may not be read",
	.shared = "a socket that several processes hold counts for each of them",
	.scope = "network namespaces counted: {}, all that can be found",
	.scope_part = "network namespaces counted: {}; not entered: {}",
	.scope_blind = "network namespaces counted: {}; processes that may not be read can have "
	  "others",
	.as_root = "root sees more",
	.no_census = "not counted: {}",
	.absent = "absent in this kernel, or in this network namespace",
	.unreadable = "not readable: {}",
	.colon = ": ", .hour = " h", .minute = " min", .second = " s",
	.diagram_note = "Numbers are sockets in that state now; \"-\" is not counted.",
};

const struct explain_book explain_en = {
	.lang = "en", .states = states, .reasons = explain_en_reasons, .drops = explain_en_drops,
	.changes = explain_en_changes, .change_count = EXPLAIN_CHANGES, .others = explain_en_others,
	.other_count = EXPLAIN_OTHERS, .sysctls = explain_en_sysctls, .shows = shows,
	.words = &words,
};
