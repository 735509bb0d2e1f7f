// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* explain in English: states, and the words around them. Facts: RFC 9293 and Linux 5.10 to 7. */
#include "explain/explain.h"

/* clang-format off: tables, laid out by hand */

static const struct explain_text states[TS_STATES] = {
	[TS_LISTEN] = {
		.meaning = "A server waits for connections on this port. A listener is not a "
			   "connection itself: every SYN that it takes makes a new socket, and the "
			   "listener stays in LISTEN. netstat on Windows writes LISTENING.",
		.next = "A client, with a SYN; then the program that owns the listener, with "
			"accept().",
		.why = "It is meant to: no timer ends it, only close(), shutdown() or the end of "
		       "the last process that holds it.",
		.normal = "One for each address and port served, or several of them with "
			  "SO_REUSEPORT. An accept queue that is full is not normal: the program "
			  "calls accept() too seldom or its backlog is too small, and the kernel "
			  "throws away SYNs and the last ACKs of handshakes.",
	},
	[TS_SYN_SENT] = {
		.meaning = "connect() was called: the SYN is out and no usable answer has come. "
			   "SYN_SEND and SYNC_SEND are other spellings of it.",
		.next = "The peer: its SYN-ACK makes the connection, its RST refuses it "
			"(ECONNREFUSED). While nothing comes the kernel sends the SYN again.",
		.why = "Nothing comes back: a firewall drops packets silently, nobody has that "
		       "address, the way there or back is broken, or the server's accept queue is "
		       "full. A closed port of a host that can be reached does not look like this: "
		       "it answers with a RST at once.",
		.normal = "One round trip, so that it is rarely seen. A SYN that must be sent "
			  "again costs the connection its first second.",
	},
	[TS_SYN_RECV] = {
		.meaning = "A SYN came and was answered by a SYN-ACK; the ACK that completes the "
			   "handshake is missing. The connection is half-open. RFC 9293 says "
			   "SYN-RECEIVED; SYN_RCVD, SYNC_RECEIVED and the kernel's NEW_SYN_RECV "
			   "are the same. Linux keeps only a small request socket of it, for the "
			   "listener, so no process holds it. A connecting socket comes here too "
			   "when both ends open at the same time.",
		.next = "The client, with its ACK. Until it comes the kernel sends the SYN-ACK "
			"again.",
		.why = "The SYN-ACK or the ACK is lost (a firewall, different ways there and "
		       "back), the SYN came from a forged address (a SYN flood), the accept queue "
		       "is full so that the ACK was not taken, or TCP_DEFER_ACCEPT waits for the "
		       "first data.",
		.normal = "One round trip, so that it is rarely seen. Many at once, from many "
			  "addresses, are a SYN flood or a broken way back.",
	},
	[TS_ESTABLISHED] = {
		.meaning = "The handshake is done, and data can go in both directions. It does not "
			   "mean that the peer is still there, nor that the server's program has "
			   "called accept() for it: until it does, no process holds that end.",
		.next = "Either program, by sending data or by closing.",
		.why = "TCP has no limit on idle time. A peer that vanished without a word (power, "
		       "cable, a NAT that forgot the connection) is noticed only when data that "
		       "was sent stays unanswered, or by keepalive probes, which a program has to "
		       "turn on (SO_KEEPALIVE).",
		.normal = "As many as there are connections in use, for as long as they are used. "
			  "A number that only grows tells of connections that nobody closes.",
	},
	[TS_FIN_WAIT_1] = {
		.meaning = "This side closed first, by close() or shutdown(), and its FIN is not "
			   "acknowledged yet. Data still to be sent goes before the FIN. The ACK "
			   "of the FIN always leads to FIN_WAIT_2: where the peer's FIN comes "
			   "together with it, RFC 9293 allows a step straight to TIME_WAIT, but "
			   "Linux passes through FIN_WAIT_2 even then, in two steps for the one "
			   "packet.",
		.next = "The peer's kernel, by acknowledging the FIN; its program need not do "
			"anything.",
		.why = "The peer or the network is gone and the FIN is sent again and again, or "
		       "the peer does not read, so that the data before the FIN finds its window "
		       "closed.",
		.normal = "One round trip, so that it is rarely seen. Many of them tell of clients "
			  "that vanish or that do not read what they are sent.",
	},
	[TS_FIN_WAIT_2] = {
		.meaning = "This side has closed its direction, and the peer has acknowledged "
			   "that. The connection is half-closed: the peer may go on sending, and a "
			   "program that called only shutdown() can read it.",
		.next = "The peer's program: it must close. Its end is in CLOSE_WAIT until then.",
		.why = "The peer's program does not close, or still has data to send. After "
		       "close() here the kernel waits tcp_fin_timeout and then forgets the "
		       "connection; a process that called only shutdown() and keeps its socket "
		       "waits without end.",
		.normal = "As long as the peer needs for its last data: mostly milliseconds. After "
			  "close() Linux mostly keeps just a small timewait socket, which no "
			  "process holds; ss and /proc/net/tcp show it as FIN_WAIT_2 all the same.",
	},
	[TS_CLOSE_WAIT] = {
		.meaning = "The peer has closed: its FIN came, and the kernel acknowledged it. The "
			   "program on this side has not closed its end.",
		.next = "The program on this side: read what is left (read() then returns 0), send "
			"what it still wants to send, and close().",
		.why = "The program does not close: it has lost track of the descriptor (a leak), "
		       "hangs before it reads the end of file, a child inherited the descriptor, "
		       "or the connection still waits for accept(). The kernel has no timer that "
		       "ends this state; keepalive probes, where the program turned them on, end "
		       "it only if the peer is gone.",
		.normal = "Milliseconds, or as long as the answer to a half-closed peer takes. A "
			  "number that only grows is a leak in the process that holds them.",
	},
	[TS_CLOSING] = {
		.meaning = "Both sides closed at the same time: the peer's FIN came before the ACK "
			   "of our own.",
		.next = "The peer's kernel, by acknowledging our FIN; TIME_WAIT follows.",
		.why = "The ACK is lost or the peer is gone; the kernel sends the FIN again.",
		.normal = "Rare, and one round trip long.",
	},
	[TS_LAST_ACK] = {
		.meaning = "The peer closed first, this side closed after it, and our FIN is not "
			   "acknowledged yet. No TIME_WAIT follows: that is on the side that "
			   "closed first.",
		.next = "The peer's kernel, by acknowledging our FIN.",
		.why = "The FIN or its ACK is lost, the peer is gone, or data before the FIN waits "
		       "for a peer that does not read; the kernel sends again.",
		.normal = "One round trip, so that it is rarely seen.",
	},
	[TS_TIME_WAIT] = {
		.meaning = "Both sides have closed in order, and this side closed first, or at the "
			   "same time. The kernel remembers the connection for a while: to "
			   "acknowledge the peer's FIN once more if that ACK was lost, and to keep "
			   "late packets away from a new connection with the same ports. It is a "
			   "small timewait socket; no process holds it.",
		.next = "Nobody: the kernel's timer ends it.",
		.why = "Linux keeps it for 60 s. That is fixed when the kernel is built "
		       "(TCP_TIMEWAIT_LEN) and no sysctl: tcp_fin_timeout is about FIN_WAIT_2 and "
		       "does not change the length of TIME_WAIT. RFC 9293 asks for twice the "
		       "longest life of a segment, 4 min in all. A late packet of the connection "
		       "may start the 60 s anew.",
		.normal = "About 60 times the connections that this side closes first in a second. "
			  "They cost little memory and no port of a server. A client can run out "
			  "of local ports to one server and port: reuse connections, let the other "
			  "side close first, or allow tcp_tw_reuse.",
	},
	[TS_CLOSED] = {
		.meaning = "No connection: a socket before connect() or listen(), or after its "
			   "end. RFC 9293 calls the state fictional, as there is nothing to keep. "
			   "The kernel's own name is CLOSE.",
		.next = "The program: connect() or listen() begins something, close() frees the "
			"socket.",
		.why = "A program may hold a socket long after its connection ended; reads return "
		       "what is left, then the error once, then 0.",
		.normal = "Every connection ends here. Whether it ended well is told by the "
			  "reason.",
	},
};

static const char *const looks[LOOKS] = {
	[LOOK_LIST] = "which sockets, and who holds them",
	[LOOK_LISTENERS] = "listeners with their queues",
	[LOOK_STUCK] = "which have been in it too long, whose, why, and what to do",
	[LOOK_CHANGES] = "into and out of it, as it happens",
	[LOOK_NEW_ONLY] = "sockets that enter it, as it happens",
	[LOOK_OLD_ONLY] = "sockets that leave it, and how long they were in it",
	[LOOK_THIS_CHANGE] = "this very transition, as it happens",
	[LOOK_HANDSHAKES] = "how long handshakes take, and what goes wrong",
	[LOOK_BAD_HANDSHAKES] = "handshakes that fail, and why",
	[LOOK_FAILED] = "connections that end badly, and why",
	[LOOK_TOTALS] = "connections that end, with what went over them",
	[LOOK_COUNT] = "does the number grow? a line every 5 s",
	[LOOK_STATS] = "the kernel's counters",
	[LOOK_RESETS] = "who sent the RST, and what for",
	[LOOK_ALL] = "every transition, as it happens",
};

static const struct explain_words words = {
	.event = "Event",
	.action = "Action",
	.meaning = "Meaning",
	.next = "Who must act next",
	.why_stays = "Why sockets stay in it",
	.why_happens = "Why it happens",
	.normal = "What is normal",
	.now = "Now, on this machine",
	.look = "What to look at",
	.sysctls = "Sysctls that matter, with their values here",
	.undrawn = "Not drawn: event / action",
	.kind = {
		[EXPLAIN_STATE] = "a TCP state",
		[EXPLAIN_CHANGE] = "a transition",
		[EXPLAIN_REASON] = "why a connection ended",
		[EXPLAIN_DROP] = "a handshake in trouble",
	},
	.title = "{} ({})",
	.no_change = "not a transition",
	.comma = ", ",
	.illegal = "TCP on Linux has no transition from {} to {}.",
	.same = "{} to itself is no transition.",
	.leads_to = "From {} a socket can go to: {}.",
	.comes_from = "To {} it can come from: {}.",
	.errno_line = "{} ({}) is the socket's error for: {}.",
	.sockets = "{} in {}",
	.uncounted = "not counted: the kernel has no list of closed sockets",
	.owner = "{} held by PID {}, {}",
	.more_owners = "{} more processes hold {}",
	.no_file = "{} held by no process",
	.no_file_yet = "{} held by no process: not accepted yet, or already closed by theirs",
	.unknown = "{} of holders that cannot be seen: the kernel, another PID namespace, or a "
		   "process whose open files may not be read",
	.shared = "a socket that several processes hold counts for each of them",
	.scope = "network namespaces counted: {}, all that can be found",
	.scope_part = "network namespaces counted: {}; not entered: {}",
	.scope_blind = "network namespaces counted: {}; there may be more, of processes that may "
		       "not be looked into",
	.as_root = "root sees more",
	.no_census = "not counted: {}",
	.absent = "absent: this kernel does not have it, or not in this network namespace",
	.unreadable = "not readable: {}",
	.colon = ": ",
	.hour = " h",
	.minute = " min",
	.second = " s",
	.diagram_note = "Numbers are sockets in that state now; \"-\" is not counted.",
};

const struct explain_book explain_en = {
	.lang = "en",
	.states = states,
	.reasons = explain_en_reasons,
	.drops = explain_en_drops,
	.changes = explain_en_changes,
	.change_count = EXPLAIN_CHANGES,
	.others = explain_en_others,
	.other_count = EXPLAIN_OTHERS,
	.sysctls = explain_en_sysctls,
	.looks = looks,
	.words = &words,
};
